import { BatchGetItemCommand, GetItemCommand, QueryCommand, type QueryCommandOutput } from '@aws-sdk/client-dynamodb';
import type { Entity, Index } from '../contract/entities.ts';
import type { ReadItems, Store } from './client.ts';
import type { PrefetchedItems } from './prefetch.ts';
import { cursorOf, isEmpty, projectionOf, rangeQuery, startKey, type Partition } from './range-query.ts';
import { fromAttributes, indexPartition, keyAttributes, partitionOf, type Attributes, type Row } from './row.ts';

/**
 * Reads the rows of one organization. `R` has the reads that the contract declares (`trunk`, `trunk@GSI1`), so that an
 * undeclared read does not compile. Every table is bound to an organization: tenancy is enforced here, and no handler
 * compares organizations.
 */
export type Table<R extends string = string> = {
  readonly organization: number;
  /** One item, strongly consistent. Reads that start in the same turn of the event loop share one round trip. */
  readonly get: <E extends Entity & R, Item extends object, K extends object>(
    of: Row<E, Item, K, K>,
    key: K,
  ) => Promise<Item | undefined>;
  /** Several items in the order of the keys, strongly consistent. One round trip per 100 keys. */
  readonly getAll: <E extends Entity & R, Item extends object, K extends object>(
    of: Row<E, Item, K, K>,
    keys: readonly K[],
  ) => Promise<(Item | undefined)[]>;
  /** One slice of a partition, strongly consistent. */
  readonly query: <E extends Entity & R, Item extends object, P extends object>(
    of: Row<E, Item, never, P>,
    partition: P,
    range?: Range,
  ) => Promise<Slice<Item>>;
  /** One slice of an index's partition, eventually consistent. @param parts of the partition key, after the entity */
  readonly queryIndex: <E extends Entity, I extends Index, Item extends object>(
    of: Row<E, Item, never, never> & DeclaredIndex<E, I, R>,
    index: I,
    parts: readonly string[],
    range?: Range,
  ) => Promise<Slice<Item>>;
  /** The number of items in a range of a partition, up to its limit. Strongly consistent; transfers no items. */
  readonly count: <E extends Entity & R, Item extends object, P extends object>(
    of: Row<E, Item, never, P>,
    partition: P,
    range: CountedRange,
  ) => Promise<number>;
  /** The same for an index's partition, eventually consistent. */
  readonly countIndex: <E extends Entity, I extends Index, Item extends object>(
    of: Row<E, Item, never, never> & DeclaredIndex<E, I, R>,
    index: I,
    parts: readonly string[],
    range: CountedRange,
  ) => Promise<number>;
};

/** Anything if a contract declares the read of an index; otherwise a type that says what the contract lacks. */
type DeclaredIndex<E extends Entity, I extends Index, R extends string> = `${E}@${I}` extends R
  ? unknown
  : `the contract declares no reads('${E}', '${I}')`;

/** A range to count, and where counting stops. */
export type CountedRange = Pick<Range, 'between' | 'order'> & { readonly limit: number };

export type Range = {
  readonly limit?: number;
  /** Newest (largest sort key) first unless `asc`. */
  readonly order?: 'asc' | 'desc';
  /** A cursor of an earlier slice: the range continues after it. */
  readonly after?: string;
  /** Prefix of the sort key. */
  readonly prefix?: string;
  /** Inclusive bounds of the sort key. */
  readonly between?: readonly [string, string];
};

export type Slice<Item> = {
  readonly items: readonly Item[];
  /** Where the next slice continues; undefined at the end. */
  readonly cursor: string | undefined;
  /** The cursor after the item at a position. */
  readonly cursorAt: (position: number) => string;
  /** Items that were read and do not exist for the reader (`own-items.ts`). */
  readonly hidden?: number;
};

/**
 * The table of one organization; 0 for rows without one.
 * @param prefetched items that the request has read already: `get` does not read them again
 */
export function tableFor<R extends string>(store: Store, organization: number, prefetched?: PrefetchedItems): Table<R> {
  const read = batchedRead(store);
  return {
    organization,
    get: async (of, key) => {
      const wanted = keyAttributes(of, organization, key);
      const text = keyText(wanted);
      const item = prefetched?.has(text) === true ? prefetched.get(text) : await read(wanted);
      return item === undefined ? undefined : fromAttributes(of, item);
    },
    getAll: async (of, keys) => {
      const wanted = keys.map((key) => keyAttributes(of, organization, key));
      const found = await (store.readItems ?? ((all) => batchGet(store, all)))(wanted);
      return wanted.map((key) => {
        const attributes = found.get(keyText(key));
        return attributes === undefined ? undefined : fromAttributes(of, attributes);
      });
    },
    query: (of, partition, range = {}) =>
      querySlice(store, of, { partition: partitionOf(of, organization, partition) }, range),
    queryIndex: (of, index, parts, range = {}) =>
      querySlice(store, of, { index, partition: indexPartition(of.entity, parts) }, range),
    count: (of, partition, range) => countItems(store, { partition: partitionOf(of, organization, partition) }, range),
    countIndex: (of, index, parts, range) =>
      countItems(store, { index, partition: indexPartition(of.entity, parts) }, range),
  };
}

