import type { ReadName } from '../../../shared/contract/effects.ts';
import type { EffectOf } from '../../../shared/contract/resource.ts';
import { merged, orderedList, type Ordered } from '../../../shared/dynamodb/merge.ts';
import { readPage, type Page, type PageRequest } from '../../../shared/dynamodb/page.ts';
import { eventRow, pendingPartition, pendingShards, type EventItem } from '../../../shared/dynamodb/rows/event.ts';
import { isLogged } from '../rows/logged-event.ts';
import { userRow } from '../../../shared/dynamodb/rows/user.ts';
import type { Range, Slice, Table } from '../../../shared/dynamodb/table.ts';
import { idsBetween } from '../../../shared/dynamodb/ulid.ts';
import { create } from '../../../shared/dynamodb/write.ts';
import { eventLogRow, resourcePart } from './row.ts';
import type { eventLog } from './contract.ts';
import { pendingEntry, type LogEntry } from './entry.ts';
import { isWanted, sortKeyOf, type Search, type Way } from './search.ts';

type Reads = Table<ReadName<EffectOf<typeof eventLog>>>;
type Between = { readonly since: string; readonly until: string };

/** Entries that another order than time's is made of, and those of one reading. */
const maxSorted = 10_000;
const largestSlice = 1_000;

const idOf = ({ event_log_id }: LogEntry): string => event_log_id;

/** The sealed entries of a way, in the order of their ids. */
function sealed(table: Reads, way: Way): Ordered<LogEntry> {
  const organization = String(table.organization);
  switch (way.by) {
    case 'resource':
      return (range) => table.queryIndex(eventLogRow, 'GSI2', [organization, ...resourcePart(way.type, way.id)], range);
    case 'actor':
      return (range) => table.queryIndex(eventLogRow, 'GSI1', [organization, 'actor', way.id], range);
    case 'time':
      return (range) => table.query(eventLogRow, {}, range);
  }
}

/** Entries that are not chained yet: normally a few of the last seconds. They lie among those of all organizations. */
async function pending(table: Reads, between: readonly [string, string]): Promise<LogEntry[]> {
  const shards = await Promise.all(
    Array.from({ length: pendingShards }, (_, shard) =>
      table.queryIndex(eventRow, 'GSI2', pendingPartition(shard), { between, limit: largestSlice }),
    ),
  );
  const own = shards.flatMap(({ items }) =>
    items.filter((event) => event.org_id === table.organization && isLogged(event)),
  );
  return own.map(pendingEntry);
}

/** Those of the newest entries that are wanted, and whether there are older ones. */
async function newest(
  read: (range: Range) => Promise<Slice<LogEntry>>,
  keep: (entry: LogEntry) => boolean,
): Promise<{ readonly kept: LogEntry[]; readonly more: boolean }> {
  const kept: LogEntry[] = [];
  let [examined, after]: [number, string | undefined] = [0, undefined];
  do {
    const slice: Slice<LogEntry> = await read({ limit: largestSlice, ...(after === undefined ? {} : { after }) });
    kept.push(...slice.items.filter(keep));
    examined += slice.items.length;
    after = slice.cursor;
  } while (after !== undefined && examined < maxSorted);
  return { kept, more: after !== undefined };
}

export const eventLogStore = (table: Reads) => ({
  user: (id: string) => table.get(userRow, { id }),

  /** Read in this order, as an event is settled in the transaction that chains it. */
  get: async (id: string): Promise<LogEntry | undefined> => {
    const event = await table.get(eventRow, { id: id.replace(/^evl_/, 'evt_') });
    const entry = id.startsWith('evl_') ? await table.get(eventLogRow, { event_log_id: id }) : undefined;
    if (entry !== undefined) return entry;
    return event?.pending === true && isLogged(event) ? pendingEntry(event) : undefined;
  },

  page: async (
    request: PageRequest,
    search: Search,
    { way, between }: { readonly way: Way; readonly between: Between },
  ): Promise<Page<LogEntry>> => {
    const keep = isWanted(search, between);
    const order = search.sort_order ?? 'desc';
    const waiting = await pending(table, idsBetween('evt', between));
    // What is both is chained by now: the later source counts.
    const inTime = (of: 'asc' | 'desc') =>
      merged([orderedList(waiting, idOf), sealed(table, way)], {
        keyOf: idOf,
        order: of,
        between: idsBetween('evl', between),
      });
    if ((search.sort_by ?? 'created_at') === 'created_at') return readPage(request, { read: inTime(order), keep });
    const { kept, more } = await newest(inTime('desc'), keep);
    const keyOf = sortKeyOf(search);
    const found = await readPage(request, {
      read: merged([orderedList(kept, keyOf)], { keyOf, order, between: ['', '\uffff'] }),
    });
    return { ...found, capped: found.capped || more };
  },
});

/** Files an entry: the sealer chains it. */
export const filing = (event: EventItem) => [create(eventRow, event)];
