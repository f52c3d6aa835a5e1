import type { TransactWriteItem } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import type { Entity } from '../contract/entities.ts';
import { AppError, type ErrorCode } from '../errors.ts';
import { keyAttributes, toAttributes, type Attributes, type Keyed, type Row } from './row.ts';

/**
 * One item of a change. Stores answer these values, handlers return them, and the pipeline commits
 * them together with the idempotency record in one transaction: nothing is ever half done.
 * `N` names the effect (`trunk`, `event:trunk.created`) that the contract must declare.
 */
export type Write<N extends string = string> = {
  readonly effect: N;
  /** Where it belongs to another organization than the request's (making one; a reseller's charge). */
  readonly organization?: number;
  /** @param shard of sums that are spread, in which the transaction is tried */
  readonly render: (tableName: string, organization: number, shard: number) => TransactWriteItem;
  /** Whether it goes to another item in another shard. */
  readonly sharded?: true;
  /** What a failed condition means. `stale`: read anew and decide again. */
  readonly onConflict: 'stale' | AppError;
};

const stale = 'stale' as const;
const absent = 'attribute_not_exists(PK)';

type Versioned = { readonly version: number };

/** A new item; `conflict` answers when its key is taken. */
export const create = <E extends Entity, Item extends K & object, K extends object>(
  of: Row<E, Item, K, K>,
  item: Item,
  conflict?: ErrorCode,
  message?: string,
): Write<E> => ({
  effect: of.entity,
  onConflict: conflict === undefined ? stale : new AppError(conflict, message ?? 'This already exists'),
  render: (TableName, organization) => ({
    Put: { TableName, Item: toAttributes(of, organization, item), ConditionExpression: absent },
  }),
});

