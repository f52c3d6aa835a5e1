/**
 * Which keys of counters a day has, so that one with hundreds of users or gateways does not make an item without end
 * (functions/billing/cdr-ingest/README.md, "Counters").
 */
import type { Table } from '#dynamodb/table.ts';
import { callCountRow } from '../rows/call-count.ts';
import { freeKeyOf, freeKeys, maxKeys, type FreeKey } from './call-counts.ts';
import type { FiledCdr } from './filed-cdr.ts';

/** Days of organizations whose keys a process remembers. */
const maxDays = 2_000;

type Reads = Pick<Table<'callcount'>, 'query' | 'organization'>;

/** The keys of a day, by what they distinguish. */
type Keys = Readonly<Record<FreeKey, Set<string>>>;

async function readKeys(table: Reads, day: string): Promise<Keys> {
  const { items } = await table.query(callCountRow, { part: 'places' }, { prefix: `${day}#` });
  const sums = items.flatMap((item) => item.sums);
  const keysBy = (wanted: FreeKey) => new Set(sums.flatMap(({ by, key }) => (by === wanted ? [key] : [])));
  return { gateway: keysBy('gateway'), user: keysBy('user') };
}

/** Marks the keys of CDRs that their day has no room for. */
export type KeyLimit = (table: Reads, cdrs: readonly FiledCdr[]) => Promise<FiledCdr[]>;

/**
 * Reads the keys of a day once, and remembers those that it lets in. Other processes may do so at the same time, so
 * that a day may have a few more than `maxKeys`.
 */
export function keyLimit(): KeyLimit {
  const known = new Map<string, Promise<Keys>>();
  const keysOf = (table: Reads, day: string): Promise<Keys> => {
    const name = `${table.organization} ${day}`;
    const found = known.get(name);
    if (found !== undefined) return found;
    if (known.size >= maxDays) known.clear();
    const keys = readKeys(table, day);
    known.set(name, keys);
    keys.catch(() => known.delete(name));
    return keys;
  };
  const limited = async (table: Reads, cdr: FiledCdr): Promise<FiledCdr> => {
    const { counted } = cdr;
    const named = freeKeys.filter((by) => freeKeyOf(cdr, by) !== '');
    if (counted === undefined || named.length === 0) return cdr;
    const keys = await keysOf(table, counted.day);
    const others = named.filter((by) => {
      if (keys[by].size < maxKeys) keys[by].add(freeKeyOf(cdr, by));
      return !keys[by].has(freeKeyOf(cdr, by));
    });
    return others.length === 0 ? cdr : { ...cdr, counted: { ...counted, others } };
  };
  return (table, cdrs) => Promise.all(cdrs.map((cdr) => limited(table, cdr)));
}
