import { DatabaseSync } from 'node:sqlite';
import { setTimeout as pause } from 'node:timers/promises';
import { StoreRejection, type Parameters, type StoreClient } from './aws-call.ts';
import { isTable, type TableStore } from './dynamodb.ts';
import { LocalCloudError, type CloudResource } from '../templates/resource.ts';
import type { OwnedStream } from './stream.ts';

/** Milliseconds before the next round: after one that has left something to do, and after any other. */
const intervals = { busy: 250, idle: 1_000 };
/** Stream records deleted in a round: bounds how long the store's file is locked. */
const trimAtOnce = 2000;
/** Expired items deleted in a round. */
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
  database.exec('PRAGMA synchronous = NORMAL; PRAGMA wal_autocheckpoint = 0');
  const chores = [
    trimming(database, stream),
    ...resources.filter(isTable).map((table) => sweeping(database, store.client, table)),
  ];
  database.exec('PRAGMA busy_timeout = 20');
  const stop = new AbortController();
  const rounds = repeatChores(chores, stop.signal);
  return {
    stop: async () => {
      stop.abort();
      await rounds;
      database.close();
    },
  };
}

/** @returns whether more of the same remains */
type HousekeepingTask = () => boolean | Promise<boolean>;

async function repeatChores(chores: readonly HousekeepingTask[], stop: AbortSignal): Promise<void> {
  let isBusy = false;
  while (!stop.aborted) {
    const milliseconds = isBusy ? intervals.busy : intervals.idle;
    await pause(milliseconds, undefined, { signal: stop }).catch(() => undefined);
    isBusy = (await Promise.all(chores.map(attempt))).includes(true);
  }
}

/** A busy file, or a store that is ending or that is started again, is handled in the next round. */
async function attempt(chore: HousekeepingTask): Promise<boolean> {
  try {
    return await chore();
  } catch (error) {
    const expected =
      error instanceof StoreRejection ||
      error instanceof LocalCloudError ||
      (error instanceof Error && 'code' in error);
    if (!expected) throw error;
    return true;
  }
}

function trimming(database: DatabaseSync, stream: OwnedStream): HousekeepingTask {
  // The newest record stays, as dynoxide continues its numbers.
  const trim = database.prepare(`DELETE FROM _stream_records WHERE id IN (
    SELECT id FROM _stream_records
    WHERE table_name = :table AND CAST(sequence_number AS INTEGER) <= CAST(:horizon AS INTEGER)
      AND id < (SELECT max(id) FROM _stream_records WHERE table_name = :table) LIMIT ${trimAtOnce})`);
  let trimmed: string | null = null;
  return () => {
    const horizon = stream.trimHorizon();
    if (horizon === null || horizon === trimmed) return false;
    const isBusy = Number(trim.run({ table: stream.table, horizon }).changes) === trimAtOnce;
    trimmed = isBusy ? null : horizon;
    return isBusy;
  };
}

/**
 * The index has the items that expire, by their time. Without it each round would read items that do not expire yet,
 * also in an idle system.
 */
function sweeping(database: DatabaseSync, client: StoreClient, table: CloudResource): HousekeepingTask {
  const { AttributeName: attribute } = (table.properties['TimeToLiveSpecification'] ?? {}) as {
    AttributeName?: string;
  };
  if (attribute === undefined) return () => false;
  const expiry = `CAST(json_extract(item_json, '$."${attribute}".N') AS REAL)`;
  database.exec(
    `CREATE INDEX IF NOT EXISTS "${table.name}::expiry" ON "${table.name}" (${expiry}) WHERE ${expiry} IS NOT NULL`,
  );
  const select = database.prepare(`SELECT item_json AS item FROM "${table.name}"
    WHERE ${expiry} IS NOT NULL AND ${expiry} < ? ORDER BY ${expiry} LIMIT ${sweepAtOnce}`);
  return async () => {
    const now = Math.floor(Date.now() / 1000);
    const expired = select.all(now);
    for (const { item } of expired)
      await removeExpired(client, table, { item: JSON.parse(String(item)) as Parameters, attribute, now });
    return expired.length === sweepAtOnce;
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
