import { randomSecret } from '#credentials/random.ts';
import type { ReadName } from '#contract/effects.ts';
import type { EffectOf } from '#contract/resource.ts';
import type { EventItem } from '#dynamodb/rows/event.ts';
import type { Table } from '#dynamodb/table.ts';
import type { Write } from '#dynamodb/write.ts';
import { toUnsealedEntry, type Sealing } from '#schema/event-chain.ts';
import type { Owners } from '#schema/event-log.ts';
import { isExternalParty, ownersOf, personsIn } from '#schema/event-persons.ts';
import { lookupToken } from '#schema/pseudonym.ts';
import type { Macs, Seals } from '#secrets/seals.ts';
import {
  erasureRow,
  personKeyContext,
  keyUnchanged,
  newKeyWrites,
  newOutsiderWrites,
  outsiderCodeContext,
  outsiderRow,
  personKeyRow,
  type Outsider,
  type PersonKey,
} from '../../platform/rows/person-key.ts';
import type { eventSealer } from './contract.ts';

/** The persons of the entries that a transaction seals, and their keys. */

type PersonWrite = Write<'personkey' | 'check:personerasure' | 'outsider'>;

/** A person with a key. */
type Known = {
  readonly person: string;
  readonly key: Buffer;
  /** Writes that make the key, or check that it was not deleted. */
  readonly writes: readonly PersonWrite[];
};

type SealerContext = {
  readonly organization: number;
  readonly table: Table<ReadName<EffectOf<typeof eventSealer>>>;
  readonly seals: Seals & Pick<Macs, 'lookupCode'>;
  readonly nextId: (prefix: string) => string;
};

async function newKey(person: string, { organization: org_id, seals }: SealerContext) {
  const secret = randomSecret();
  const stored: PersonKey = { person, org_id, sealed: await seals.seal(secret, personKeyContext({ person, org_id })) };
  return { key: Buffer.from(secret, 'base64url'), stored };
}

const openKey = async (stored: PersonKey, { seals }: SealerContext): Promise<Known> => ({
  person: stored.person,
  key: Buffer.from(await seals.open(stored.sealed, personKeyContext(stored)), 'base64url'),
  writes: [keyUnchanged(stored)],
});

/** A user or contact; undefined once it is erased. */
async function knownById(person: string, context: SealerContext): Promise<Known | undefined> {
  const { table, organization: org_id } = context;
  const [stored, erasure] = await Promise.all([
    table.get(personKeyRow, { person, org_id }),
    table.get(erasureRow, { person }),
  ]);
  if (erasure !== undefined) return undefined;
  if (stored !== undefined) return openKey(stored, context);
  const made = await newKey(person, context);
  return { person, key: made.key, writes: newKeyWrites(made.stored) };
}

/** An outsider. After an erasure it is another person. @param isNeeded whether an event is newer than the erasure */
async function knownOutsider(
  before: Outsider | undefined,
  code: string,
  isNeeded: boolean,
  context: SealerContext,
): Promise<Known | undefined> {
  const person = before?.person ?? null;
  const stored =
    person === null ? undefined : await context.table.get(personKeyRow, { person, org_id: context.organization });
  if (stored !== undefined) return openKey(stored, context);
  if (!isNeeded) return undefined;
  const made = await newKey(context.nextId('prs'), context);
  const after: Outsider = { code, person: made.stored.person, erased_at: before?.erased_at ?? null };
  return { person: after.person ?? '', key: made.key, writes: newOutsiderWrites(before, after, made.stored) };
}

type Named = { readonly event: EventItem; readonly sealing: Sealing };

/** What the transaction needs to know of each person that the events name, by id, number or address. */
async function personsNamed(named: readonly Named[], context: SealerContext) {
  const times = new Map<string, string>();
  for (const { event, sealing } of named)
    for (const text of personsIn(sealing.owners)) if (event.at > (times.get(text) ?? '')) times.set(text, event.at);
  const known = new Map<string, Known>();
  const erased = new Map<string, string>();
  await Promise.all(
    [...times].map(async ([text, newest]) => {
      if (!isExternalParty(text)) {
        const person = await knownById(text, context);
        if (person !== undefined) known.set(text, person);
        return;
      }
      const code = await context.seals.lookupCode(text, outsiderCodeContext(context.organization));
      const before = await context.table.get(outsiderRow, { code });
      if (before?.erased_at != null) erased.set(text, before.erased_at);
      const person = await knownOutsider(before, code, newest > (before?.erased_at ?? ''), context);
      if (person !== undefined) known.set(text, person);
    }),
  );
  /** The person of an event; undefined if it was erased after the event. */
  return (text: string, { at }: EventItem): Known | undefined =>
    at > (erased.get(text) ?? '') ? known.get(text) : undefined;
}

type PersonOf = Awaited<ReturnType<typeof personsNamed>>;

/** The same owners by the ids of their persons. An erased one has no key under its own text. */
const resolve = (owners: Owners, event: EventItem, personOf: PersonOf): Owners =>
  Object.fromEntries(
    Object.entries(owners).map(([path, texts]) => [path, texts.map((text) => personOf(text, event)?.person ?? text)]),
  );

export type SealingBatch = {
  /** The events that fit into the transaction, the first ones of those that were given. */
  readonly events: readonly EventItem[];
  readonly sealings: readonly (Sealing & { readonly lookup_token?: string })[];
  readonly keys: ReadonlyMap<string, Buffer>;
  readonly writes: readonly PersonWrite[];
};

/**
 * The events that one transaction settles, with the keys of the persons whom they name. Several sealers make one key:
 * that of the transaction which is committed.
 * @param events pending ones, oldest first
 * @param isLogged whether an event becomes an entry
 * @param room items of the transaction; an event has two with its entry, else one
 */
export async function batchOf(
  events: readonly EventItem[],
  isLogged: (event: EventItem) => boolean,
  room: number,
  context: SealerContext,
): Promise<SealingBatch> {
  const named = events.filter(isLogged).map((event) => {
    const entry = toUnsealedEntry(event);
    return { event, sealing: { entry, owners: ownersOf(event, entry) } };
  });
  const sealingOf = new Map(named.map(({ event, sealing }) => [event.id, sealing]));
  const personOf = await personsNamed(named, context);
  const persons = new Map<string, Known>();
  const taken: EventItem[] = [];
  let items = 0;
  for (const event of events) {
    const sealing = sealingOf.get(event.id);
    const all = personsIn(sealing?.owners ?? {}).flatMap((text) => personOf(text, event) ?? []);
    const added = all.filter(({ person }) => !persons.has(person));
    items += (sealing === undefined ? 1 : 2) + added.reduce((sum, { writes }) => sum + writes.length, 0);
    if (items > room && taken.length > 0) break;
    for (const each of added) persons.set(each.person, each);
    taken.push(event);
  }
  return {
    events: taken,
    sealings: taken.flatMap((event) => {
      const sealing = sealingOf.get(event.id);
      if (sealing === undefined) return [];
      const { entry, owners } = sealing;
      const [outsider] = isExternalParty(entry.resource?.id ?? '') ? (owners['resource.id'] ?? []) : [];
      const found = outsider === undefined ? undefined : personOf(outsider, event);
      return {
        entry,
        owners: resolve(owners, event, personOf),
        ...(found === undefined ? {} : { lookup_token: lookupToken(found.key) }),
      };
    }),
    keys: new Map([...persons].map(([person, { key }]) => [person, key])),
    writes: [...persons.values()].flatMap(({ writes }) => writes),
  };
}
