import type { QueryCommandInput } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import type { Index } from '../contract/entities.ts';
import type { Store } from './client.ts';
import { indexAttributes, type Attributes } from './row.ts';
import type { Range } from './table.ts';

/** The requests of queries: ranges of a partition, projections and cursors. */

/** A partition of the table, or of an index. */
export type Partition = { readonly index?: Index; readonly partition: string };

/** The part of a request that selects a range. */
export function rangeQuery(store: Store, { index, partition }: Partition, range: Pick<Range, 'prefix' | 'between'>) {
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

/** Whether a range ends before it begins, for which DynamoDB's Query has a ValidationException. */
export const isEmpty = ({ between: [from, to] = ['', ''] }: Pick<Range, 'between'>): boolean => from > to;

/** Limits what a query returns of items. Paths have dots. */
export function projectionOf(fields: readonly string[]): {
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

/** The attributes of a key. */
type KeyNames = { readonly partition: string; readonly sort: string };

/** The cursor after an item. It has sort keys only: the partition always comes from the caller's own request. */
export function cursorOf(last: Attributes, names: KeyNames): string {
  const parts = names.sort === 'SK' ? [last['SK']?.S] : [last[names.sort]?.S, last['PK']?.S, last['SK']?.S];
  return JSON.stringify(parts);
}

/** The key that a cursor stands for, in a partition. */
export function startKey(cursor: string, names: KeyNames, partition: string): Attributes {
  const parts = JSON.parse(cursor) as string[];
  const [sort = '', primary = '', primarySort = ''] = parts;
  if (names.sort === 'SK') return marshall({ PK: partition, SK: sort });
  return marshall({ [names.partition]: partition, [names.sort]: sort, PK: primary, SK: primarySort });
}
