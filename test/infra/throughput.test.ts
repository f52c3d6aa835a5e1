import { afterAll, describe, expect, test } from 'vitest';
import { contracts } from '#functions/contracts.ts';
import { maxIndexShards } from '#dynamodb/index-shards.ts';
import {
  defaultShards,
  maxCdrsPerSecond,
  maxShards,
  partitionWrites,
  newTableWrites,
  shardsFor,
  waitingWrites,
  writesFor,
} from '#infra/throughput.ts';
import { quotaNeeds } from '#infra/preflight/needs.ts';
import { valueAt } from '#infra/declared.ts';
import { propertiesOf, synthesizer } from './templates.fixture.ts';

const { synthesize, remove } = synthesizer();
afterAll(remove);

describe('rows that wait in GSI2', () => {
  test.each([1, 90, 400, 401, 1_000, maxCdrsPerSecond])(
    'of %i CDRs a second, no partition has its 1,000 units',
    (cdrs) => {
      const shards = shardsFor(cdrs);
      expect(waitingWrites(cdrs) / shards).toBeLessThanOrEqual(0.8 * partitionWrites);
      expect(shards).toBeLessThanOrEqual(maxShards);
    },
  );

  test('have as many shards as readers read, and by default as many as functions use without a setting', () => {
    expect(maxShards).toBe(maxIndexShards);
    expect(shardsFor(400)).toBe(defaultShards);
    expect(waitingWrites(400)).toBe(6_400);
  });
});

/** The concurrency of the consumer of a queue. */
const concurrencyOf = (queue: string, context: Readonly<Record<string, string>>): unknown =>
  propertiesOf(synthesize(context), 'AWS::Lambda::EventSourceMapping')
    .filter(({ EventSourceArn }) => JSON.stringify(EventSourceArn).includes(`${queue}"`))
    .map((mapping) => valueAt(mapping, 'ScalingConfig', 'MaximumConcurrency'));
const indexShardsIn = (context: Readonly<Record<string, string>>): Set<unknown> =>
  new Set(
    propertiesOf(synthesize(context), 'AWS::Lambda::Function').map((each) =>
      valueAt(each, 'Environment', 'Variables', 'INDEX_SHARDS'),
    ),
  );

test('a new table takes the writes of a stage by default at once', () => {
  expect(writesFor(90)).toBeLessThanOrEqual(newTableWrites);
});

test('consumers of CDRs, and shards, follow from the CDRs per second', () => {
  const queues = contracts.flatMap((each) =>
    each.kind === 'consumer' && each.cdrsPerSecond !== undefined ? [each.queue] : [],
  );
  expect(queues.toSorted()).toEqual(['cdr-backlog', 'cdr-ingest', 'cdr-wholesale']);
  for (const queue of queues)
    expect([{}, { cdrsPerSecond: '1000' }].map((context) => concurrencyOf(queue, context))).toEqual([[2], [5]]);
  expect(indexShardsIn({})).toEqual(new Set([undefined]));
  expect(indexShardsIn({ cdrsPerSecond: '1000' })).toEqual(new Set(['20']));
  expect(indexShardsIn({ cdrsPerSecond: '1000', indexShards: '32' })).toEqual(new Set(['32']));
});

test.each([
  ['cdrsPerSecond', '0'],
  ['cdrsPerSecond', String(maxCdrsPerSecond + 1)],
  ['indexShards', '65'],
  ['indexShards', '0'],
  ['warmWrites', '3999'],
])('%s is not %s', (name, value) => {
  expect(() => synthesize({ [name]: value })).toThrow(name);
});

test('the table and its indexes are warm if the settings say so, within the quota', () => {
  const tableOf = (context: Readonly<Record<string, string>>) =>
    propertiesOf(synthesize(context), 'AWS::DynamoDB::Table')[0];
  const warm = { WarmThroughput: { WriteUnitsPerSecond: 20_000 } };
  expect(tableOf({ warmWrites: '20000' })).toMatchObject({ ...warm, GlobalSecondaryIndexes: [warm, warm] });
  const needed = quotaNeeds([...synthesize({ warmWrites: '20000' }).values()], 90);
  expect(needed).toContainEqual(expect.objectContaining({ code: 'L-AB614373', needed: 20_000, wanted: 3_735 }));
  expect(JSON.stringify(tableOf({}))).not.toContain('WarmThroughput');
});
