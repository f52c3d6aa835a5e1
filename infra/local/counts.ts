import { DatabaseSync } from 'node:sqlite';
import * as z from 'zod';
import { json, type AwsService } from './aws-call.ts';
import type { TableStore } from './dynamodb.ts';
import type { ResourceNames } from './requests.ts';

/** A count as `shared/dynamodb` asks for it: of a partition or a range of it, perhaps of what lacks an attribute. */
const Count = z.strictObject({
  TableName: z.string(),
  IndexName: z.string().optional(),
  ConsistentRead: z.boolean().optional(),
  Select: z.literal('COUNT'),
  KeyConditionExpression: z.enum(['#partition = :partition', '#partition = :partition AND #sort BETWEEN :from AND :to']),
  FilterExpression: z.literal('attribute_not_exists(#without)').optional(),
  ExpressionAttributeNames: z.record(z.string(), z.string()),
  ExpressionAttributeValues: z.record(z.string(), z.strictObject({ S: z.string() })),
  ScanIndexForward: z.boolean().default(true),
  Limit: z.int().positive(),
});
type Count = z.output<typeof Count>;

/** `last`: the key of the last item, as DynamoDB writes it. */
type Found = { readonly scanned: number; readonly kept: number; readonly last: string };

/** Bytes of the file that are read as memory, page by page as they are needed: twice as fast as by calls of the system. */
const mapped = 2 ** 31;

/**
 * Counts in the file that `dynoxide` keeps, which itself decodes each item that it counts: 15 µs each, for which all
 * other requests wait. Whatever is asked otherwise, or wrongly, the store answers.
 */
export function startCounting({ service: store, file }: TableStore, names: ResourceNames): { readonly service: AwsService; close(): void } {
  if (file === null) return { service: store, close: () => {} };
  const database = new DatabaseSync(file, { readOnly: true });
  database.exec(`PRAGMA mmap_size = ${mapped}`);
  const service: AwsService = async (call) => {
    const { data: asked } = Count.safeParse(call.operation === 'Query' ? call.parameters : null);
    const keys = asked === undefined ? [] : keysOf(asked, names);
    if (asked === undefined || keys.length === 0) return store(call);
    const { scanned, kept, last } = database.prepare(statementFor(asked, keys)).get(...argumentsOf(asked)) as Found;
    return json(200, { Count: kept, ScannedCount: scanned, ...(scanned < asked.Limit ? {} : { LastEvaluatedKey: JSON.parse(last) as unknown }) });
  };
  return { service, close: () => { database.close(); } };
}

/** Names of the attributes that place an item where it is counted; none if the question names others. */
function keysOf({ TableName, IndexName, ExpressionAttributeNames: { '#partition': partition, '#sort': sort } }: Count, names: ResourceNames): readonly string[] {
  const keys = names.keysOf(TableName, IndexName);
  if (partition === undefined || partition !== keys[0] || (sort ?? keys[1]) !== keys[1]) return [];
  return IndexName === undefined ? keys : [...keys, ...names.keysOf(TableName)];
}

/** Keys are stored with their type. */
function statementFor({ TableName, IndexName, KeyConditionExpression, FilterExpression, ScanIndexForward }: Count, names: readonly string[]): string {
  const [from, partition, ...sorts] = IndexName === undefined ? [TableName, 'pk', 'sk'] : [`${TableName}::gsi::${IndexName}`, 'gsi_pk', 'gsi_sk', 'table_pk', 'table_sk'];
  const keys = [partition, ...sorts];
  const last = keys.map((column, at) => `'${names[at]}', json_object('S', substr(${column}, 3))`);
  return `SELECT coalesce(max(place), 0) AS scanned, coalesce(sum(kept), 0) AS kept, json_object(${last.join()}) AS last FROM (
    SELECT row_number() OVER () AS place, ${FilterExpression === undefined ? '1' : 'json_type(item_json, ?) IS NULL'} AS kept, ${keys.join()} FROM (
      SELECT * FROM "${from}" WHERE ${partition} = ? ${KeyConditionExpression.includes('BETWEEN') ? `AND ${sorts[0]} BETWEEN ? AND ?` : ''}
      ORDER BY ${sorts.map((column) => `${column} ${ScanIndexForward ? 'ASC' : 'DESC'}`).join()} LIMIT ?))`;
}

function argumentsOf({ ExpressionAttributeNames, ExpressionAttributeValues, FilterExpression, Limit }: Count): (string | number)[] {
  const path = FilterExpression === undefined ? [] : [`$."${ExpressionAttributeNames['#without']}"`];
  return [...path, ...[':partition', ':from', ':to'].flatMap((name) => ExpressionAttributeValues[name] ?? []).map(({ S }) => `S:${S}`), Limit];
}
