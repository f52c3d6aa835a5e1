import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { App } from 'aws-cdk-lib';
import { readAssembly } from '#infra/local/templates/assembly.ts';
import { isTable, startTableStore } from '#infra/local/aws/dynamodb.ts';
import type { CloudResource } from '#infra/local/templates/resource.ts';
import { namesFor } from '#infra/names.ts';
import { settingsFrom } from '#infra/settings.ts';
import { DataStack } from '#infra/stacks/data-stack.ts';
import type { Store } from '#dynamodb/client.ts';
import { eventRow, type EventItem } from '#dynamodb/rows/event.ts';
import { tableFor } from '#dynamodb/table.ts';

/** A store for one test file, which stops it. */
export type TestStore = {
  readonly store: Store;
  /** Its address for other processes. */ readonly url: string;
  readonly stop: () => Promise<void>;
};

/**
 * The table as the CDK app declares it: keys, indexes, time to live. It has no stream, because nothing would trim it.
 */
function tableDefinition(folder: string): CloudResource {
  const app = new App({
    analyticsReporting: false,
    builtinCloudFormationValidation: false,
    outdir: folder,
    context: { stage: 'test' },
  });
  new DataStack(app, 'data', {
    settings: settingsFrom(app.node),
    names: namesFor('test'),
    bundles: folder,
    contracts: [],
  });
  app.synth();
  const table = readAssembly(folder).resources.find(isTable);
  if (table === undefined) throw new Error('the data stack declares no table');
  const { StreamSpecification: _, ...properties } = table.properties;
  return { ...table, properties };
}

/** Starts dynoxide with the platform's table in a temporary folder. @param parent folder of the temporary folder */
export async function startStore(parent = tmpdir()): Promise<TestStore> {
  const folder = mkdtempSync(join(parent, 'trunkline-store-'));
  const table = tableDefinition(join(folder, 'assembly'));
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
