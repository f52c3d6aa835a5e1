import { setTimeout as wait } from 'node:timers/promises';
import { BatchWriteItemCommand, type WriteRequest } from '@aws-sdk/client-dynamodb';
import type { Entity } from '../contract/entities.ts';
import type { Store } from './client.ts';
import { toAttributes, type Row } from './row.ts';
import { keyText } from './table.ts';

/** DynamoDB's limit of items in a batch. */
export const maxBatchSize = 25;

const maxAttempts = 6;

type RetryContext = {
  readonly random: () => number;
  /** @param time milliseconds */
  readonly wait: (time: number) => Promise<unknown>;
};

/**
 * Puts up to 25 items with different keys, without conditions and without a transaction. Items that the store does not
 * process are sent again, with jitter.
 * @returns for each item whether it was put
 */
export async function putEach<Item extends Key & object, Key extends object>(
  store: Store,
  row: Row<Entity, Item, Key, Key>,
  items: readonly Item[],
  { random, wait: pause }: RetryContext = { random: Math.random, wait },
): Promise<boolean[]> {
  const puts = items.map((item) => toAttributes(row, 0, item));
  let pending: WriteRequest[] = puts.map((Item) => ({ PutRequest: { Item } }));
  for (let attempt = 1; pending.length > 0 && attempt <= maxAttempts; attempt += 1) {
    if (attempt > 1) await pause(random() * 10 * 2 ** attempt);
    const { UnprocessedItems = {} } = await store.client.send(
      new BatchWriteItemCommand({ RequestItems: { [store.tableName]: pending } }),
    );
    pending = UnprocessedItems[store.tableName] ?? [];
  }
  const unprocessed = new Set(pending.map(({ PutRequest }) => keyText(PutRequest?.Item ?? {})));
  return puts.map((put) => !unprocessed.has(keyText(put)));
}
