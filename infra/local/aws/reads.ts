import { DatabaseSync, type StatementSync } from 'node:sqlite';
import * as z from 'zod';
import { json, type AwsService, type Parameters } from './aws-call.ts';
import type { TableStore } from './dynamodb.ts';
import { remembering } from './remembering.ts';
import type { ResourceNames } from './requests.ts';

/** What `shared/dynamodb` asks by key: whole items. */
const Key = z.record(z.string(), z.strictObject({ S: z.string().min(1) }));
const One = z.strictObject({ TableName: z.string(), Key, ConsistentRead: z.boolean().optional() });
const Several = z.strictObject({ Keys: z.array(Key).min(1).max(100), ConsistentRead: z.boolean().optional() });
const Batch = z.strictObject({ RequestItems: z.record(z.string(), Several) });

/** What it asks of a partition or a range of it: its first items, or one attribute of each; or how many there are. */
const Question = z
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
type Question = z.output<typeof Question>;

type Reader = { readonly prepare: (statement: string) => StatementSync; readonly names: ResourceNames };

/**
 * Bytes of the file that are read as memory, page by page as they are needed: twice as fast as by calls of the system.
 */
const mapped = 2 ** 31;
/** Characters of items after which a page ends: about the megabyte of AWS. */
const fullPage = 1_000_000;

/**
 * Answers such reads out of the file that `dynoxide` keeps, which takes 15 µs for each item that it counts and three
 * times that for each that it gives, for which all other requests wait. Whatever is asked otherwise, or wrongly, the
 * store answers.
 */
export function startReads(
  { service: store, file }: TableStore,
  names: ResourceNames,
): { readonly service: AwsService; close(): void } {
  if (file === null) return { service: store, close: () => {} };
  const database = new DatabaseSync(file, { readOnly: true });
  database.exec(`PRAGMA mmap_size = ${mapped}`);
  // Their texts are few: tables and forms of questions, values bound.
  const reader: Reader = { prepare: remembering((statement) => database.prepare(statement)), names };
  const service: AwsService = async (call) => {
    const body = reads[call.operation]?.(reader, call.parameters);
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
 * By operation: the answer in JSON, or undefined where it is the store's to give. Items lie in the file as DynamoDB
 * writes them.
 */
const reads: Readonly<Record<string, (reader: Reader, parameters: Parameters) => string | undefined>> = {
  GetItem(reader, parameters) {
    const { data } = One.safeParse(parameters);
    const found = data && itemsOf(reader, data.TableName, [data.Key]);
    return found && (found.length === 0 ? '{}' : `{"Item":${found[0]}}`);
  },
  BatchGetItem(reader, parameters) {
    const [only, ...others] = Object.entries(Batch.safeParse(parameters).data?.RequestItems ?? {});
    const found = only && others.length === 0 ? itemsOf(reader, only[0], only[1].Keys) : undefined;
    return found && `{"Responses":{"${only?.[0]}":[${found.join()}]},"UnprocessedKeys":{}}`;
  },
  Query(reader, parameters) {
    const { data } = Question.safeParse(parameters);
    const keys = data ? placing(data, reader.names) : [];
    return data && keys.length > 0 ? (data.Select === 'COUNT' ? count : page)(reader, data, keys) : undefined;
  },
};

/** Undefined: not these keys of this table, one twice, or more than comes in one answer. */
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

/** Names of the attributes that place an item where it is looked for; none if the question names others. */
function placing(
  { TableName, IndexName, ExpressionAttributeNames: { '#partition': partition, '#sort': sort } }: Question,
  names: ResourceNames,
): readonly string[] {
  const keys = names.keysOf(TableName, IndexName);
  if (partition === undefined || partition !== keys[0] || (sort ?? keys[1]) !== keys[1]) return [];
  return IndexName === undefined ? keys : [...keys, ...names.keysOf(TableName)];
}

function count({ prepare }: Reader, asked: Question, keys: readonly string[]): string {
  const { source, columns, key, bound } = placesOf(asked, keys);
  const { found, last } = prepare(
    `SELECT coalesce(max(place), 0) AS found, ${key} AS last FROM (SELECT row_number() OVER () AS place, ${columns} FROM (${source}))`,
  ).get(...bound) as { readonly found: number; readonly last: string };
  return `{"Count":${found},"ScannedCount":${found}${found < asked.Limit ? '' : `,"LastEvaluatedKey":${last}`}}`;
}

function page({ prepare }: Reader, asked: Question, keys: readonly string[]): string {
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

/** The items in their order, and an item's key as DynamoDB writes it; keys are stored with their type. */
function placesOf(
  { TableName, IndexName, KeyConditionExpression, ExpressionAttributeValues, ScanIndexForward, Limit }: Question,
  names: readonly string[],
) {
  const [from, partition, ...sorts] =
    IndexName === undefined
      ? [TableName, 'pk', 'sk']
      : [`${TableName}::gsi::${IndexName}`, 'gsi_pk', 'gsi_sk', 'table_pk', 'table_sk'];
  const order = sorts.map((column) => `${column} ${ScanIndexForward ? 'ASC' : 'DESC'}`);
  return {
    columns: [partition, ...sorts].join(),
    source: `SELECT * FROM "${from}" WHERE ${partition} = ? ${KeyConditionExpression.includes('BETWEEN') ? `AND ${sorts[0]} BETWEEN ? AND ?` : ''} ORDER BY ${order.join()} LIMIT ?`,
    key: `json_object(${[partition, ...sorts].map((column, at) => `'${names[at]}', json_object('S', substr(${column}, 3))`).join()})`,
    bound: [
      ...[':partition', ':from', ':to']
        .flatMap((name) => ExpressionAttributeValues[name] ?? [])
        .map(({ S }) => `S:${S}`),
      Limit,
    ],
  };
}
