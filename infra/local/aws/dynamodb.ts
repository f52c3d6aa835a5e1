import { Agent } from 'node:http';
import { join } from 'node:path';
import {
  StoreRejection,
  remoteService,
  storeClient,
  type AwsService,
  type Parameters,
  type StoreClient,
} from './aws-call.ts';
import { second } from '#schema/time.ts';
import { Bell } from './bell.ts';
import { LocalCloudError, type CloudResource } from '../templates/resource.ts';
import { startDynoxide, type Reach } from './dynoxide.ts';

/** The local DynamoDB, with the tables of the templates. */
export type TableStore = {
  /**
   * Address of the store itself: calls to it skip the local endpoint and its policy check. Of a store in a network
   * namespace it is no use to others.
   */
  readonly url: string;
  readonly service: AwsService;
  /** Client for the local cloud's own calls. */
  readonly client: StoreClient;
  /** Rings when a call that may have written has ended. */
  readonly written: Pick<Bell, 'rings' | 'wait'>;
  /** SQLite file of `dynoxide`; null if it has none, or DYNAMODB_ENDPOINT names another store. */
  readonly file: string | null;
  /** Whether the store runs, and has left no request without an answer for long. */
  isAnswering(): boolean;
  stop(): Promise<void>;
};

export type TableStoreOptions = {
  readonly resources: readonly CloudResource[];
  /** Null: the tables are kept in memory. */
  readonly dataDir: string | null;
  /** Who reaches the store; the safest that this machine permits by default. */
  readonly reach?: Reach;
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
  const file = named === undefined ? fileIn(options.dataDir) : null;
  const child = named === undefined ? await startDynoxide({ ...options, file }) : null;
  const url = child?.url ?? new URL(named ?? '');
  const remote = remoteService(url, child?.agent ?? new Agent({ keepAlive: true }));
  const { service: watched, hasStalled } = watchStalls(remote);
  const { service, written } = announceWrites(watched);
  const client = storeClient(service);
  const stop = async () => {
    remote.end();
    await child?.stop();
  };
  try {
    for (const table of options.resources.filter(isTable)) await createTable(client, table);
  } catch (error) {
    await stop();
    throw error instanceof LocalCloudError
      ? error
      : new LocalCloudError(`The DynamoDB store ${named ?? file} does not answer: ${String(error)}`);
  }
  const isAnswering = () => child?.isRunning() !== false && !hasStalled();
  return { url: url.href, service, client, written, file, isAnswering, stop };
}

const fileIn = (folder: string | null): string | null => (folder === null ? null : join(folder, 'dynamodb.sqlite'));

/** Milliseconds after which a store that has not answered a request counts as stalled. */
const stalledAfter = second;

/** Watches how long requests wait for a service. */
function watchStalls(service: AwsService): { readonly service: AwsService; hasStalled(): boolean } {
  const waiting = new Set<{ readonly since: number }>();
  return {
    service: async (call) => {
      const request = { since: performance.now() };
      waiting.add(request);
      try {
        return await service(call);
      } finally {
        waiting.delete(request);
      }
    },
    hasStalled: () => {
      // A set has its members in the order of their addition.
      const [oldest] = waiting;
      return oldest !== undefined && performance.now() - oldest.since > stalledAfter;
    },
  };
}

const readOperations = /^((Batch|Transact)?Get|Query$|Scan$|Describe|List)/;

/** Rings after the calls of a service that may write. One that fails may have written, too. */
function announceWrites(service: AwsService): { readonly service: AwsService; readonly written: Bell } {
  const written = new Bell();
  return {
    service: (call) =>
      readOperations.test(call.operation) ? service(call) : service(call).finally(() => written.ring()),
    written,
  };
}

export const isTable = ({ type }: CloudResource) => type === 'AWS::DynamoDB::Table';

/**
 * Creates a table of the templates, if there is none of its name.
 *
 * @throws LocalCloudError if there is one with other keys or indexes
 */
export async function createTable(client: StoreClient, table: CloudResource): Promise<void> {
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
