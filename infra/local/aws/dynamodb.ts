import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import {
  StoreRejection,
  remoteService,
  storeClient,
  type AwsService,
  type Parameters,
  type StoreClient,
} from './aws-call.ts';
import { LocalCloudError, type CloudResource } from '../templates/resource.ts';
import { freePort } from '../lambda/services.ts';

/** The local DynamoDB, with the tables of the templates. */
export type TableStore = {
  /** Address of the store itself: calls to it skip the local endpoint and its policy check. */
  readonly url: string;
  readonly service: AwsService;
  /** Client for the local cloud's own calls. */
  readonly client: StoreClient;
  /** SQLite file of `dynoxide`; null if DYNAMODB_ENDPOINT names another store. */
  readonly file: string | null;
  stop(): Promise<void>;
};

export type TableStoreOptions = {
  readonly resources: readonly CloudResource[];
  readonly dataDir: string;
  announce(line: string): void;
};

/**
 * Starts `dynoxide` over a SQLite file in the data directory, or uses the store that DYNAMODB_ENDPOINT names, and
 * creates missing tables.
 *
 * @throws LocalCloudError if there is no store, or its tables differ from those of the templates
 */
export async function startTableStore(options: TableStoreOptions): Promise<TableStore> {
  const named = process.env['DYNAMODB_ENDPOINT'];
  const file = named === undefined ? join(options.dataDir, 'dynamodb.sqlite') : null;
  const child = file === null ? null : await startDynoxide(file, options.announce);
  const url = named ?? `http://127.0.0.1:${child?.port}`;
  const remote = remoteService(new URL(url));
  const client = storeClient(remote);
  const stop = async () => {
    remote.end();
    await child?.stop();
  };
  try {
    for (const table of options.resources.filter(isTable)) await makeTable(client, table);
  } catch (error) {
    await stop();
    throw error instanceof LocalCloudError
      ? error
      : new LocalCloudError(`The DynamoDB store ${named ?? file} does not answer: ${String(error)}`);
  }
  return { url, service: remote, client, file, stop };
}

export const isTable = ({ type }: CloudResource) => type === 'AWS::DynamoDB::Table';

/**
 * `dynoxide` outlives a closed standard input, so a shell ends it when the pipe at its third descriptor closes: that
 * happens even if this process is killed.
 */
const untilPipeCloses = '"$@" 3<&- & child=$!; { cat <&3 >/dev/null; kill "$child"; } & wait "$child"';

type Child = { readonly port: number; stop(): Promise<void> };

async function startDynoxide(file: string, announce: (line: string) => void, attempts = 3): Promise<Child> {
  const port = await freePort();
  // Detached: Ctrl-C in a terminal reaches only this process, and the store ends after its clients.
  const stdio: ('ignore' | 'pipe')[] = ['ignore', 'ignore', 'pipe', 'pipe'];
  const command = [dynoxideBinary(), 'serve', '--host', '127.0.0.1', '--port', String(port), '--db-path', file];
  const shell = spawn('/bin/sh', ['-c', untilPipeCloses, 'sh', ...command], { stdio, detached: true });
  const lifeline = shell.stdio[3] as Writable;
  const exit = once(shell, 'exit');
  const trouble = await readiness(shell.stderr as Readable, exit);
  if (trouble !== null) {
    lifeline.destroy();
    // Another process may have taken the port since the check, or a predecessor may still be closing the file.
    if (attempts > 1) return startDynoxide(file, announce, attempts - 1);
    throw new LocalCloudError(`The DynamoDB store does not start on ${file}: ${trouble}`);
  }
  let stopping = false;
  void exit.then(([code]) => {
    lifeline.destroy();
    if (!stopping) announce(`The DynamoDB store ended unexpectedly (exit code ${code}); start again.`);
  });
  const stop = async () => {
    stopping = true;
    lifeline.end();
    await exit;
  };
  return { port, stop };
}

/** Null when it listens, else its output before it ended. */
async function readiness(output: Readable, exit: Promise<unknown>): Promise<string | null> {
  let said = '';
  const listening = new Promise<true>((resolve) => {
    output.on('data', (chunk: Buffer) => {
      said = `${said}${chunk.toString()}`.slice(-2000);
      if (said.includes('listening on')) resolve(true);
    });
  });
  return (await Promise.race([listening, exit])) === true ? null : said.replaceAll(/\s+/g, ' ').trim();
}

function dynoxideBinary(): string {
  const binary = fileURLToPath(
    new URL(`../../../node_modules/@dynoxide/${process.platform}-${process.arch}/dynoxide`, import.meta.url),
  );
  if (existsSync(binary)) return binary;
  throw new LocalCloudError(
    `The local DynamoDB store (npm package @dynoxide/${process.platform}-${process.arch}) is not installed: ` +
      'run npm ci, or set DYNAMODB_ENDPOINT to the URL of a DynamoDB-compatible store.',
  );
}

async function makeTable(client: StoreClient, table: CloudResource): Promise<void> {
  const wanted = tableDefinition(table);
  const kept = await describe(client, table.name);
  if (kept === null) {
    await client('DynamoDB_20120810.CreateTable', wanted);
  } else if (keysOf(kept) !== keysOf(wanted)) {
    throw new LocalCloudError(
      `The table ${table.name} in the data directory has other keys or indexes than the template: ` +
        'start with an empty DATA_DIR.',
    );
  }
  const timeToLive = table.properties['TimeToLiveSpecification'];
  if (kept === null && timeToLive !== undefined) {
    await client('DynamoDB_20120810.UpdateTimeToLive', { TableName: table.name, TimeToLiveSpecification: timeToLive });
  }
}

/** CloudFormation's properties are those of CreateTable, except for the stream. */
function tableDefinition({ name, properties }: CloudResource): Parameters {
  const { AttributeDefinitions, KeySchema, GlobalSecondaryIndexes, StreamSpecification } = properties;
  return {
    TableName: name,
    BillingMode: 'PAY_PER_REQUEST',
    AttributeDefinitions,
    KeySchema,
    ...(GlobalSecondaryIndexes === undefined ? {} : { GlobalSecondaryIndexes }),
    ...(StreamSpecification === undefined
      ? {}
      : { StreamSpecification: { ...(StreamSpecification as Parameters), StreamEnabled: true } }),
  };
}

/** Null if there is no such table. */
export async function describe(client: StoreClient, name: string): Promise<Parameters | null> {
  try {
    return (await client('DynamoDB_20120810.DescribeTable', { TableName: name }))['Table'] as Parameters;
  } catch (error) {
    if (error instanceof StoreRejection && error.type === 'ResourceNotFoundException') return null;
    throw error;
  }
}

/** The keys of a table and its indexes as one comparable string. */
function keysOf(table: Parameters): string {
  const indexes = (table['GlobalSecondaryIndexes'] ?? []) as readonly Parameters[];
  const schemas = indexes.map((index) => [String(index['IndexName']), textOf(index['KeySchema'])]);
  return JSON.stringify([textOf(table['KeySchema']), ...schemas.toSorted()]);
}

const textOf = (keySchema: unknown) =>
  (keySchema as readonly Parameters[])
    .map((key) => `${String(key['KeyType'])} ${String(key['AttributeName'])}`)
    .toSorted()
    .join();
