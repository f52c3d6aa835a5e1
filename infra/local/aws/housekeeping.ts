import { DatabaseSync } from 'node:sqlite';
import { StoreRejection, type Parameters, type StoreClient } from './aws-call.ts';
import { isTable, type TableStore } from './dynamodb.ts';
import { LocalCloudError, type CloudResource } from '../templates/resource.ts';
import type { OwnedStream } from './stream.ts';

/** Milliseconds between two rounds. */
const interval = 250;
/** Stream records deleted in a round: bounds how long the store's file is locked. */
const trimAtOnce = 2000;
/**
 * Items scanned in a round, for which requests wait 2 ms: a table of 100,000 items is swept in two minutes, where AWS
 * promises days.
 */
const sweepAtOnce = 200;

/**
 * For each write `dynoxide` reads the highest sequence number. Without an index it scans every stream record with its
 * images: with 5,000 records that wait for their consumer, a write took 7 ms instead of 0.5.
 */
const streamOrder =
  'CREATE INDEX IF NOT EXISTS stream_order ON _stream_records (table_name, CAST(sequence_number AS INTEGER))';

/**
 * Does for `dynoxide` what DynamoDB does by itself: deletes stream records that all consumers have processed, and
 * expired items. It works on the SQLite file of `dynoxide` from this process; another store needs none of it.
 */
export function startHousekeeping(
  store: TableStore,
  stream: OwnedStream,
  resources: readonly CloudResource[],
): { stop(): Promise<void> } {
  if (store.file === null) return { stop: async () => {} };
  const database = new DatabaseSync(store.file, { timeout: 5_000 });
  database.exec(streamOrder);
  // A power cut may undo a trim, which is then done again. The store's own process checkpoints the log.
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

type HousekeepingTask = () => void | Promise<void>;

/** A busy file, or a store that is ending or that is started again, is handled in the next round. */
async function attempt(chore: HousekeepingTask): Promise<void> {
  try {
    await chore();
  } catch (error) {
    const expected =
      error instanceof StoreRejection ||
      error instanceof LocalCloudError ||
      (error instanceof Error && 'code' in error);
    if (!expected) throw error;
  }
}

function trimming(database: DatabaseSync, stream: OwnedStream): HousekeepingTask {
  // The newest record stays, as dynoxide continues its numbers.
  const trim = database.prepare(`DELETE FROM _stream_records WHERE id IN (
    SELECT id FROM _stream_records
    WHERE table_name = :table AND CAST(sequence_number AS INTEGER) <= CAST(:horizon AS INTEGER)
      AND id < (SELECT max(id) FROM _stream_records WHERE table_name = :table) LIMIT ${trimAtOnce})`);
  return () => {
    const horizon = stream.trimHorizon();
    if (horizon !== null) trim.run({ table: stream.table, horizon });
  };
}

function sweeping(database: DatabaseSync, client: StoreClient, table: CloudResource): HousekeepingTask {
  const { AttributeName: attribute } = (table.properties['TimeToLiveSpecification'] ?? {}) as {
    AttributeName?: string;
  };
  if (attribute === undefined) return () => {};
  const slice = database.prepare(`SELECT rowid AS position,
      iif(CAST(json_extract(item_json, :path) AS REAL) < :now, item_json, NULL) AS expired
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

/** Deletes through the store's API, so that indexes and stream follow; not if the item's expiry has moved since. */
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
