import type { Table } from '#dynamodb/table.ts';
import { personsOf, showValues } from '#schema/event-log.ts';
import { foldExternalParty } from '#schema/event-persons.ts';
import { lookupToken } from '#schema/pseudonym.ts';
import type { Macs, Seals } from '#secrets/seals.ts';
import { personKeyContext, outsiderCodeContext, outsiderRow, personKeyRow } from '../rows/person-key.ts';
import type { LogEntry, PersonalValues } from './entry.ts';

/** The values of persons in the entries that one request reads, by keys that are read once. */

const personsIn = ({ chain }: LogEntry): readonly string[] => (chain.state === 'sealed' ? personsOf({ chain }) : []);

/** @param seals open the keys */
export function personalValues(
  table: Pick<Table<'personkey' | 'outsider'>, 'organization' | 'get' | 'getAll'>,
  seals: Pick<Seals & Macs, 'open' | 'lookupCode'>,
): PersonalValues {
  const keys = new Map<string, Buffer>();
  const read = new Set<string>();

  async function loadKeys(persons: readonly string[]): Promise<void> {
    const missing = persons.filter((person) => !read.has(person));
    if (missing.length === 0) return;
    const stored = await table.getAll(
      personKeyRow,
      missing.map((person) => ({ person, org_id: table.organization })),
    );
    await Promise.all(
      stored.map(async (key) => {
        if (key === undefined) return;
        keys.set(key.person, Buffer.from(await seals.open(key.sealed, personKeyContext(key)), 'base64url'));
      }),
    );
    for (const person of missing) read.add(person);
  }

  return {
    load: (entries) => loadKeys([...new Set(entries.flatMap(personsIn))]),
    show: ({ chain, ...entry }, only) =>
      chain.state === 'sealed' ? showValues({ ...entry, chain }, keys, only) : { ...entry, chain },
    tokenOf: async (outsider) => {
      const code = await seals.lookupCode(foldExternalParty(outsider), outsiderCodeContext(table.organization));
      const person = (await table.get(outsiderRow, { code }))?.person ?? undefined;
      if (person === undefined) return undefined;
      await loadKeys([person]);
      const key = keys.get(person);
      return key === undefined ? undefined : lookupToken(key);
    },
  };
}
