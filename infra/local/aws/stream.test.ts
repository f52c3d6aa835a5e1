import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { Bell } from './bell.ts';
import { sharedTables, table as toyTable } from './endpoint-fixture.ts';
import { openStream, type StreamRecord } from './stream.ts';

const table = {
  ...{ stack: 'data', logicalId: 'Table', type: 'AWS::DynamoDB::Table', name: 'rows', arn: 'arn:rows' },
  properties: { StreamSpecification: { StreamViewType: 'NEW_IMAGE' } },
};

/** A stream over a store whose calls are counted, and which `write` writes to. */
async function countedStream() {
  const folder = mkdtempSync(join(tmpdir(), 'trunkline-stream-'));
  const records: { dynamodb: { SequenceNumber: string } }[] = [];
  const written = new Bell();
  let reads = 0;
  const client = async (target: string) => {
    switch (target.split('.').at(-1)) {
      case 'DescribeTable':
        return { Table: { LatestStreamArn: 'arn:stream' } };
      case 'DescribeStream':
        return { StreamDescription: { Shards: [{ ShardId: 'one', SequenceNumberRange: {} }] } };
      case 'GetRecords':
        reads += 1;
        return { Records: [...records] };
      default:
        return {};
    }
  };
  const stream = await openStream({ client, written, file: null, isAnswering: () => true }, [table], folder);
  onTestFinished(() => {
    stream.close();
    rmSync(folder, { recursive: true });
  });
  const write = (): void => {
    records.push({ dynamodb: { SequenceNumber: String(records.length + 1) } });
    written.ring();
  };
  return { read: (after: string | null = null) => stream.read(after, 10), write, reads: () => reads };
}

test('the stream of a store that is not written to is read once', async () => {
  const { read, write, reads } = await countedStream();
  for (let round = 0; round < 3; round += 1) expect(await read()).toEqual([]);
  expect(reads()).toBe(1);
  write();
  expect(await read()).toHaveLength(1);
  expect(await read()).toHaveLength(1);
  expect(reads()).toBe(3);
});

test('what a consumer has found nothing behind is read from its beginning', async () => {
  const { read, reads } = await countedStream();
  for (const after of ['1', null, '1']) await read(after);
  expect(reads()).toBe(3);
});

test('the records that the file has are those of the API', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'trunkline-stream-'));
  const store = await sharedTables({ resources: [{ ...toyTable, name: 'told' }] });
  const streamOf = (file: string | null) =>
    openStream({ ...store, file }, [{ ...toyTable, name: 'told', arn: 'arn:told' }], folder);
  const [ofFile, ofApi] = [await streamOf(store.file), await streamOf(null)];
  onTestFinished(async () => {
    for (const stream of [ofFile, ofApi]) stream.close();
    await store.stop();
    rmSync(folder, { recursive: true });
  });
  const Key = { PK: { S: 'trunk#1' }, SK: { S: 'ä' } };
  for (const state of ['new', 'changed'])
    await store.client('DynamoDB_20120810.PutItem', { TableName: 'told', Item: { ...Key, state: { S: state } } });
  await store.client('DynamoDB_20120810.DeleteItem', { TableName: 'told', Key });

  const readAll = ({ read }: Pick<typeof ofFile, 'read'>, after: string | null) => read(after, 10);
  const records = await readAll(ofFile, null);
  expect(records.map(({ eventName }) => eventName)).toEqual(['INSERT', 'MODIFY', 'REMOVE']);
  expect(records.map(comparable)).toEqual((await readAll(ofApi, null)).map(comparable));
  const [first] = records;
  expect(await readAll(ofFile, first?.dynamodb?.SequenceNumber ?? '')).toHaveLength(2);
});

/** What consumers read of a record. */
const comparable = ({ eventName, eventSource, eventSourceARN, awsRegion, dynamodb }: StreamRecord) => ({
  ...{ eventName, eventSource, eventSourceARN, awsRegion },
  keys: dynamodb?.Keys,
  images: [dynamodb?.OldImage, dynamodb?.NewImage],
  sequence: dynamodb?.SequenceNumber,
  view: dynamodb?.StreamViewType,
});
