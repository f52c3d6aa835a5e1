import {
  BatchGetItemCommand,
  GetItemCommand,
  QueryCommand,
  type QueryCommandInput,
  type QueryCommandOutput,
} from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import type { Entity, Index } from '../contract/entities.ts';
import type { Store } from './client.ts';
import type { PrefetchedItems } from './early-reads.ts';
import {
  fromAttributes,
  indexAttributes,
  indexPartition,
  keyAttributes,
  partitionOf,
  type Attributes,
  type Row,
} from './row.ts';

/**
 * Reads of one organization's rows. `R` names what the contract declares (`trunk`, `trunk@GSI1`), so
 * an undeclared read does not compile. A table is made for one organization and cannot be asked
 * without it: tenancy is decided here, and no handler compares organizations.
 */
export type Table<R extends string = string> = {
  readonly organization: number;
  /** Strongly consistent. Items that are asked for together come in one round trip. */
  readonly get: <E extends Entity & R, Item extends object, K extends object>(
    of: Row<E, Item, K, K>,
    key: K,
  ) => Promise<Item | undefined>;
  /** Several items, strongly consistent, in the order of the keys; a round trip for each 100. */
  readonly getAll: <E extends Entity & R, Item extends object, K extends object>(
    of: Row<E, Item, K, K>,
    keys: readonly K[],
  ) => Promise<(Item | undefined)[]>;
  /** One page of a partition, strongly consistent. */
  readonly query: <E extends Entity & R, Item extends object, P extends object>(
    of: Row<E, Item, never, P>,
    partition: P,
    range?: Range,
  ) => Promise<Slice<Item>>;
  /** One page of an index's partition (its parts after the entity); eventually consistent. */
  readonly queryIndex: <E extends Entity, I extends Index, Item extends object>(
    of: Row<E, Item, never, never> & (`${E}@${I}` extends R ? unknown : never),
    index: I,
    parts: readonly string[],
    range?: Range,
  ) => Promise<Slice<Item>>;
  /**
   * How many items a range of a partition holds, up to its limit: nothing is carried but the number. Strongly
   * consistent.
   */
  readonly count: <E extends Entity & R, Item extends object, P extends object>(
    of: Row<E, Item, never, P>,
    partition: P,
    range: Counted,
  ) => Promise<number>;
  /** The same of an index's partition; eventually consistent. */
  readonly countIndex: <E extends Entity, I extends Index, Item extends object>(
    of: Row<E, Item, never, never> & (`${E}@${I}` extends R ? unknown : never),
    index: I,
    parts: readonly string[],
    range: Counted,
  ) => Promise<number>;
};

/** What is counted. */
export type Counted = Pick<Range, 'between' | 'order'> & { readonly limit: number };

export type Range = {
  readonly limit?: number;
  /** Newest (largest sort key) first unless `asc`. */
  readonly order?: 'asc' | 'desc';
  /** Goes on behind this cursor of an earlier slice. */
  readonly after?: string;
  readonly prefix?: string;
  /** Inclusive bounds of the sort key. */
  readonly between?: readonly [string, string];
};

export type Slice<Item> = {
  readonly items: readonly Item[];
  /** Where to go on, if there is more. */
  readonly cursor: string | undefined;
  /** Where to go on behind the item at this position. */
  readonly cursorAt: (position: number) => string;
};

/**
 * A table for one organization.
 * @param early what the request has read before it reads through the table: `get` does not ask for it again
 */
