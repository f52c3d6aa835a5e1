import { BatchWriteItemCommand, type WriteRequest } from '@aws-sdk/client-dynamodb';
import type { Entity } from '#contract/entities.ts';
import type { Store } from '#dynamodb/client.ts';
import { toAttributes, type Row } from '#dynamodb/row.ts';

/** What one BatchWriteItem takes. */
const batchSize = 25;

/**
 * Puts items straight into the table, past all rules: one batch after the other, as the local store slows where its
 * stream grows faster than it is trimmed.
 */
export async function putAll<Item extends Key & object, Key extends object>(
  store: Store,
  row: Row<Entity, Item, Key, Key>,
  organization: number,
  items: readonly Item[],
): Promise<void> {
  for (let at = 0; at < items.length; at += batchSize)
    await putBatch(
      store,
      items.slice(at, at + batchSize).map((item) => ({ PutRequest: { Item: toAttributes(row, organization, item) } })),
    );
}

async function putBatch({ client, tableName }: Store, requests: WriteRequest[]): Promise<void> {
  const { UnprocessedItems = {} } = await client.send(
    new BatchWriteItemCommand({ RequestItems: { [tableName]: requests } }),
  );
  const rest = UnprocessedItems[tableName] ?? [];
  if (rest.length > 0) await putBatch({ client, tableName }, rest);
}
