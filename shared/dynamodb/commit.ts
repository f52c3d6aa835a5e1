import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { TransactionCanceledException, TransactWriteItemsCommand, type TransactWriteItem } from '@aws-sdk/client-dynamodb';
import { AppError } from '../errors.ts';
import type { Store } from './client.ts';
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

/** DynamoDB's limit of a transaction. */
export const maximumWrites = 100;

const maximumTries = 8;

/** What a commit needs of the world beside the store. */
type Patience = { readonly random: () => number; /** Milliseconds. */ readonly wait: (time: number) => Promise<unknown> };
const patience: Patience = { random: Math.random, wait };

/** A write whose condition did not hold: its place among the writes, and the item that is there, if there is one. */
export type FailedCondition = { readonly at: number; readonly stored: Attributes | undefined };

/**
 * Commits writes in one transaction. All tries, the SDK's and ours, carry one request token, so a lost
 * answer never does a thing twice. An item that another transaction holds is tried again with jitter.
 * @throws the first failed condition's AppError; StaleWrite; Contention after 8 tries.
 */
export async function commit(store: Store, organization: number, writes: readonly Write[], { random, wait: pause }: Patience = patience): Promise<void> {
  const failed = await tryCommit(store, organization, writes, { random, wait: pause });
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
export async function tryCommit(store: Store, organization: number, writes: readonly Write[], { random, wait: pause }: Patience = patience): Promise<readonly FailedCondition[]> {
  if (writes.length === 0) return [];
  const TransactItems = writes.map((write) => withStored(write.render(store.tableName, write.organization ?? organization)));
  const ClientRequestToken = randomUUID();
  for (let attempt = 1; attempt <= maximumTries; attempt += 1) {
    try {
      await store.client.send(new TransactWriteItemsCommand({ TransactItems, ClientRequestToken }));
      return [];
    } catch (error) {
      if (!(error instanceof TransactionCanceledException)) throw error;
      const failed = failedConditions(error);
      if (failed.length > 0) return failed;
      if (attempt < maximumTries) await pause(random() * 10 * 2 ** attempt);
    }
  }
  throw new Contention();
}

/** Has a failed condition answer the item that is there. */
const withStored = (item: TransactWriteItem): TransactWriteItem =>
  Object.fromEntries(Object.entries(item).map(([action, parts]) => [action, { ...parts, ReturnValuesOnConditionCheckFailure: 'ALL_OLD' }]));

/** A failed condition is an answer; anything else that cancels (conflict, throttling) is tried again. */
function failedConditions(error: TransactionCanceledException): readonly FailedCondition[] {
  const reasons = error.CancellationReasons ?? [];
  if (reasons.some((reason) => reason.Code === 'ValidationError')) throw error;
  return reasons.flatMap(({ Code, Item }, at) => (Code === 'ConditionalCheckFailed' ? [{ at, stored: Item }] : []));
}
