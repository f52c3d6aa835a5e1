import type { ReadName } from '#contract/effects.ts';
import type { EffectOf } from '#contract/resource.ts';
import { decrementCount } from '#dynamodb/rows/count.ts';
import { entriesFrom, entriesOf, smsLogRow } from '#dynamodb/rows/sms-log.ts';
import type { Table } from '#dynamodb/table.ts';
import { change, type Write } from '#dynamodb/write.ts';
import { runningSearches, searchRow } from '../sms-logs/row.ts';
import type { Search } from '../sms-logs/search.ts';
import type { smsLogSearch } from './contract.ts';

/** Entries that are read at once. */
const entriesAtOnce = 500;

/** @param table of the organization whose search it is */
export const searchStore = (table: Table<ReadName<EffectOf<typeof smsLogSearch>>>) => ({
  get: (id: string): Promise<Search | undefined> => table.get(searchRow, { id }),
  /** Entries of the range, newest first: those of a sender if one is searched for. @param after a cursor */
  entries: ({ since, until, from }: Search, after: string | null) => {
    const range = {
      between: [since, until],
      limit: entriesAtOnce,
      ...(after === null ? {} : { after }),
    } as const;
    return from === null
      ? table.queryIndex(smsLogRow, 'GSI1', entriesOf(table.organization), range)
      : table.queryIndex(smsLogRow, 'GSI2', entriesFrom(table.organization, from), range);
  },
});

/** Stores the state of a search, unless another worker has taken a turn since the read. */
export const updateWrite = (
  { id, turn }: Search,
  { turn: next, turn_until, status, rows, truncated, after, file, written, completed_at }: Search,
): Write<'search'> =>
  change(
    searchRow,
    { id },
    {
      set: { turn: next, turn_until, status, rows, truncated, after, file, written, completed_at },
      onlyIf: { expression: '#turn = :turn', names: { '#turn': 'turn' }, values: { ':turn': turn } },
    },
  );

/** Counts one unfinished search less. */
export const endWrite = (): Write<'count'> => decrementCount(runningSearches);
