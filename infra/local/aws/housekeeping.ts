import { DatabaseSync } from 'node:sqlite';
import { StoreRejection, type Parameters, type StoreClient } from './aws-call.ts';
import { isTable, type TableStore } from './dynamodb.ts';
import type { CloudResource } from '../templates/resource.ts';
import type { OwnedStream } from './stream.ts';

/** Milliseconds between two rounds. */
const interval = 250;
/** Stream records deleted in a round: bounds how long the store's file is locked. */
const trimAtOnce = 2000;
/**
 * Items looked at in a round, for which requests wait 2 ms: a table of 100,000 is swept in two minutes, where AWS
 * promises days.
 */
const sweepAtOnce = 200;

/**
 * For each write `dynoxide` asks for the highest sequence number, and without an index it looks at every stream record
 * and its images for it: 5,000 records that wait for their consumer made a write take 7 ms instead of 0.5.
 */
const streamOrder =
  'CREATE INDEX IF NOT EXISTS stream_order ON _stream_records (table_name, CAST(sequence_number AS INTEGER))';

/**
 * Does for `dynoxide` what DynamoDB does by itself and `dynoxide` does not: forgets stream records
 * that all consumers are done with, and removes expired items.
 * Works on its SQLite file beside it; another store looks after itself.
 */
export function startHousekeeping(
  store: TableStore,
  stream: OwnedStream,
  resources: readonly CloudResource[],
): { stop(): Promise<void> } {
  if (store.file === null) return { stop: async () => {} };
  const database = new DatabaseSync(store.file, { timeout: 5_000 });
  database.exec(streamOrder);
  // A trim that a power cut undoes is done again; writing the log back into the file is left to the store's own
  // process.
  database.exec('PRAGMA busy_timeout = 20; PRAGMA synchronous = NORMAL; PRAGMA wal_autocheckpoint = 0');
  const chores = [
    trimming(database, stream),
    ...resources.filter(isTable).map((table) => sweeping(database, store.client, table)),
  ];
  let pending: Promise<unknown> = Promise.resolve();
  const timer = setInterval(() => {
    pending = pending.then(() => Promise.all(chores.map(attempt)));
  }, interval);
  const stop = async () => {
    clearInterval(timer);
    await pending;
    database.close();
  };
  return { stop };
}

type Chore = () => void | Promise<void>;

/** A file that is busy, or a store that is ending, is met again in the next round. */
async function attempt(chore: Chore): Promise<void> {
  try {
    await chore();
  } catch (error) {
    const expected = error instanceof StoreRejection || (error instanceof Error && 'code' in error);
    if (!expected) throw error;
  }
}

function trimming(database: DatabaseSync, stream: OwnedStream): Chore {
  // The newest record stays, as dynoxide counts on from it.
  const trim = database.prepare(`DELETE FROM _stream_records WHERE id IN (
    SELECT id FROM _stream_records WHERE table_name = :table AND CAST(sequence_number AS INTEGER) <= CAST(:horizon AS INTEGER)
      AND id < (SELECT max(id) FROM _stream_records WHERE table_name = :table) LIMIT ${trimAtOnce})`);
  return () => {
    const horizon = stream.trimHorizon();
    if (horizon !== null) trim.run({ table: stream.table, horizon });
  };
}

function sweeping(database: DatabaseSync, client: StoreClient, table: CloudResource): Chore {
  const { AttributeName: attribute } = (table.properties['TimeToLiveSpecification'] ?? {}) as {
    AttributeName?: string;
  };
  if (attribute === undefined) return () => {};
  const slice =
    database.prepare(`SELECT rowid AS position, iif(CAST(json_extract(item_json, :path) AS REAL) < :now, item_json, NULL) AS expired
    FROM "${table.name}" WHERE rowid > :position ORDER BY rowid LIMIT ${sweepAtOnce}`);
  let position = 0;
  return async () => {
    const now = Math.floor(Date.now() / 1000);
    const rows = slice.all({ path: `$."${attribute}".N`, now, position });
    position = rows.length < sweepAtOnce ? 0 : Number(rows.at(-1)?.['position']);
    for (const { expired } of rows) {
      if (typeof expired === 'string')
        await removeExpired(client, table, { item: JSON.parse(expired) as Parameters, attribute, now });
    }
  };
}

type Expired = { readonly item: Parameters; readonly attribute: string; readonly now: number };

/** By the store's API, so that indexes and stream follow; unless the item has been given more time meanwhile. */
async function removeExpired(
  client: StoreClient,
  { name, properties }: CloudResource,
  { item, attribute, now }: Expired,
): Promise<void> {
  const keys = properties['KeySchema'] as readonly { readonly AttributeName: string }[];
  await client('DynamoDB_20120810.DeleteItem', {
    TableName: name,
    Key: Object.fromEntries(keys.map(({ AttributeName }) => [AttributeName, item[AttributeName]])),
    ConditionExpression: '#expiry < :now',
    ExpressionAttributeNames: { '#expiry': attribute },
    ExpressionAttributeValues: { ':now': { N: String(now) } },
  });
}
