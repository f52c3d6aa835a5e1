import {
  ConditionalCheckFailedException,
  TransactionConflictException,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import type { Entity } from '../contract/entities.ts';
import type { Store } from './client.ts';
import { fromAttributes, keyAttributes, type Row } from './row.ts';
import { updateExpression, type Update } from './update-expression.ts';

/** Whether an update failed because a transaction held its item: the update is valid. */
export const isHeld = (error: unknown): boolean => error instanceof TransactionConflictException;

/** The outcome of an update of one item. */
export type UpdateOutcome<Item> = {
  /** Whether the condition held. */
  readonly done: boolean;
  /** The item after the update, or as it is stored if the condition failed; undefined if there is none. */
  readonly item: Item | undefined;
};

type Target<Item extends Key & object, Key extends object> = {
  readonly organization: number;
  readonly row: Row<Entity, Item, Key, Key>;
  readonly key: Key;
};

/**
 * Updates one item without a transaction: for counters with many concurrent writers. The SDK repeats a request whose
 * response was lost, so that an increment may count twice.
 */
export async function updateItem<Item extends Key & object, Key extends object>(
  store: Store,
  { organization, row, key }: Target<Item, Key>,
  update: Update,
): Promise<UpdateOutcome<Item>> {
  try {
    const { Attributes } = await store.client.send(
      new UpdateItemCommand({
        TableName: store.tableName,
        Key: keyAttributes(row, organization, key),
        ...updateExpression(update),
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
