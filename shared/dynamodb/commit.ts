import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import {
  TransactionCanceledException,
  TransactWriteItemsCommand,
  type TransactWriteItem,
} from '@aws-sdk/client-dynamodb';
import { AppError } from '../errors.ts';
import type { RecordClass } from '../schema/record-class.ts';
import type { Store } from './client.ts';
import { freeShards, type Shards } from './free-shards.ts';
import type { Attributes } from './row.ts';
import type { Write } from './write.ts';

/** Another writer changed an item that the decision was based on. The caller reads it again and decides again. */
export class StaleWrite extends Error {
  override name = 'StaleWrite';
}

/** Other transactions held an item during all attempts. The writes themselves are valid. */
export class Contention extends AppError {
  override name = 'Contention';

  constructor() {
    super('UNAVAILABLE', 'Too many concurrent changes; try again', { retryAfter: 1 });
  }
}

/** Whether a transaction failed because of one of its items: held by others, or invalid. */
export const isItemFailure = (error: unknown): boolean =>
  error instanceof Contention || error instanceof TransactionCanceledException;

/** DynamoDB's limit of items in a transaction. */
export const maximumWrites = 100;

const maxAttempts = 8;

/** The dependencies of a commit besides the store. */
type RetryContext = {
  readonly random: () => number;
  /** @param time milliseconds */
  readonly wait: (time: number) => Promise<unknown>;
  /** Which shards of sums are free. Without it every commit starts with the first shard. */
  readonly shards?: Shards;
};
const defaultContext: RetryContext = { random: Math.random, wait };

/** A write whose condition failed: its position among the writes, and the stored item, if there is one. */
export type FailedCondition = { readonly at: number; readonly stored: Attributes | undefined };

/**
 * Commits writes in one transaction. All attempts at the same items, the SDK's and ours, have the same request token,
 * so that a lost response never makes a change twice. When another transaction holds an item, the commit is repeated:
 * at once in another shard if only shards of sums are held, otherwise after a pause with jitter.
 * @throws AppError of the first failed condition that has one; StaleWrite; Contention after 8 attempts
 */
export async function commit(
  store: Store,
  organization: number,
  writes: readonly Write[],
  context: RetryContext = defaultContext,
): Promise<void> {
  assertCommitted(writes, await tryCommit(store, organization, writes, context));
}

/** @throws AppError of the first failed condition that has one; else StaleWrite, if a condition failed */
export function assertCommitted(writes: readonly Write[], failed: readonly FailedCondition[]): void {
  if (failed.length === 0) return;
  // A named error comes before a lost race: a taken name stays taken, however often the decision is repeated.
  const named = failed.map(({ at }) => writes[at]?.onConflict).find((conflict) => conflict instanceof AppError);
  throw named ?? new StaleWrite('an item changed since it was read');
}

/**
 * As `commit`, but returns the writes whose conditions failed instead of throwing. If there are none, all writes are
 * committed; otherwise none is.
 * @throws Contention after 8 attempts
 */
export async function tryCommit(
  store: Store,
  organization: number,
  writes: readonly Write[],
  { random, wait: pause, shards = freeShards() }: RetryContext = defaultContext,
): Promise<readonly FailedCondition[]> {
  if (writes.length === 0) return [];
  assertHoldsAsked(organization, writes);
  const available = writes.some((write) => write.sharded) ? shards : singleShard;
  let { shard } = available.take(organization);
  let request = requestOf(store, organization, writes, shard);
  for (let attempt = 1; attempt <= maxAttempts; attempt += 1) {
    const rejection = await rejectionOf(store.client.send(new TransactWriteItemsCommand(request)));
    if (rejection === null) {
      available.done(organization, shard);
      return [];
    }
    const failed = failedConditions(rejection);
    if (failed.length > 0) return failed;
    const next = conflictsInShardsOnly(rejection, writes)
      ? nextShard(available, organization, shard)
      : { shard, free: false };
    if (next.shard !== shard) request = requestOf(store, organization, writes, next.shard);
    shard = next.shard;
    if (!next.free && attempt < maxAttempts) await pause(random() * 10 * 2 ** attempt);
  }
  throw new Contention();
}

/** A deletion of records that does not ask for their legal holds is a fault of the program. */
function assertHoldsAsked(organization: number, writes: readonly Write[]): void {
  if (writes.every(({ removes }) => removes === undefined)) return;
  const classIn = (write: Write, of: RecordClass | undefined): string[] =>
    of === undefined ? [] : [`${of} of ${write.organization ?? organization}`];
  const asked = new Set(writes.flatMap((write) => classIn(write, write.asksHoldsOn)));
  const removed = writes.flatMap((write) => classIn(write, write.removes)).find((each) => !asked.has(each));
  if (removed === undefined) return;
  throw new Error(`Records of ${removed} are deleted without asking for legal holds: add whileHoldsStay(…)`);
}

/** For transactions without sharded writes. */
const singleShard: Shards = { take: () => ({ shard: 0, free: false }), done: () => undefined, met: () => undefined };

function nextShard(available: Shards, organization: number, shard: number): ReturnType<Shards['take']> {
  available.met(organization, shard);
  return available.take(organization);
}

const requestOf = (store: Store, organization: number, writes: readonly Write[], shard: number) => ({
  ClientRequestToken: randomUUID(),
  TransactItems: writes.map((write) =>
    withStored(write.render(store.tableName, write.organization ?? organization, shard)),
  ),
});

/** Why a transaction was cancelled; null if it succeeded. */
const rejectionOf = (sent: Promise<unknown>): Promise<TransactionCanceledException | null> =>
  sent.then(
    () => null,
    (error: unknown) => {
      if (error instanceof TransactionCanceledException) return error;
      throw error;
    },
  );

/**
 * Whether only shards of sums are held, so that another shard can succeed. A request that the SDK sent more than once
 * may have succeeded already, and only the same request with the same token can tell; it is repeated unchanged.
 */
function conflictsInShardsOnly(
  { CancellationReasons = [], $metadata: { attempts = 1 } }: TransactionCanceledException,
  writes: readonly Write[],
): boolean {
  const conflicts = CancellationReasons.flatMap(({ Code = 'None' }, at) =>
    Code === 'None' ? [] : [{ Code, write: writes[at] }],
  );
  return (
    attempts === 1 &&
    conflicts.length > 0 &&
    conflicts.every(({ Code, write }) => Code === 'TransactionConflict' && write?.sharded === true)
  );
}

/** Makes a failed condition return the stored item. */
const withStored = (item: TransactWriteItem): TransactWriteItem =>
  Object.fromEntries(
    Object.entries(item).map(([action, parts]) => [
      action,
      { ...parts, ReturnValuesOnConditionCheckFailure: 'ALL_OLD' },
    ]),
  );

/** The conditions that failed. Other reasons (conflict, throttling) are temporary. @throws error for an invalid item */
function failedConditions(error: TransactionCanceledException): readonly FailedCondition[] {
  const reasons = error.CancellationReasons ?? [];
  if (reasons.some((reason) => reason.Code === 'ValidationError')) throw error;
  return reasons.flatMap(({ Code, Item }, at) => (Code === 'ConditionalCheckFailed' ? [{ at, stored: Item }] : []));
}
