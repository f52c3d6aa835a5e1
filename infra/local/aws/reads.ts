import { DatabaseSync, type StatementSync } from 'node:sqlite';
import * as z from 'zod';
import { json, type AwsService, type Parameters } from './aws-call.ts';
import type { TableStore } from './dynamodb.ts';
import { withCache } from './cache.ts';
import type { ResourceNames } from './requests.ts';

/** Reads of `shared/dynamodb` by key: whole items. */
const Key = z.record(z.string(), z.strictObject({ S: z.string().min(1) }));
const GetItemInput = z.strictObject({ TableName: z.string(), Key, ConsistentRead: z.boolean().optional() });
const BatchKeys = z.strictObject({ Keys: z.array(Key).min(1).max(100), ConsistentRead: z.boolean().optional() });
const BatchGetItemInput = z.strictObject({ RequestItems: z.record(z.string(), BatchKeys) });

/** Its queries of a partition or a range of it: the first items, one attribute of each, or their number. */
const QueryInput = z
  .strictObject({
    TableName: z.string(),
    IndexName: z.string().optional(),
    ConsistentRead: z.boolean().optional(),
    Select: z.literal('COUNT').optional(),
    KeyConditionExpression: z.enum([
      '#partition = :partition',
      '#partition = :partition AND #sort BETWEEN :from AND :to',
    ]),
    ProjectionExpression: z.stringFormat('attribute', /^#\w+$/).optional(),
    ExpressionAttributeNames: z.record(z.string(), z.string()),
    ExpressionAttributeValues: z.record(z.string(), z.strictObject({ S: z.string() })),
    ScanIndexForward: z.boolean().default(true),
    Limit: z.int().positive(),
  })
  .refine(({ Select, ProjectionExpression }) => Select === undefined || ProjectionExpression === undefined);
type QueryInput = z.output<typeof QueryInput>;

type Reader = { readonly prepare: (statement: string) => StatementSync; readonly names: ResourceNames };

/**
 * Bytes of the file that are mapped into memory and read page by page: twice as fast as system calls.
 */
const mapped = 2 ** 31;
/** Max characters of the items of a page: about the megabyte of AWS. */
const fullPage = 1_000_000;

/**
 * Answers these reads from the file of `dynoxide`. The store itself takes 15 µs for each item that it counts, and three
 * times that for each that it returns, while all other requests wait. It answers all other reads, and invalid ones, and
 * all of them while it is down or stalls: no read succeeds where those of AWS would not.
 */
export function startReads(
  { service: store, file, isAnswering }: TableStore,
  names: ResourceNames,
): { readonly service: AwsService; close(): void } {
  if (file === null) return { service: store, close: () => {} };
  const database = new DatabaseSync(file, { readOnly: true });
  database.exec(`PRAGMA mmap_size = ${mapped}`);
  // There are few statements: one per table and form of read, with bound values.
  const reader: Reader = { prepare: withCache((statement) => database.prepare(statement)), names };
  const service: AwsService = async (call) => {
    const body = isAnswering() ? reads[call.operation]?.(reader, call.parameters) : undefined;
    return body === undefined ? store(call) : { ...json(200, null), body };
  };
  return {
    service,
    close: () => {
      database.close();
    },
  };
}

/**
 * Readers by operation: the answer in JSON, or undefined if the store must answer. The file holds items in DynamoDB's
 * JSON.
 */
const reads: Readonly<Record<string, (reader: Reader, parameters: Parameters) => string | undefined>> = {
  GetItem(reader, parameters) {
    const { data } = GetItemInput.safeParse(parameters);
    const found = data && itemsOf(reader, data.TableName, [data.Key]);
    return found && (found.length === 0 ? '{}' : `{"Item":${found[0]}}`);
  },
  BatchGetItem(reader, parameters) {
    const [only, ...others] = Object.entries(BatchGetItemInput.safeParse(parameters).data?.RequestItems ?? {});
    const found = only && others.length === 0 ? itemsOf(reader, only[0], only[1].Keys) : undefined;
    return found && `{"Responses":{"${only?.[0]}":[${found.join()}]},"UnprocessedKeys":{}}`;
  },
  Query(reader, parameters) {
    const { data } = QueryInput.safeParse(parameters);
    const keys = data ? placing(data, reader.names) : [];
    return data && keys.length > 0 ? (data.Select === 'COUNT' ? count : page)(reader, data, keys) : undefined;
  },
};

/** Undefined: other attributes than the table's keys, a repeated key, or more than one answer can hold. */
function itemsOf(
  { prepare, names }: Reader,
  table: string,
  keys: readonly z.output<typeof Key>[],
): readonly string[] | undefined {
  const columns = names.keysOf(table);
  const values = keys.map((key) => columns.map((name) => `S:${key[name]?.S}`));
  const whole =
    columns.length === 2 && keys.every((key) => Object.keys(key).length === 2 && columns.every((name) => name in key));
  if (!whole || new Set(values.map(String)).size < keys.length) return undefined;
  const find = prepare(`SELECT item_json AS text FROM "${table}" WHERE pk = ? AND sk = ?`);
  const found = values.flatMap((value) => find.get(...value)?.['text'] ?? []).map(String);
  return found.reduce((sum, { length }) => sum + length, 0) > fullPage ? undefined : found;
}

/** Names of the key attributes of the table or index; none if the expression names others. */
function placing(
  { TableName, IndexName, ExpressionAttributeNames: { '#partition': partition, '#sort': sort } }: QueryInput,
  names: ResourceNames,
): readonly string[] {
  const keys = names.keysOf(TableName, IndexName);
  if (partition === undefined || partition !== keys[0] || (sort ?? keys[1]) !== keys[1]) return [];
  return IndexName === undefined ? keys : [...keys, ...names.keysOf(TableName)];
}

function count({ prepare }: Reader, asked: QueryInput, keys: readonly string[]): string {
  const { source, columns, key, bound } = placesOf(asked, keys);
  const { found, last } = prepare(
    `SELECT coalesce(max(place), 0) AS found, ${key} AS last
      FROM (SELECT row_number() OVER () AS place, ${columns} FROM (${source}))`,
  ).get(...bound) as { readonly found: number; readonly last: string };
  return `{"Count":${found},"ScannedCount":${found}${found < asked.Limit ? '' : `,"LastEvaluatedKey":${last}`}}`;
}

function page({ prepare }: Reader, asked: QueryInput, keys: readonly string[]): string {
  const { source, key, bound } = placesOf(asked, keys);
  const wanted = asked.ExpressionAttributeNames[asked.ProjectionExpression ?? ''];
  const items: string[] = [];
  let [size, last] = [0, ''];
  for (const row of prepare(`SELECT item_json AS text, ${key} AS place FROM (${source})`).iterate(...bound)) {
    const { text, place } = row as { readonly text: string; readonly place: string };
    items.push(wanted === undefined ? text : JSON.stringify({ [wanted]: (JSON.parse(text) as Parameters)[wanted] }));
    [size, last] = [size + text.length, place];
    if (size > fullPage) break;
  }
  const more = items.length === asked.Limit || size > fullPage ? `,"LastEvaluatedKey":${last}` : '';
  return `{"Items":[${items.join()}],"Count":${items.length},"ScannedCount":${items.length}${more}}`;
}

/** The items in order, and an item's key in DynamoDB's JSON; keys are stored with their type. */
function placesOf(
  { TableName, IndexName, KeyConditionExpression, ExpressionAttributeValues, ScanIndexForward, Limit }: QueryInput,
  names: readonly string[],
) {
  const [from, partition, ...sorts] =
    IndexName === undefined
      ? [TableName, 'pk', 'sk']
      : [`${TableName}::gsi::${IndexName}`, 'gsi_pk', 'gsi_sk', 'table_pk', 'table_sk'];
  const range = KeyConditionExpression.includes('BETWEEN') ? `AND ${sorts[0]} BETWEEN ? AND ?` : '';
  const keyParts = [partition, ...sorts].map((column, at) => `'${names[at]}', json_object('S', substr(${column}, 3))`);
  const order = sorts.map((column) => `${column} ${ScanIndexForward ? 'ASC' : 'DESC'}`);
  return {
    columns: [partition, ...sorts].join(),
    source: `SELECT * FROM "${from}" WHERE ${partition} = ? ${range} ORDER BY ${order.join()} LIMIT ?`,
    key: `json_object(${keyParts.join()})`,
    bound: [
      ...[':partition', ':from', ':to']
        .flatMap((name) => ExpressionAttributeValues[name] ?? [])
        .map(({ S }) => `S:${S}`),
      Limit,
    ],
  };
}
