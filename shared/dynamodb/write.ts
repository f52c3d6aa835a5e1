import type { TransactWriteItem } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import type { Entity } from '../contract/entities.ts';
import { AppError, type DeclaredError } from '../errors.ts';
import type { RecordClass } from '../schema/record-class.ts';
import { keyAttributes, toAttributes, type Keyed, type Row } from './row.ts';
import { conditionExpression, updateExpression, type Condition, type Update } from './update-expression.ts';

/**
 * One item of a change. Stores make these values, handlers return them, and the pipeline commits them, together with
 * the idempotency record, in one transaction. `N` is the effect (`trunk`, `event:trunk.created`) that the contract must
 * declare.
 */
export type Write<N extends string = string> = {
  readonly effect: N;
  /** The organization of the item, if it is not that of the request. */
  readonly organization?: number;
  /** The DynamoDB request. @param shard the shard of a sum that this attempt of the transaction writes to */
  readonly render: (tableName: string, organization: number, shard: number) => TransactWriteItem;
  /** Whether each shard has an item of its own for this write. */
  readonly sharded?: true;
  /** The class of the record that it deletes. */
  readonly removes?: RecordClass;
  /** The class of records whose legal holds it checks. */
  readonly asksHoldsOn?: RecordClass;
  /** The item, of a write that puts one. */
  readonly item?: object;
  /** Whether it claims a name that is unique on the platform (`claim`). */
  readonly claims?: true;
  /** Whether the writers of its item take turns. */
  readonly inTurn?: true;
  /** What a failed condition means. `stale`: read the item again and repeat the decision. */
  readonly onConflict: 'stale' | AppError;
};

const stale = 'stale' as const;
const absent = 'attribute_not_exists(PK)';

const effectOf = <E extends Entity>({ entity, inTurn }: { readonly entity: E; readonly inTurn?: true }) =>
  inTurn === true ? { effect: entity, inTurn } : { effect: entity };

type Versioned = { readonly version: number };

/** Creates an item. @param conflict the error when its key is taken; without one the decision is repeated */
export const create = <E extends Entity, Item extends K & object, K extends object>(
  of: Row<E, Item, K, K>,
  item: Item,
  conflict?: DeclaredError,
  message?: string,
): Write<E> => ({
  ...effectOf(of),
  item,
  onConflict: conflict === undefined ? stale : new AppError(conflict, message ?? 'The resource already exists'),
  render: (TableName, organization) => ({
    Put: { TableName, Item: toAttributes(of, organization, item), ConditionExpression: absent },
  }),
});

/**
 * Marks a write that claims a name which is unique on the platform: that it fails tells that another organization has
 * the name, so the failures of an organization are limited (shared/http/taken-names.ts).
 */
export const claim = <N extends string>(write: Write<N>): Write<N> => ({ ...write, claims: true });

/** Puts the next version of an item. Stale when another writer was faster. */
export const replace = <E extends Entity, Item extends K & Versioned, K extends object>(
  of: Row<E, Item, K, K>,
  item: Item,
  read: Versioned,
): Write<E> => ({
  ...effectOf(of),
  item,
  onConflict: stale,
  render: (TableName, organization) => ({
    Put: {
      TableName,
      Item: toAttributes(of, organization, item),
      ConditionExpression: '#version = :read',
      ExpressionAttributeNames: { '#version': 'version' },
      ExpressionAttributeValues: marshall({ ':read': read.version }),
    },
  }),
});

/** Puts an item over an existing one or none; with a condition, only if the stored item meets it. */
export const overwrite = <E extends Entity, Item extends K & object, K extends object>(
  of: Row<E, Item, K, K>,
  item: Item,
  onlyIf?: Condition,
): Write<E> => ({
  ...effectOf(of),
  item,
  onConflict: stale,
  render: (TableName, organization) => ({
    Put: {
      TableName,
      Item: toAttributes(of, organization, item),
      ...(onlyIf === undefined ? {} : conditionExpression(onlyIf)),
    },
  }),
});

const removing = ({ records }: { readonly records?: RecordClass }) =>
  records === undefined ? {} : { removes: records };

/** Deletes an item: the version that was read, or (without `read`) any version, also if there is none. */
export const remove = <E extends Entity, K extends object>(of: Keyed<K, E>, key: K, read?: Versioned): Write<E> => ({
  ...effectOf(of),
  ...removing(of),
  onConflict: stale,
  render: (TableName, organization) => ({
    Delete: {
      TableName,
      Key: keyAttributes(of, organization, key),
      ...(read === undefined
        ? {}
        : {
            ConditionExpression: '#version = :read',
            ExpressionAttributeNames: { '#version': 'version' },
            ExpressionAttributeValues: marshall({ ':read': read.version }),
          }),
    },
  }),
});

/** Deletes an item if it meets a condition; stale if it does not. */
export const removeIf = <E extends Entity, K extends object>(of: Keyed<K, E>, key: K, onlyIf: Condition): Write<E> => ({
  ...effectOf(of),
  ...removing(of),
  onConflict: stale,
  render: (TableName, organization) => ({
    Delete: { TableName, Key: keyAttributes(of, organization, key), ...conditionExpression(onlyIf) },
  }),
});

/** Deletes an item that must exist; stale if it does not. A transaction that counts deletions counts each once. */
export const removeExisting = <E extends Entity, K extends object>(of: Keyed<K, E>, key: K): Write<E> => ({
  ...effectOf(of),
  ...removing(of),
  onConflict: stale,
  render: (TableName, organization) => ({
    Delete: { TableName, Key: keyAttributes(of, organization, key), ConditionExpression: 'attribute_exists(PK)' },
  }),
});

/** Changes single attributes of an item. Creates the item if there is none, unless `onlyIf` prevents it. */
export const change = <E extends Entity, K extends object>(
  of: Keyed<K, E>,
  key: K,
  wanted: Update & { readonly conflict?: AppError },
): Write<E> => ({
  ...effectOf(of),
  onConflict: wanted.conflict ?? stale,
  render: (TableName, organization) => ({
    Update: { TableName, Key: keyAttributes(of, organization, key), ...updateExpression(wanted) },
  }),
});

/** Fails the transaction unless an item meets a condition (ConditionCheck). */
export const checkCondition = <E extends Entity, K extends object>(
  of: Keyed<K, E>,
  key: K,
  onlyIf: Condition,
  conflict?: AppError,
): Write<E> => ({
  ...effectOf(of),
  onConflict: conflict ?? stale,
  render: (TableName, organization) => ({
    ConditionCheck: {
      TableName,
      Key: keyAttributes(of, organization, key),
      ...conditionExpression(onlyIf),
    },
  }),
});

/** As `unchanged`, for an item that the contract reads and does not write. */
export const checkReadCondition = <E extends Entity, K extends object>(
  of: Keyed<K, E>,
  key: K,
  onlyIf: Condition,
  conflict?: AppError,
): Write<`check:${E}`> => {
  const { render, onConflict } = checkCondition(of, key, onlyIf, conflict);
  return { effect: `check:${of.entity}`, render, onConflict };
};

/** A write to one shard of a sum: the one that the current attempt of the transaction uses. */
export const shardedWrite = <N extends string>(of: (shard: number) => Write<N>): Write<N> => ({
  ...of(0),
  sharded: true,
  render: (tableName, organization, shard) => of(shard).render(tableName, organization, shard),
});

/** The same writes in the partitions of another organization. */
export const inOrganization = <N extends string>(organization: number, writes: readonly Write<N>[]): Write<N>[] =>
  writes.map((write) => ({ ...write, organization }));
