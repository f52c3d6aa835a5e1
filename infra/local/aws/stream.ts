import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { DynamoDBRecord } from 'aws-lambda';
import type { Parameters, StoreClient } from './aws-call.ts';
import { Bell } from './bell.ts';
import { describe, isTable, type TableStore } from './dynamodb.ts';
import { LocalCloudError, pseudoParameters, type CloudResource } from '../templates/resource.ts';

/** A record of a table's stream, in the form that Lambda receives. */
export type StreamRecord = DynamoDBRecord;
type StreamParts = NonNullable<StreamRecord['dynamodb']>;
type StreamViewType = NonNullable<StreamParts['StreamViewType']>;
type Attributes = NonNullable<StreamParts['Keys']>;

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
  /** Rings when there may be new records. */
  readonly written: Pick<Bell, 'rings' | 'wait'>;
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
  written: new Bell(),
  trimHorizon: () => null,
  table: null,
  close: () => {},
};

/**
 * Opens the stream over the store's own Streams API, with its consumers' checkpoints in a file of the data directory.
 */
export async function openStream(
  store: Pick<TableStore, 'client' | 'written' | 'file' | 'isAnswering'>,
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
  const file = store.file === null ? undefined : openRecords(store.file, table);
  const records = async (after: string | null, limit: number): Promise<readonly StreamRecord[]> =>
    file !== undefined && store.isAnswering()
      ? file.read(after, limit)
      : readRecords(store.client, source, after, limit);
  return {
    read: readWritten(store, async (after, limit) =>
      (await records(after, limit)).map((record) => ({
        ...record,
        awsRegion: pseudoParameters['AWS::Region'],
        eventSourceARN: source.sourceArn,
      })),
    ),
    checkpoint: async (consumer) => checkpoints.of(consumer),
    advance: async (consumer, sequence) => checkpoints.set(consumer, sequence),
    written: store.written,
    trimHorizon: () => checkpoints.oldest(consumers.length),
    table: table.name,
    close: () => {
      file?.close();
      checkpoints.close();
    },
  };
}

/** A record as the file of `dynoxide` has it. */
type StoredRecord = Readonly<Record<'event_name' | 'keys_json' | 'sequence_number', string>> &
  Readonly<Record<'new_image' | 'old_image', string | null>> & { readonly created_at: number };

/**
 * Reads the stream's records from the file of `dynoxide`, which takes three requests to say them. One that has the
 * heartbeats of services in it is read each second.
 */
function openRecords(file: string, { name, properties }: CloudResource) {
  const { StreamViewType: view } = properties['StreamSpecification'] as { readonly StreamViewType: StreamViewType };
  const database = new DatabaseSync(file, { readOnly: true });
  const select = database.prepare(`SELECT event_name, keys_json, new_image, old_image, sequence_number, created_at
    FROM _stream_records
    WHERE table_name = ? AND CAST(sequence_number AS INTEGER) > CAST(? AS INTEGER)
    ORDER BY CAST(sequence_number AS INTEGER) LIMIT ?`);
  const toRecord = (stored: StoredRecord): StreamRecord => ({
    eventID: stored.sequence_number,
    eventName: stored.event_name as NonNullable<StreamRecord['eventName']>,
    eventVersion: '1.1',
    eventSource: 'aws:dynamodb',
    dynamodb: {
      ApproximateCreationDateTime: stored.created_at,
      Keys: JSON.parse(stored.keys_json) as Attributes,
      ...(stored.new_image !== null && { NewImage: JSON.parse(stored.new_image) as Attributes }),
      ...(stored.old_image !== null && { OldImage: JSON.parse(stored.old_image) as Attributes }),
      SequenceNumber: stored.sequence_number,
      StreamViewType: view,
    },
  });
  return {
    read: (after: string | null, limit: number): readonly StreamRecord[] =>
      (select.all(name, after ?? '0', limit) as StoredRecord[]).map(toRecord),
    close: () => database.close(),
  };
}

/** Reads a stream, unless the last read at that place has found nothing, and nothing was written since it began. */
function readWritten({ written }: Pick<TableStore, 'written'>, read: TableStream['read']): TableStream['read'] {
  let empty: { readonly after: string | null; readonly rings: number } | undefined;
  return async (after, limit) => {
    const { rings } = written;
    if (empty?.after === after && empty.rings === rings) return [];
    const records = await read(after, limit);
    empty = records.length === 0 ? { after, rings } : undefined;
    return records;
  };
}

async function readRecords(
  client: StoreClient,
  stream: { readonly arn: string },
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
  return records;
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
