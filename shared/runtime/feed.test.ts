import type { DynamoDBRecord } from 'aws-lambda';
import { expect, test } from 'vitest';
import { testDependencies } from '#test/support/dependencies.fixture.ts';
import { feed } from '../contract/resource.ts';
import { handleStream } from './feed.ts';

const toyFeed = feed('toy', { area: 'system', entities: ['event'], effects: [], timeout: 5 });

const records = (count: number): DynamoDBRecord[] =>
  Array.from({ length: count }, (_item, at) => ({
    eventName: 'INSERT',
    dynamodb: { SequenceNumber: String(at), Keys: { PK: { S: 'event#1001' }, SK: { S: `evt_${at}` } } },
  }));

test('all keys are handled in order', async () => {
  const handled: string[] = [];
  const handler = handleStream(
    toyFeed,
    async (keys) => void handled.push(...keys.map(({ sort }) => sort)),
    testDependencies(),
  );
  expect(await handler({ Records: records(25) })).toEqual({ batchItemFailures: [] });
  expect(handled).toEqual(records(25).map(({ dynamodb }) => dynamodb?.Keys?.['SK']?.S));
});

test('after a failure the stream continues from the first unsettled record', async () => {
  const dependencies = testDependencies();
  const handler = handleStream(
    toyFeed,
    async (keys) => {
      if (keys.some(({ sort }) => sort === 'evt_13')) throw new Error('the queue is away');
    },
    dependencies,
  );
  expect(await handler({ Records: records(25) })).toEqual({ batchItemFailures: [{ itemIdentifier: '10' }] });
  expect(dependencies.faults).toHaveLength(1);
});
