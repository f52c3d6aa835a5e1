import { overwrite, remove } from '#dynamodb/write.ts';
import { startOfChain, type EventLogEntry } from '#schema/event-log.ts';
import { eventLogRow } from '#functions/platform/event-log/row.ts';
import { eventLogBeginRow } from '../../rows/purge.ts';
import { eventLogFacts } from './record-facts.ts';
import { idsIn, oldest, recordSource, type RecordReads } from './source.ts';

/** The entries that follow a link of the chain without a gap, in its order. */
export function chainAfter(seq: number, entries: readonly EventLogEntry[]): EventLogEntry[] {
  const inOrder = entries
    .filter(({ chain }) => chain.seq > seq)
    .toSorted((one, other) => one.chain.seq - other.chain.seq);
  return inOrder.filter(({ chain }, at) => chain.seq === seq + 1 + at);
}

/** Where a page begins: after a link of the chain, and at which entry the query does. */
type Position = { readonly seq: number; readonly key: string | null };

// The assertion is safe: `positionText` made the text.
const readPosition = (text: string): Position => JSON.parse(text) as Position;
const positionText = (position: Position): string => JSON.stringify(position);

/** Entries of one query, and those in which the next link is looked for at most. */
const queried = 100;
const sought = 10_000;

/** Entries in the order of their ids, until the link after `seq` is among them. */
async function windowOf(table: RecordReads, { seq, key }: Position, between: readonly [string, string]) {
  const entries: EventLogEntry[] = [];
  let after = key;
  do {
    const range = { ...oldest({ after, limit: queried }), between };
    const { items, cursor }: Slice = await table.query(eventLogRow, {}, range);
    entries.push(...items);
    after = cursor ?? null;
  } while (after !== null && entries.length < sought && chainAfter(seq, entries).length === 0);
  return { entries, end: after };
}
type Slice = { readonly items: readonly EventLogEntry[]; readonly cursor: string | undefined };

/**
 * The entries of the log, of which only a beginning goes. Ids follow the time of the events, the chain that of their
 * sealing, which is another order where sealing was delayed.
 */
export const eventLog = recordSource<EventLogEntry>({
  isChain: true,
  atOnce: 96,
  slice: async (table, { after, limit, ...range }) => {
    const between = idsIn('evl', range);
    const begin = await table.get(eventLogBeginRow, {});
    const read = after === null ? { seq: startOfChain.seq, key: null } : readPosition(after);
    // A purge may have deleted entries that another reader has not reached.
    const position = { ...read, seq: Math.max(read.seq, begin?.seq ?? startOfChain.seq) };
    const { entries, end } = await windowOf(table, position, between);
    const items = chainAfter(position.seq, entries).slice(0, limit);
    const last = items.at(-1);
    if (last === undefined) return { items, cursor: null };
    const { seq } = last.chain;
    const isWhole = entries.every(({ chain }) => chain.seq <= seq);
    if (isWhole && end === null) return { items, cursor: null };
    return { items, cursor: positionText({ seq, key: isWhole ? end : position.key }) };
  },
  byIds: async (table, ids) => {
    const found = await table.getAll(
      eventLogRow,
      ids.map((event_log_id) => ({ event_log_id })),
    );
    const begin = await table.get(eventLogBeginRow, {});
    return chainAfter(
      begin?.seq ?? startOfChain.seq,
      found.filter((entry) => entry !== undefined),
    );
  },
  describe: async (entries) =>
    entries.map((entry) => ({
      id: entry.event_log_id,
      facts: eventLogFacts(entry),
      record: entry,
      fileBytes: 0,
      isFinished: true,
    })),
  deletions: (entries) => {
    const last = entries.at(-1);
    return last === undefined
      ? []
      : [
          ...entries.map((entry) => remove(eventLogRow, entry)),
          overwrite(eventLogBeginRow, { seq: last.chain.seq, hash: last.chain.hash }),
        ];
  },
});
