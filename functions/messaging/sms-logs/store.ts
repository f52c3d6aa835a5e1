import type { ReadName } from '#contract/effects.ts';
import type { EffectOf } from '#contract/resource.ts';
import { incrementCount } from '#dynamodb/rows/count.ts';
import { numberRow } from '#dynamodb/rows/number.ts';
import { smsLogRow } from '#dynamodb/rows/sms-log.ts';
import type { Table } from '#dynamodb/table.ts';
import type { Condition } from '#dynamodb/update-expression.ts';
import { create, overwrite, type Write } from '#dynamodb/write.ts';
import { AppError } from '#errors.ts';
import type { Sms } from '#schema/sms.ts';
import { messagingErrors } from '../schema/errors.ts';
import { answerWrites, countAnswers, readAnswers, receivedWrite } from '../rows/received-sms.ts';
import { optOutRow, optOutWrite } from '../sms-opt-outs/row.ts';
import type { smsLogs } from './contract.ts';
import type { WishChange } from '../sms-opt-outs/opt-out.ts';
import { answerLimits, type EntryChange } from './push.ts';
import { runningSearches, searchRow } from './row.ts';
import type { Search } from './search.ts';

type Reads = Table<ReadName<EffectOf<typeof smsLogs>>>;

/** Searches of an organization that run at a time. */
const maxSearches = 5;

/** Items by a field, those that exist. */
const byField = <Item extends object, F extends keyof Item>(items: readonly (Item | undefined)[], field: F) =>
  new Map(items.flatMap((item) => (item === undefined ? [] : [[item[field], item] as const])));

export const smsLogStore = (table: Reads) => ({
  search: (id: string): Promise<Search | undefined> => table.get(searchRow, { id }),
  /** The entries of messages, by message id. */
  entries: async (ids: readonly string[]) =>
    byField(
      await table.getAll(
        smsLogRow,
        ids.map((message_id) => ({ message_id })),
      ),
      'message_id',
    ),
  /** The latest wishes of numbers, by number. */
  optOuts: async (numbers: readonly string[]) =>
    byField(
      await table.getAll(
        optOutRow,
        numbers.map((number) => ({ number })),
      ),
      'number',
    ),
  /** What answers to messages need. @param from senders @param to numbers that received them */
  answerFacts: async (from: readonly string[], to: readonly string[], now: Date) => {
    const [numbers, answers] = await Promise.all([
      table.getAll(
        numberRow,
        to.map((number) => ({ number })),
      ),
      readAnswers(table, from, now),
    ]);
    return { ...answers, numbers: byField(numbers, 'number') };
  },
});

export const startWrites = (search: Search) => [
  create(searchRow, search),
  incrementCount(
    runningSearches,
    maxSearches,
    new AppError(
      messagingErrors.RATE_LIMIT_EXCEEDED,
      `The organization has ${maxSearches} running searches; try again`,
      {
        retryAfter: 5,
      },
    ),
  ),
];

/** The entry as it was read. */
const unchanged = ({ status, status_at }: { readonly status: string; readonly status_at: string }): Condition => ({
  expression: '#status = :status AND status_at = :read',
  names: { '#status': 'status' },
  values: { ':status': status, ':read': status_at },
});

const entryWrite = ({ before, after }: EntryChange): Write<'smslog'> =>
  before === undefined ? receivedWrite(after) : overwrite(smsLogRow, after, unchanged(before));

/** What a part of a push stores, without events. */
export type Stored = {
  readonly changes: readonly EntryChange[];
  readonly wishes: readonly WishChange[];
  readonly answers: readonly Sms[];
};

/** The writes of a part of a push, in one transaction; stale if anything changed since it was read. */
export const pushWrites = (
  { changes, wishes, answers }: Stored,
  { organization, now }: { readonly organization: number; readonly now: Date },
): Write<'smslog' | 'smsoptout' | 'sms' | 'rate'>[] => [
  ...changes.map(entryWrite),
  ...wishes.map(({ before, after }) => optOutWrite(before, after)),
  ...answers.flatMap(answerWrites),
  ...countAnswers(
    answers.map(({ to }) => to),
    { organization, now, most: answerLimits },
  ),
];
