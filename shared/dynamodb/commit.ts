import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import {
  TransactionCanceledException,
  TransactWriteItemsCommand,
  type TransactWriteItem,
} from '@aws-sdk/client-dynamodb';
import { AppError } from '../errors.ts';
import type { Store } from './client.ts';
import { freeShards, type Shards } from './free-shards.ts';
import type { Attributes } from './row.ts';
import type { Write } from './write.ts';

/** Another writer was faster: what was decided rests on an item that is no longer so. */
export class StaleWrite extends Error {
  override name = 'StaleWrite';
}

/** Others hold an item all the time: nothing is wrong with what was to be written, nor with the store. */
export class Contention extends AppError {
  override name = 'Contention';

  constructor() {
    super('UNAVAILABLE', 'Too many changes at once; try again', { retryAfter: 1 });
  }
}

/** Whether a transaction came to nothing by one of its items: as others hold it, or as it cannot be written. */
export const isItemFailure = (error: unknown): boolean =>
  error instanceof Contention || error instanceof TransactionCanceledException;

/** DynamoDB's limit of a transaction. */
export const maximumWrites = 100;

const maximumTries = 8;

/** What a commit needs of the world beside the store. */
type Timeout = {
  readonly random: () => number;
  /** Milliseconds. */
  readonly wait: (time: number) => Promise<unknown>;
  /** What is known of the shards of sums; without it, each commit begins in the first. */
  readonly shards?: Shards;
};
const timeout: Timeout = { random: Math.random, wait };

/** A write whose condition did not hold: its place among the writes, and the item that is there, if there is one. */
export type FailedCondition = { readonly at: number; readonly stored: Attributes | undefined };

/**
 * Commits writes in one transaction. All tries of the same items, the SDK's and ours, carry one request token, so a
 * lost answer never does a thing twice. Where another transaction holds an item, it is tried again: in another shard at
 * once, if it is a shard of a sum that is held, else with jitter.
 * @throws the first failed condition's AppError; StaleWrite; Contention after 8 tries.
 */
export async function commit(
  store: Store,
  organization: number,
  writes: readonly Write[],
  context: Timeout = timeout,
): Promise<void> {
  assertCommitted(writes, await tryCommit(store, organization, writes, context));
}

/** What `commit` makes of the answer of `tryCommit`. */
export function assertCommitted(writes: readonly Write[], failed: readonly FailedCondition[]): void {
  if (failed.length === 0) return;
  // A rule of the caller's beats a lost race: a taken name stays taken however often one decides anew.
  const named = failed.map(({ at }) => writes[at]?.onConflict).find((conflict) => conflict instanceof AppError);
  throw named ?? new StaleWrite('an item changed while it was being worked on');
}

/**
 * As `commit`, for whoever goes on without the writes that cannot be: answers them all instead of throwing.
 * None: it is done; else nothing is.
 * @throws Contention after 8 tries
 */
export async function tryCommit(
  store: Store,
  organization: number,
  writes: readonly Write[],
  { random, wait: pause, shards = freeShards() }: Timeout = timeout,
): Promise<readonly FailedCondition[]> {
  if (writes.length === 0) return [];
  const places = writes.some((write) => write.sharded) ? shards : onlyPlace;
  let { shard } = places.take(organization);
  let request = requestOf(store, organization, writes, shard);
  for (let attempt = 1; attempt <= maximumTries; attempt += 1) {
    const rejection = await rejectionOf(store.client.send(new TransactWriteItemsCommand(request)));
    if (rejection === null) {
      places.done(organization, shard);
      return [];
    }
    const failed = failedConditions(rejection);
    if (failed.length > 0) return failed;
    const next = meetsShardsOnly(rejection, writes) ? moveOn(places, organization, shard) : { shard, free: false };
    if (next.shard !== shard) request = requestOf(store, organization, writes, next.shard);
    shard = next.shard;
    if (!next.free && attempt < maximumTries) await pause(random() * 10 * 2 ** attempt);
  }
  throw new Contention();
}

/** Where nothing is spread. */
const onlyPlace: Shards = { take: () => ({ shard: 0, free: false }), done: () => undefined, met: () => undefined };

function moveOn(places: Shards, organization: number, shard: number): ReturnType<Shards['take']> {
  places.met(organization, shard);
  return places.take(organization);
}

const requestOf = (store: Store, organization: number, writes: readonly Write[], shard: number) => ({
  ClientRequestToken: randomUUID(),
  TransactItems: writes.map((write) =>
    withStored(write.render(store.tableName, write.organization ?? organization, shard)),
  ),
});

/** Why a transaction was cancelled; null where it was done. */
const rejectionOf = (sent: Promise<unknown>): Promise<TransactionCanceledException | null> =>
  sent.then(
    () => null,
    (error: unknown) => {
      if (error instanceof TransactionCanceledException) return error;
      throw error;
    },
  );

/**
 * Whether another shard would have nothing in its way. A request that the SDK has sent more than once may have been
 * done without our hearing of it: only the same one, under its token, tells.
 */
function meetsShardsOnly(
  { CancellationReasons = [], $metadata: { attempts = 1 } }: TransactionCanceledException,
  writes: readonly Write[],
): boolean {
  const met = CancellationReasons.flatMap(({ Code = 'None' }, at) =>
    Code === 'None' ? [] : [{ Code, write: writes[at] }],
  );
  return (
    attempts === 1 &&
    met.length > 0 &&
    met.every(({ Code, write }) => Code === 'TransactionConflict' && write?.sharded === true)
  );
}

/** Has a failed condition answer the item that is there. */
const withStored = (item: TransactWriteItem): TransactWriteItem =>
  Object.fromEntries(
    Object.entries(item).map(([action, parts]) => [
      action,
      { ...parts, ReturnValuesOnConditionCheckFailure: 'ALL_OLD' },
    ]),
  );

/** A failed condition is an answer; anything else that cancels (conflict, throttling) is tried again. */
function failedConditions(error: TransactionCanceledException): readonly FailedCondition[] {
  const reasons = error.CancellationReasons ?? [];
  if (reasons.some((reason) => reason.Code === 'ValidationError')) throw error;
  return reasons.flatMap(({ Code, Item }, at) => (Code === 'ConditionalCheckFailed' ? [{ at, stored: Item }] : []));
}