/** Puts the next version of an item that was read: fails when another writer was faster. */
export const replace = <E extends Entity, Item extends K & Versioned, K extends object>(
  of: Row<E, Item, K, K>,
  item: Item,
  read: Versioned,
): Write<E> => ({
  effect: of.entity,
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

/** Puts an item whatever was there, or only where the item that is there is as it was read. */
export const overwrite = <E extends Entity, Item extends K & object, K extends object>(
  of: Row<E, Item, K, K>,
  item: Item,
  onlyIf?: Condition,
): Write<E> => ({
  effect: of.entity,
  onConflict: stale,
  render: (TableName, organization) => ({
    Put: {
      TableName,
      Item: toAttributes(of, organization, item),
      ...(onlyIf === undefined ? {} : conditionExpression(onlyIf)),
    },
  }),
});

/** Deletes the version that was read, or (without `read`) whatever is there. */
export const remove = <E extends Entity, K extends object>(of: Keyed<K, E>, key: K, read?: Versioned): Write<E> => ({
  effect: of.entity,
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

/** Deletes an item that still is as it was read. */
export const removeIf = <E extends Entity, K extends object>(of: Keyed<K, E>, key: K, onlyIf: Condition): Write<E> => ({
  effect: of.entity,
  onConflict: stale,
  render: (TableName, organization) => ({
    Delete: { TableName, Key: keyAttributes(of, organization, key), ...conditionExpression(onlyIf) },
  }),
});

/** Deletes an item that must be there: whoever counts what goes counts it once. */
export const removeExisting = <E extends Entity, K extends object>(of: Keyed<K, E>, key: K): Write<E> => ({
  effect: of.entity,
  onConflict: stale,
  render: (TableName, organization) => ({
    Delete: { TableName, Key: keyAttributes(of, organization, key), ConditionExpression: 'attribute_exists(PK)' },
  }),
});

type Change = {
  readonly set?: Readonly<Record<string, unknown>>;
  /** Whole numbers to add; an absent attribute counts as 0. */
  readonly add?: Readonly<Record<string, number | bigint>>;
  /** Put behind what a list holds; an absent attribute counts as an empty one. */
  readonly append?: Readonly<Record<string, readonly unknown[]>>;
  readonly clear?: readonly string[];
  readonly onlyIf?: Condition;
  readonly conflict?: AppError;
};

type Condition = {
  readonly expression: string;
  readonly names?: Readonly<Record<string, string>>;
  readonly values?: Readonly<Record<string, unknown>>;
};

const conditionExpression = ({ expression, names, values }: Condition) => ({
  ConditionExpression: expression,
  ...(names === undefined ? {} : { ExpressionAttributeNames: { ...names } }),
  ...(values === undefined ? {} : { ExpressionAttributeValues: marshall(values) }),
});

/** Changes single attributes of an item, made if it is not there (unless `onlyIf` says otherwise). */
export const change = <E extends Entity, K extends object>(of: Keyed<K, E>, key: K, wanted: Change): Write<E> => ({
  effect: of.entity,
  onConflict: wanted.conflict ?? stale,
  render: (TableName, organization) => ({
    Update: { TableName, Key: keyAttributes(of, organization, key), ...updateExpression(wanted) },
  }),
});

/** The expression of an update, with every attribute named by a placeholder. */
export function updateExpression(wanted: Change): {
  UpdateExpression: string;
  ConditionExpression?: string;
  ExpressionAttributeNames: Record<string, string>;
  ExpressionAttributeValues?: Attributes;
} {
  const names: Record<string, string> = { ...wanted.onlyIf?.names };
  const values: Record<string, unknown> = { ...wanted.onlyIf?.values };
  const place = (prefix: string, name: string, value: unknown, at: number): [string, string] => {
    names[`#${prefix}${at}`] = name;
    values[`:${prefix}${at}`] = value;
    return [`#${prefix}${at}`, `:${prefix}${at}`];
  };
  const sets = Object.entries(wanted.set ?? {})
    .filter(([, value]) => value !== undefined)
    .map(([name, value], at) => place('s', name, value, at).join(' = '));
  const adds = Object.entries(wanted.add ?? {}).map(([name, value], at) => place('a', name, value, at).join(' '));
  const appended = Object.entries(wanted.append ?? {}).map(([name, value], at) => {
    const [list, added] = place('l', name, value, at);
    values[':empty'] = [];
    return `${list} = list_append(if_not_exists(${list}, :empty), ${added})`;
  });
  const cleared = (wanted.clear ?? []).map((name, at) => {
    names[`#c${at}`] = name;
    return `#c${at}`;
  });
  const clauses = [
    ['SET', [...sets, ...appended]],
    ['ADD', adds],
    ['REMOVE', cleared],
  ] as const;
  return {
    UpdateExpression: clauses
      .filter(([, list]) => list.length > 0)
      .map(([word, list]) => `${word} ${list.join(', ')}`)
      .join(' '),
    ...(wanted.onlyIf === undefined ? {} : { ConditionExpression: wanted.onlyIf.expression }),
    ExpressionAttributeNames: names,
    ...(Object.keys(values).length === 0
      ? {}
      : { ExpressionAttributeValues: marshall(values, { removeUndefinedValues: true }) }),
  };
}

/** Fails the transaction unless the item still is as it was read. */
export const unchanged = <E extends Entity, K extends object>(
  of: Keyed<K, E>,
  key: K,
  onlyIf: Condition,
  conflict?: AppError,
): Write<E> => ({
  effect: of.entity,
  onConflict: conflict ?? stale,
  render: (TableName, organization) => ({
    ConditionCheck: {
      TableName,
      Key: keyAttributes(of, organization, key),
      ...conditionExpression(onlyIf),
    },
  }),
});

/** As `unchanged`, of an item that the contract only reads: whoever checks it may not write it. */
export const checked = <E extends Entity, K extends object>(
  of: Keyed<K, E>,
  key: K,
  onlyIf: Condition,
  conflict?: AppError,
): Write<`check:${E}`> => ({ ...unchanged(of, key, onlyIf, conflict), effect: `check:${of.entity}` });

/** A write to one of the items over which a sum is spread: that of the shard in which its transaction is tried. */
export const shardedWrite = <N extends string>(of: (shard: number) => Write<N>): Write<N> => ({
  ...of(0),
  sharded: true,
  render: (tableName, organization, shard) => of(shard).render(tableName, organization, shard),
});

/** The same writes in another organization's partitions. */
export const within = <N extends string>(organization: number, writes: readonly Write<N>[]): Write<N>[] =>
  writes.map((write) => ({ ...write, organization }));