/** A key as one text, for maps. */
export const keyText = (key: Attributes): string => `${key['PK']?.S ?? ''}\n${key['SK']?.S ?? ''}`;

/** Reads items in batches: those that start in the same turn of the event loop (`Promise.all`) are one round trip. */
function batchedRead(store: Store): (key: Attributes) => Promise<Attributes | undefined> {
  let batch: { readonly keys: Attributes[]; readonly found: ReturnType<ReadItems> } | undefined;
  const beginBatch = () => {
    const keys: Attributes[] = [];
    return {
      keys,
      found: Promise.resolve().then(() => {
        batch = undefined;
        return store.readItems?.(keys) ?? readTogether(store, keys);
      }),
    };
  };
  return async (key) => {
    const current = (batch ??= beginBatch());
    current.keys.push(key);
    return (await current.found).get(keyText(key));
  };
}

/** Reads items by key, strongly consistent: one, or several in one round trip per 100 keys. */
export async function readTogether(
  store: Store,
  keys: readonly Attributes[],
): Promise<ReadonlyMap<string, Attributes>> {
  const [only, second] = keys;
  if (only === undefined || second !== undefined) return batchGet(store, keys);
  const { Item } = await store.client.send(
    new GetItemCommand({ TableName: store.tableName, Key: only, ConsistentRead: true }),
  );
  return new Map(Item === undefined ? [] : [[keyText(only), Item]]);
}

/**
 * Reads items by key, strongly consistent. Unprocessed keys are read again.
 * @param fields attributes to read; all of them by default
 */
export async function batchGet(
  store: Store,
  keys: readonly Attributes[],
  fields?: readonly string[],
): Promise<Map<string, Attributes>> {
  const projection = fields === undefined ? undefined : projectionOf([...fields, 'PK', 'SK', 'schema']);
  const found = new Map<string, Attributes>();
  let pending = [...new Map(keys.map((key) => [keyText(key), key])).values()];
  while (pending.length > 0) {
    const answer = await store.client.send(
      new BatchGetItemCommand({
        RequestItems: {
          [store.tableName]: {
            Keys: pending.slice(0, 100),
            ConsistentRead: true,
            ...(projection === undefined
              ? {}
              : { ProjectionExpression: projection.expression, ExpressionAttributeNames: projection.names }),
          },
        },
      }),
    );
    for (const item of answer.Responses?.[store.tableName] ?? []) found.set(keyText(item), item);
    pending = [...pending.slice(100), ...(answer.UnprocessedKeys?.[store.tableName]?.Keys ?? [])];
  }
  return found;
}

type StoredForm<Item extends object> = Pick<
  Row<Entity, Item, never, never>,
  'schema' | 'upgrade' | 'restored' | 'entity' | 'fields'
>;

async function querySlice<Item extends object>(
  store: Store,
  of: StoredForm<Item>,
  where: Partition,
  range: Range,
): Promise<Slice<Item>> {
  if (isEmpty(range)) return { items: [], cursor: undefined, cursorAt: () => '' };
  const { attributes, input } = rangeQuery(store, where, range);
  const projection = of.fields === undefined ? undefined : projectionOf([...of.fields, 'schema']);
  const answer = await store.client.send(
    new QueryCommand({
      ...input,
      ExpressionAttributeNames: { ...input.ExpressionAttributeNames, ...projection?.names },
      ...(projection === undefined ? {} : { ProjectionExpression: projection.expression }),
      ScanIndexForward: range.order === 'asc',
      ...(range.limit === undefined ? {} : { Limit: range.limit }),
      ...(range.after === undefined ? {} : { ExclusiveStartKey: startKey(range.after, attributes, where.partition) }),
    }),
  );
  const found = answer.Items ?? [];
  return {
    items: found.map((item) => fromAttributes<Item>(of, item)),
    cursor: answer.LastEvaluatedKey === undefined ? undefined : cursorOf(answer.LastEvaluatedKey, attributes),
    cursorAt: (position) => {
      if (projection !== undefined)
        throw new Error(`${of.entity}: this row is queried without keys and has no cursors`);
      return cursorOf(found[position] ?? {}, attributes);
    },
  };
}

async function countItems(store: Store, where: Partition, { limit, ...range }: CountedRange): Promise<number> {
  if (isEmpty(range)) return 0;
  const { input } = rangeQuery(store, where, range);
  let count = 0;
  let after: Attributes | undefined;
  do {
    const answer: QueryCommandOutput = await store.client.send(
      new QueryCommand({
        ...input,
        Select: 'COUNT',
        ScanIndexForward: range.order === 'asc',
        Limit: limit - count,
        ...(after === undefined ? {} : { ExclusiveStartKey: after }),
      }),
    );
    count += answer.Count ?? 0;
    after = answer.LastEvaluatedKey;
  } while (after !== undefined && count < limit);
  return count;
}
