import { ConditionalCheckFailedException, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import type { Entity } from '../contract/entities.ts';
import type { Store } from './client.ts';
import { fromAttributes, keyAttributes, type Row } from './row.ts';
import { updateExpression } from './write.ts';

/** What became of a change of one item. */
export type UpdateOutcome<Item> = {
  /** Whether its condition held. */
  readonly done: boolean;
  /** The item as it is then; undefined: there is none. */
  readonly item: Item | undefined;
};

type Place<Item extends Key & object, Key extends object> = {
  readonly organization: number;
  readonly row: Row<Entity, Item, Key, Key>;
  readonly key: Key;
};

/**
 * Changes attributes of one item at once, outside of any transaction: for counters, which many write at the same time.
 * When an answer was lost the SDK does it again, so that something may be counted twice.
 */
export async function updateItem<Item extends Key & object, Key extends object>(
  store: Store,
  { organization, row, key }: Place<Item, Key>,
  wanted: Parameters<typeof updateExpression>[0],
): Promise<UpdateOutcome<Item>> {
  try {
    const { Attributes } = await store.client.send(
      new UpdateItemCommand({
        TableName: store.tableName,
        Key: keyAttributes(row, organization, key),
        ...updateExpression(wanted),
        ReturnValues: 'ALL_NEW',
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
      }),
    );
    return { done: true, item: Attributes === undefined ? undefined : fromAttributes(row, Attributes) };
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException)
      return { done: false, item: error.Item === undefined ? undefined : fromAttributes(row, error.Item) };
    throw error;
  }
}
