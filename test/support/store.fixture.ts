import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { createTable, startTableStore, type TableStore } from '#infra/local/aws/dynamodb.ts';
import type { CloudResource } from '#infra/local/templates/resource.ts';
import type { Store } from '#dynamodb/client.ts';
import { eventRow, type EventItem } from '#dynamodb/rows/event.ts';
import { tableFor } from '#dynamodb/table.ts';
import { ofFile } from './of-file.ts';
import { fastStoreClient } from './store-client.fixture.ts';

/** A table of the platform, whose rows no other test sees. */
export type TestStore = {
  readonly store: Store;
  /** Address of its store for other processes, which also need the name of the table. */
  readonly url: string;
};

/** A table that is deleted by who started it. */
export type StartedStore = TestStore & { readonly stop: () => Promise<void> };

/** Synthesized once for all unit tests (`table-definition.ts`), and by each other process that needs it. */
async function tableDefinition(): Promise<CloudResource> {
  const synthesized = process.env['TEST_TABLE'];
  if (synthesized !== undefined) return JSON.parse(synthesized) as CloudResource;
  const { synthesizeTable } = await import('./table-definition.ts');
  return synthesizeTable();
}

/** What this process shares: a store in memory, which ends with the process, and the definition of its tables. */
type SharedStore = { readonly tables: TableStore; readonly definition: CloudResource };

async function startSharedStore(): Promise<SharedStore> {
  const [definition, tables] = await Promise.all([
    tableDefinition(),
    startTableStore({
      resources: [],
      dataDir: null,
      reach: 'loopback',
      announce: (line) => process.stderr.write(`${line}\n`),
    }),
  ]);
  return { tables, definition };
}

let shared: Promise<SharedStore> | undefined;

/** Creates a table in the store of this process, for what starts and stops it within a test. */
export async function startStore(): Promise<StartedStore> {
  shared ??= startSharedStore();
  const { tables, definition } = await shared;
  const tableName = `${definition.name}-${randomUUID()}`;
  await createTable(tables.client, { ...definition, name: tableName });
  const client = fastStoreClient(tables.url);
  return {
    store: { client, tableName },
    url: tables.url,
    stop: async () => {
      client.destroy();
      await tables.client('DynamoDB_20120810.DeleteTable', { TableName: tableName });
    },
  };
}

/** A table for all tests of a file: created before the first test, deleted after the last one. */
export const testStore = (): TestStore => ofFile(startStore, ({ stop }) => stop());

/**
 * Starts a store with the platform's table in a temporary folder, for what kills, fills or measures it.
 *
 * @param parent folder of the temporary folder
 */
export async function startOwnStore(parent = tmpdir()): Promise<StartedStore> {
  const folder = mkdtempSync(join(parent, 'trunkline-store-'));
  const table = await tableDefinition();
  const options = { resources: [table], dataDir: folder, announce: () => undefined };
  const tables = await startTableStore({ ...options, reach: 'loopback' });
  const client = new DynamoDBClient({
    endpoint: tables.url,
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    maxAttempts: 4,
  });
  // As in the platform's own client: it copies every input and output for a logger that is not set.
  client.middlewareStack.remove('loggerMiddleware');
  return {
    store: { client, tableName: table.name },
    url: tables.url,
    stop: async () => {
      client.destroy();
      await tables.stop();
      rmSync(folder, { recursive: true });
    },
  };
}

/** The events of an organization, oldest first. */
export async function eventsOf(store: Store, organization: number): Promise<EventItem[]> {
  const { items } = await tableFor<'event'>(store, organization).query(eventRow, {}, { order: 'asc' });
  return [...items];
}

/** A store, and how often it was read since then, with the number of items in its answers. */
export function countReads(store: Store) {
  const read = { calls: 0, items: 0 };
  const { client } = store;
  const send: typeof client.send = async (command: object) => {
    const answer = await client.send(command as never);
    if (/Query|Get/.test(command.constructor.name)) {
      read.calls += 1;
      read.items += JSON.stringify(answer).match(/"PK":\{"S"/g)?.length ?? 0;
    }
    return answer;
  };
  return { read, store: { ...store, client: { send } } };
}
