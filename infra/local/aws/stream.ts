import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { DynamoDBRecord } from 'aws-lambda';
import type { Parameters, StoreClient } from './aws-call.ts';
import { describe, isTable, type TableStore } from './dynamodb.ts';
import { LocalCloudError, pseudoParameters, type CloudResource } from '../templates/resource.ts';

/** A record of a table's stream, in the form that Lambda receives. */
export type StreamRecord = DynamoDBRecord;

/** The stream of the one table that has one; always empty if no table has. */
export type TableStream = {
  /** Records after a sequence number (null: from the oldest), oldest first. */
  read(after: string | null, limit: number): Promise<readonly StreamRecord[]>;
  /**
   * Last sequence number that a consumer has processed; null if none. Records after it are not trimmed.
   */
  checkpoint(consumer: string): Promise<string | null>;
  /** Stores a consumer's checkpoint; durable when it resolves. */
  advance(consumer: string, sequence: string): Promise<void>;
};

/** The stream, with the parts that only the local endpoint uses. */
export type OwnedStream = TableStream & {
  /** Last sequence number that every consumer of the templates has processed; null until all have a checkpoint. */
  trimHorizon(): string | null;
  readonly table: string | null;
  close(): void;
};

type Shard = {
  readonly ShardId: string;
  readonly SequenceNumberRange: { readonly StartingSequenceNumber?: string; readonly EndingSequenceNumber?: string };
};

const noStream: OwnedStream = {
  read: async () => [],
  checkpoint: async () => null,
  advance: async () => {},
  trimHorizon: () => null,
  table: null,
  close: () => {},
};

/**
 * Opens the stream over the store's own Streams API, with its consumers' checkpoints in a file of the data directory.
 */
export async function openStream(
  store: Pick<TableStore, 'client' | 'writes'>,
  resources: readonly CloudResource[],
  dataDir: string,
): Promise<OwnedStream> {
  const [table, ...others] = resources.filter(
    (resource) => isTable(resource) && resource.properties['StreamSpecification'] !== undefined,
  );
  if (table === undefined) return noStream;
  if (others.length > 0)
    throw new LocalCloudError(
      `The templates have ${others.length + 1} tables with a stream; the local cloud reads the stream of one.`,
    );
  const arn = String((await describe(store.client, table.name))?.['LatestStreamArn']);
  const consumers = resources.filter(
    ({ type, properties }) =>
      type === 'AWS::Lambda::EventSourceMapping' &&
      String(properties['EventSourceArn']).startsWith(`${table.arn}/stream/`),
  );
  const checkpoints = openCheckpoints(join(dataDir, 'stream.sqlite'), arn);
  const source = { arn, sourceArn: `${table.arn}/stream/local` };
  return {
    read: readWritten(store, (after, limit) => readRecords(store.client, source, after, limit)),
    checkpoint: async (consumer) => checkpoints.of(consumer),
    advance: async (consumer, sequence) => checkpoints.set(consumer, sequence),
    trimHorizon: () => checkpoints.oldest(consumers.length),
    table: table.name,
    close: () => checkpoints.close(),
  };
}

/** Reads a stream, unless the last read at that place has found nothing, and nothing was written since it began. */
function readWritten({ writes }: Pick<TableStore, 'writes'>, read: TableStream['read']): TableStream['read'] {
  let empty: { readonly after: string | null; readonly writes: number } | undefined;
  return async (after, limit) => {
    const before = writes();
    if (empty?.after === after && empty.writes === before) return [];
    const records = await read(after, limit);
    empty = records.length === 0 ? { after, writes: before } : undefined;
    return records;
  };
}

async function readRecords(
  client: StoreClient,
  stream: { arn: string; sourceArn: string },
  after: string | null,
  limit: number,
): Promise<readonly StreamRecord[]> {
  const described = await client('DynamoDBStreams_20120810.DescribeStream', { StreamArn: stream.arn });
  const { Shards: shards } = described['StreamDescription'] as { Shards: readonly Shard[] };
  const records: StreamRecord[] = [];
  for (const shard of shards.filter((each, index) => index === shards.length - 1 || mayFollow(each, after))) {
    if (records.length < limit)
      records.push(
        ...(await readShard(client, { stream: stream.arn, shard: shard.ShardId }, after, limit - records.length)),
      );
  }
  return records.map((record) => ({
    ...record,
    awsRegion: pseudoParameters['AWS::Region'],
    eventSourceARN: stream.sourceArn,
  }));
}

/**
 * Whether a shard ended before the checkpoint, so that it has no new records. Not for the last shard, which is open:
 * dynoxide reports an end for it, and a wrong one.
 */
const mayFollow = ({ SequenceNumberRange: { EndingSequenceNumber: end } }: Shard, after: string | null) =>
  after === null || end === undefined || BigInt(end) >= BigInt(after);

async function readShard(
  client: StoreClient,
  from: { stream: string; shard: string },
  after: string | null,
  limit: number,
): Promise<readonly StreamRecord[]> {
  const position: Parameters =
    after === null
      ? { ShardIteratorType: 'TRIM_HORIZON' }
      : { ShardIteratorType: 'AFTER_SEQUENCE_NUMBER', SequenceNumber: after };
  const iterator = await client('DynamoDBStreams_20120810.GetShardIterator', {
    StreamArn: from.stream,
    ShardId: from.shard,
    ...position,
  });
  const answer = await client('DynamoDBStreams_20120810.GetRecords', {
    ShardIterator: iterator['ShardIterator'],
    Limit: Math.min(limit, 1000),
  });
  return answer['Records'] as readonly StreamRecord[];
}

/** Checkpoints belong to one stream: a table that was created again starts without any. */
function openCheckpoints(file: string, streamArn: string) {
  const database = new DatabaseSync(file);
  database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL');
  database.exec(`CREATE TABLE IF NOT EXISTS checkpoints
    (stream TEXT, consumer TEXT, sequence TEXT NOT NULL, PRIMARY KEY (stream, consumer))`);
  const select = database.prepare('SELECT sequence FROM checkpoints WHERE stream = ? AND consumer = ?');
  const upsert = database.prepare('INSERT OR REPLACE INTO checkpoints VALUES (?, ?, ?)');
  // Only consumers of the present templates count: a removed mapping must not hold the stream forever.
  const living = new Map<string, string | null>();
  return {
    of(consumer: string): string | null {
      const sequence = (select.get(streamArn, consumer)?.['sequence'] ?? null) as string | null;
      living.set(consumer, sequence);
      return sequence;
    },
    set(consumer: string, sequence: string): void {
      upsert.run(streamArn, consumer, sequence);
      living.set(consumer, sequence);
    },
    /** The oldest checkpoint; null until the expected number of consumers has one. */
    oldest(expected: number): string | null {
      const sequences = [...living.values()];
      if (sequences.length < expected || sequences.includes(null)) return null;
      return sequences.reduce((oldest, each) => (BigInt(each ?? 0) < BigInt(oldest ?? 0) ? each : oldest), newest);
    },
    close: () => database.close(),
  };
}

/** Without consumers, all records are processed (SQLite's largest integer). */
const newest: string | null = String(2n ** 63n - 1n);
