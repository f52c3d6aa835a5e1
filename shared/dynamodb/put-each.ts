import { setTimeout as wait } from 'node:timers/promises';
import { BatchWriteItemCommand, type WriteRequest } from '@aws-sdk/client-dynamodb';
import type { Entity } from '../contract/entities.ts';
import type { Store } from './client.ts';
import { toAttributes, type Row } from './row.ts';
import { keyText } from './table.ts';

/** DynamoDB's limit of a batch. */
export const maxBatchSize = 25;

const maximumTries = 6;

type Timeout = {
  readonly random: () => number;
  /** Milliseconds. */
  readonly wait: (time: number) => Promise<unknown>;
};

/**
 * Puts items whatever was there, outside of any transaction: each for itself, no two of one key, at most 25. What the
 * store is too busy for is tried again, with jitter.
 * @returns of each whether it was put
 */
export async function putEach<Item extends Key & object, Key extends object>(
  store: Store,
  row: Row<Entity, Item, Key, Key>,
  items: readonly Item[],
  { random, wait: pause }: Timeout = { random: Math.random, wait },
): Promise<boolean[]> {
  const puts = items.map((item) => toAttributes(row, 0, item));
  let pending: WriteRequest[] = puts.map((Item) => ({ PutRequest: { Item } }));
  for (let attempt = 1; pending.length > 0 && attempt <= maximumTries; attempt += 1) {
    if (attempt > 1) await pause(random() * 10 * 2 ** attempt);
    const { UnprocessedItems = {} } = await store.client.send(
      new BatchWriteItemCommand({ RequestItems: { [store.tableName]: pending } }),
    );
    pending = UnprocessedItems[store.tableName] ?? [];
  }
  const left = new Set(pending.map(({ PutRequest }) => keyText(PutRequest?.Item ?? {})));
  return puts.map((put) => !left.has(keyText(put)));
}
