import type { ReadName } from '#contract/effects.ts';
import type { EffectOf } from '#contract/resource.ts';
import { readShards } from '#dynamodb/index-shards.ts';
import { mergeSources, orderedList, type Ordered } from '#dynamodb/merge.ts';
import { readPointerPage, type Page, type PageRequest } from '#dynamodb/page.ts';
import { eventRow, pendingPartition, type EventItem } from '#dynamodb/rows/event.ts';
import { isLogged } from '../rows/logged-event.ts';
import { userRow } from '#dynamodb/rows/user.ts';
import type { EventCatalogue } from '#schema/event-catalogue.ts';
import type { Range, Slice, Table } from '#dynamodb/table.ts';
import { idsBetween } from '#dynamodb/ulid.ts';
import { create } from '#dynamodb/write.ts';
import { eventLogRow, outsiderPart, resourcePart } from './row.ts';
import type { eventLog } from './contract.ts';
import { pendingEntry, type LogEntry, type PersonalValues } from './entry.ts';
import { keepsOf, sortKeyOf, type Search, type SearchKey } from './search.ts';

type Reads = Table<ReadName<EffectOf<typeof eventLog>>>;
type Between = { readonly since: string; readonly until: string };

/** Entries that are read to sort them by another key than time, and entries of one query. */
const maxSorted = 10_000;
const sliceLimit = 1_000;

const idOf = ({ event_log_id }: LogEntry): string => event_log_id;

/** The sealed entries under a key, in the order of their ids. */
function sealedEntries(table: Reads, key: SearchKey): Ordered<LogEntry> {
  const organization = String(table.organization);
  switch (key.by) {
    case 'resource':
      return (range) => table.queryIndex(eventLogRow, 'GSI2', [organization, ...resourcePart(key.type, key.id)], range);
    case 'outsider':
      return (range) => table.queryIndex(eventLogRow, 'GSI2', [organization, ...outsiderPart(key.token)], range);
    case 'actor':
      return (range) => table.queryIndex(eventLogRow, 'GSI1', [organization, 'actor', key.id], range);
    case 'time':
      return (range) => table.query(eventLogRow, {}, range);
  }
}

/**
 * Entries that are not sealed yet, normally those of the last seconds. Their index holds those of all organizations.
 */
async function pendingEntries(
  table: Reads,
  catalogue: EventCatalogue,
  between: readonly [string, string],
): Promise<LogEntry[]> {
  const shards = await Promise.all(
    readShards.map((shard) =>
      table.queryIndex(eventRow, 'GSI2', pendingPartition(shard), { between, limit: sliceLimit }),
    ),
  );
  const own = shards.flatMap(({ items }) =>
    items.filter((event) => event.org_id === table.organization && isLogged(catalogue, event)),
  );
  return own.map(pendingEntry);
}

/** The newest entries that match, and whether older ones exist. */
async function newestEntries(
  read: (range: Range) => Promise<Slice<LogEntry>>,
  keep: (entry: LogEntry) => boolean,
): Promise<{ readonly kept: LogEntry[]; readonly more: boolean }> {
  const kept: LogEntry[] = [];
  let [examined, after]: [number, string | undefined] = [0, undefined];
  do {
    const slice: Slice<LogEntry> = await read({ limit: sliceLimit, ...(after === undefined ? {} : { after }) });
    kept.push(...slice.items.filter(keep));
    examined += slice.items.length;
    after = slice.cursor;
  } while (after !== undefined && examined < maxSorted);
  return { kept, more: after !== undefined };
}

/** Bytes that an entry gets at most when its values are shown: no value is longer than its pseudonym. */
const shownBytes = ({ chain }: LogEntry): number =>
  chain.state === 'sealed' ? JSON.stringify(chain.pseudonyms ?? {}).length + 500 : 0;

/** What is searched, and how values are shown. */
type Reading = {
  readonly keys: readonly SearchKey[];
  readonly between: Between;
  readonly values: PersonalValues;
};

/** @param catalogue by which an event that is not sealed yet belongs in the event log */
export const eventLogStore = (table: Reads, catalogue: EventCatalogue) => ({
  user: (id: string) => table.get(userRow, { id }),

  /** The event is read first: it stops being pending in the transaction that writes its entry. */
  get: async (id: string): Promise<LogEntry | undefined> => {
    const event = await table.get(eventRow, { id: id.replace(/^evl_/, 'evt_') });
    const entry = id.startsWith('evl_') ? await table.get(eventLogRow, { event_log_id: id }) : undefined;
    if (entry !== undefined) return entry;
    return event?.pending === true && isLogged(catalogue, event) ? pendingEntry(event) : undefined;
  },

  /** @param keys under which the entries are; entries that several of them have are one */
  page: async (request: PageRequest, search: Search, { keys, between, values }: Reading): Promise<Page<LogEntry>> => {
    const { keep, readsValues } = keepsOf(search, between, values.show);
    const order = search.sort_order ?? 'desc';
    const pending = await pendingEntries(table, catalogue, idsBetween('evt', between));
    const sealed = keys.map((key): Ordered<LogEntry> => async (range) => {
      const slice = await sealedEntries(table, key)(range);
      if (readsValues) await values.load(slice.items);
      return slice;
    });
    // An entry that both sources have was sealed in between: the second one counts.
    const byTime = (of: 'asc' | 'desc') =>
      mergeSources([orderedList(pending, idOf), ...sealed], {
        keyOf: idOf,
        order: of,
        between: idsBetween('evl', between),
      });
    const show = async (entries: readonly LogEntry[]) => {
      await values.load(entries);
      return entries.map((entry) => values.show(entry));
    };
    if ((search.sort_by ?? 'created_at') === 'created_at')
      return readPointerPage(request, { read: byTime(order), keep, grows: shownBytes }, show);
    const { kept, more } = await newestEntries(byTime('desc'), keep);
    const keyOf = sortKeyOf(search);
    const read = mergeSources([orderedList(kept, keyOf)], { keyOf, order, between: ['', '\uffff'] });
    const found = await readPointerPage(request, { read, grows: shownBytes }, show);
    return { ...found, capped: found.capped || more };
  },
});

/** Writes of a new entry; the event sealer chains it. */
export const fileWrites = (event: EventItem) => [create(eventRow, event)];
