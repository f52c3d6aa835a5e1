import { setTimeout as wait } from 'node:timers/promises';
import { TransactionCanceledException, TransactWriteItemsCommand } from '@aws-sdk/client-dynamodb';
import { AppError } from '../errors.ts';
import type { Store } from './client.ts';
import type { Write } from './write.ts';

/** Another writer was faster: what was decided rests on an item that is no longer so. */
export class StaleWrite extends Error {
  override name = 'StaleWrite';
}

/** DynamoDB's limit of a transaction. */
export const maximumWrites = 100;

const maximumTries = 8;

/** What a commit needs of the world beside the store. */
type Patience = { readonly random: () => number; /** Milliseconds. */ readonly wait: (time: number) => Promise<unknown> };
const patience: Patience = { random: Math.random, wait };

/**
 * Commits writes in one transaction. The SDK sends one request token with all its retries, so a lost
 * answer never does a thing twice. An item that another transaction holds is tried again with jitter.
 * @throws the first failed condition's AppError; StaleWrite; AppError UNAVAILABLE after 8 tries.
 */
export async function commit(store: Store, organization: number, writes: readonly Write[], { random, wait: pause }: Patience = patience): Promise<void> {
  if (writes.length === 0) return;
  const TransactItems = writes.map((write) => write.render(store.tableName, write.organization ?? organization));
  for (let attempt = 1; attempt <= maximumTries; attempt += 1) {
    try {
      await store.client.send(new TransactWriteItemsCommand({ TransactItems }));
      return;
    } catch (error) {
      if (!(error instanceof TransactionCanceledException)) throw error;
      throwFailedCondition(error, writes);
      if (attempt < maximumTries) await pause(random() * 10 * 2 ** attempt);
    }
  }
  throw new AppError('UNAVAILABLE', 'Too many changes at once; try again', { retryAfter: 1 });
}

/** A failed condition is an answer; anything else that cancels (conflict, throttling) is tried again. */
function throwFailedCondition(error: TransactionCanceledException, writes: readonly Write[]): void {
  const reasons = error.CancellationReasons ?? [];
  if (reasons.some((reason) => reason.Code === 'ValidationError')) throw error;
  const at = reasons.findIndex((reason) => reason.Code === 'ConditionalCheckFailed');
  const failed = writes[at];
  if (failed === undefined) return;
  // A rule of the caller's beats a lost race: a taken name stays taken however often one decides anew.
  const named = writes.find((write, index) => reasons[index]?.Code === 'ConditionalCheckFailed' && write.onConflict !== 'stale');
  if (named !== undefined && named.onConflict !== 'stale') throw named.onConflict;
  throw new StaleWrite('an item changed while it was being worked on');
}