export function tableFor<R extends string>(store: Store, organization: number, early?: PrefetchedItems): Table<R> {
  const read = gathered(store);
  return {
    organization,
    get: async (of, key) => {
      const wanted = keyAttributes(of, organization, key);
      const item = early?.has(keyText(wanted)) === true ? early.get(keyText(wanted)) : await read(wanted);
      return item === undefined ? undefined : fromAttributes(of, item);
    },
    getAll: async (of, keys) => {
      const wanted = keys.map((key) => keyAttributes(of, organization, key));
      const found = await batchGet(store, wanted);
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

export const keyText = (key: Attributes): string => `${key['PK']?.S ?? ''}\n${key['SK']?.S ?? ''}`;

type Found = (key: Attributes) => Attributes | undefined;

/** Reads that begin in the same turn of the event loop, as those of a `Promise.all` do, are one round trip. */
function gathered(store: Store): (key: Attributes) => Promise<Attributes | undefined> {
  let turn: { readonly keys: Attributes[]; readonly found: Promise<Found> } | undefined;
  const begun = () => {
    const keys: Attributes[] = [];
    return {
      keys,
      found: Promise.resolve().then(() => {
        turn = undefined;
        return readTogether(store, keys);
      }),
    };
  };
  return async (key) => {
    const mine = (turn ??= begun());
    mine.keys.push(key);
    return (await mine.found)(key);
  };
}

async function readTogether(store: Store, keys: readonly Attributes[]): Promise<Found> {
  const [only, second] = keys;
  if (second === undefined) {
    const { Item } = await store.client.send(
      new GetItemCommand({ TableName: store.tableName, Key: only, ConsistentRead: true }),
    );
    return () => Item;
  }
  const found = await batchGet(store, keys);
  return (key) => found.get(keyText(key));
}

/**
 * Items by key, strongly consistent; unprocessed keys are asked for again. `fields`: what is wanted of them, where that
 * is not all.
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

type Partition = { readonly index?: Index; readonly partition: string };

/** What a query of a range asks, whatever it wants of the items. */
function rangeQuery(store: Store, { index, partition }: Partition, range: Pick<Range, 'prefix' | 'between'>) {
  const attributes = index === undefined ? { partition: 'PK', sort: 'SK' } : indexAttributes[index];
  const [condition, values] = sortCondition(range);
  return {
    attributes,
    input: {
      TableName: store.tableName,
      ...(index === undefined ? { ConsistentRead: true } : { IndexName: index }),
      KeyConditionExpression: `#partition = :partition${condition}`,
      ExpressionAttributeNames: {
        '#partition': attributes.partition,
        ...(condition === '' ? {} : { '#sort': attributes.sort }),
      },
      ExpressionAttributeValues: marshall({ ':partition': partition, ...values }),
    } satisfies QueryCommandInput,
  };
}

/** A range that ends before it begins: DynamoDB answers a ValidationException to it (Query, KeyConditionExpression). */
const isEmpty = ({ between: [from, to] = ['', ''] }: Pick<Range, 'between'>): boolean => from > to;

async function querySlice<Item extends object>(
  store: Store,
  of: StoredForm<Item>,
  where: Partition,
  range: Range,
): Promise<Slice<Item>> {
  if (isEmpty(range)) return { items: [], cursor: undefined, cursorAt: () => '' };
  const { attributes, input } = rangeQuery(store, where, range);
  const projection = of.fields === undefined ? undefined : projectionOf(of.fields);
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
      if (projection !== undefined) throw new Error(`${of.entity}: what has no keys marks no place`);
      return cursorOf(found[position] ?? {}, attributes);
    },
  };
}

async function countItems(store: Store, where: Partition, { limit, ...range }: Counted): Promise<number> {
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

function projectionOf(fields: readonly string[]): {
  readonly expression: string;
  readonly names: Record<string, string>;
} {
  const paths = [...new Set(fields)].map((path) => path.split('.'));
  return {
    expression: paths.map((path) => path.map((name) => `#f_${name}`).join('.')).join(', '),
    names: Object.fromEntries(paths.flat().map((name) => [`#f_${name}`, name])),
  };
}

function sortCondition(range: Range): [string, Record<string, string>] {
  if (range.prefix !== undefined) return [' AND begins_with(#sort, :prefix)', { ':prefix': range.prefix }];
  if (range.between !== undefined)
    return [' AND #sort BETWEEN :from AND :to', { ':from': range.between[0], ':to': range.between[1] }];
  return ['', {}];
}

// A cursor holds sort keys only: the partition always comes from the caller's own request.
type KeyNames = { readonly partition: string; readonly sort: string };

function cursorOf(last: Attributes, names: KeyNames): string {
  const parts = names.sort === 'SK' ? [last['SK']?.S] : [last[names.sort]?.S, last['PK']?.S, last['SK']?.S];
  return JSON.stringify(parts);
}

function startKey(cursor: string, names: KeyNames, partition: string): Attributes {
  const parts = JSON.parse(cursor) as string[];
  const [sort = '', primary = '', primarySort = ''] = parts;
  if (names.sort === 'SK') return marshall({ PK: partition, SK: sort });
  return marshall({ [names.partition]: partition, [names.sort]: sort, PK: primary, SK: primarySort });
}
