import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { Bell } from './bell.ts';
import { openStream } from './stream.ts';

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
