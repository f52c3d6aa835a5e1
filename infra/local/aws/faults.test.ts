import { rmSync } from 'node:fs';
import { GetItemCommand, PutItemCommand, QueryCommand, TransactWriteItemsCommand } from '@aws-sdk/client-dynamodb';
import { ReceiveMessageCommand, SendMessageCommand } from '@aws-sdk/client-sqs';
import fc from 'fast-check';
import { afterEach, describe, expect, test } from 'vitest';
import { clientsFor, optionsFor, startOnSharedStore, temporaryFolder } from './endpoint-fixture.ts';
import { faultsFrom } from './faults.ts';
import type { FaultName } from './faults.ts';

describe('the setting', () => {
  test('a seed always produces the same faults, and one kind does not shift another', () => {
    fc.assert(
      fc.property(fc.integer(), fc.array(fc.boolean(), { maxLength: 50 }), (seed, interludes) => {
        const one = faultsFrom(String(seed));
        const other = faultsFrom(String(seed));
        for (const interlude of interludes) {
          if (interlude) other.chance('conflict');
          expect(one.chance('staleIndex')).toBe(other.chance('staleIndex'));
          expect(one.delay('lateDelivery')).toBe(other.delay('lateDelivery'));
        }
      }),
    );
  });

  test('a fault happens about as often as its rate', () => {
    const faults = faultsFrom('{"seed":1,"throttle":0.25}');
    const times = Array.from({ length: 4000 }, () => faults.chance('throttle')).filter(Boolean).length;
    expect(times).toBeGreaterThan(850);
    expect(times).toBeLessThan(1150);
  });

  test.for(['', 'often', '{}', '{"seed":"7"}', '{"seed":7,"throttle":"often"}', 'null'])(
    '%j is rejected in one sentence',
    (setting) => {
      expect(() => faultsFrom(setting)).toThrow(/^FAULTS is .*, but must be a seed/);
    },
  );

  test('an unknown fault is named', () => {
    expect(() => faultsFrom('{"seed":7,"explosion":1}')).toThrow(
      'FAULTS names explosion, but the faults are throttle, ',
    );
  });
});

const closing: (() => Promise<void>)[] = [];

afterEach(async () => {
  await Promise.all(closing.splice(0).map((close) => close()));
});

const never: Record<FaultName, number> = {
  throttle: 0,
  conflict: 0,
  held: 0,
  failedAnswer: 0,
  lostAnswer: 0,
  staleIndex: 0,
  duplicateDelivery: 0,
  lateDelivery: 0,
  killedFunction: 0,
};

async function withFaults(rates: object) {
  const dataDir = temporaryFolder();
  const endpoint = await startOnSharedStore(
    optionsFor(dataDir, { faults: faultsFrom(JSON.stringify({ seed: 7, ...never, ...rates })) }),
  );
  closing.push(async () => {
    await endpoint.close();
    rmSync(dataDir, { recursive: true });
  });
  return {
    endpoint,
    trunks: clientsFor(endpoint, endpoint.credentialsFor('toy-trunks')),
    operator: clientsFor(endpoint, endpoint.operator),
  };
}

const TableName = 'toy-table';
const key = (partition: string) => ({ PK: { S: partition }, SK: { S: 's' } });
const put = (partition: string, more: object = {}) =>
  new PutItemCommand({ TableName, Item: { ...key(partition), ...more } });
const get = (partition: string) => new GetItemCommand({ TableName, Key: key(partition) });
const transaction = (...partitions: string[]) =>
  new TransactWriteItemsCommand({
    TransactItems: partitions.map((partition) => ({ Put: { TableName, Item: key(partition) } })),
  });

describe('tables', () => {
  test('a throttled call does nothing, and the operator is never throttled', async () => {
    const { trunks, operator } = await withFaults({ throttle: 1 });
    await expect(trunks.dynamodb.send(put('trunk#1'))).rejects.toMatchObject({
      name: 'ProvisionedThroughputExceededException',
    });
    expect((await operator.dynamodb.send(get('trunk#1'))).Item).toBeUndefined();
  });

  test('a transaction blocks other writes of its items for some time, but no reads', async () => {
    const { trunks } = await withFaults({ held: { rate: 1, milliseconds: 3_000 } });
    await trunks.dynamodb.send(transaction('trunk#1', 'guard#1'));
    await expect(trunks.dynamodb.send(put('trunk#1'))).rejects.toMatchObject({ name: 'TransactionConflictException' });
    await expect(trunks.dynamodb.send(transaction('trunk#2', 'guard#1'))).rejects.toMatchObject({
      name: 'TransactionCanceledException',
      message: expect.stringContaining('[None, TransactionConflict]'),
      CancellationReasons: [{ Code: 'None' }, { Code: 'TransactionConflict' }],
    });
    await trunks.dynamodb.send(put('trunk#2'));
    expect((await trunks.dynamodb.send(get('trunk#1'))).Item).toBeDefined();
    await expect
      .poll(() =>
        trunks.dynamodb.send(put('trunk#1')).then(
          () => 'written',
          () => 'held',
        ),
      )
      .toBe('written');
  });

  test('a conflict may come from an unknown transaction', async () => {
    const { trunks, operator } = await withFaults({ conflict: 1 });
    await expect(trunks.dynamodb.send(transaction('trunk#1'))).rejects.toMatchObject({
      name: 'TransactionCanceledException',
    });
    expect((await operator.dynamodb.send(get('trunk#1'))).Item).toBeUndefined();
  });

  test.for([
    [{ failedAnswer: 1 }, 'InternalServerError'],
    [{ lostAnswer: 1 }, 'TimeoutError'],
  ] as const)('the operation is done although the caller gets %j', async ([rates, name]) => {
    const { trunks, operator } = await withFaults(rates);
    await expect(trunks.dynamodb.send(put('trunk#1'))).rejects.toMatchObject({ name });
    expect((await operator.dynamodb.send(get('trunk#1'))).Item).toBeDefined();
  });

  test('an index may return its answer of before a write, for a short time', async () => {
    const { trunks } = await withFaults({ staleIndex: { rate: 1, milliseconds: 2_000 } });
    const query = new QueryCommand({
      TableName,
      IndexName: 'GSI1',
      KeyConditionExpression: 'GSI1PK = :p',
      ExpressionAttributeValues: { ':p': { S: 'trunk-name#a' } },
    });
    const counts: (number | undefined)[] = [];
    for (let round = 0; round < 20; round += 1) {
      await trunks.dynamodb.send(query);
      await trunks.dynamodb.send(
        put(`trunk#${round}`, { GSI1PK: { S: 'trunk-name#a' }, GSI1SK: { S: String(round) } }),
      );
      counts.push((await trunks.dynamodb.send(query)).Count);
    }
    expect(counts.some((count, round) => count !== round + 1)).toBe(true);
    await expect.poll(async () => (await trunks.dynamodb.send(query)).Count).toBe(20);
  });
});

describe('queues', () => {
  const receive = (QueueUrl: string) =>
    new ReceiveMessageCommand({
      QueueUrl,
      MaxNumberOfMessages: 10,
      WaitTimeSeconds: 0,
      MessageSystemAttributeNames: ['All'],
    });

  test('a message is delivered twice', async () => {
    const { endpoint, operator } = await withFaults({ duplicateDelivery: 1 });
    const QueueUrl = endpoint.queueUrl('toy-orders');
    await operator.sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'once' }));
    const { Messages: [first] = [] } = await operator.sqs.send(receive(QueueUrl));
    const { Messages: [second] = [] } = await operator.sqs.send(receive(QueueUrl));
    expect(first?.MessageId).toBeDefined();
    expect(second?.MessageId).toBe(first?.MessageId);
  });

  test('a message is delivered late', async () => {
    const { endpoint, trunks, operator } = await withFaults({ lateDelivery: { rate: 1, milliseconds: 10_000 } });
    const QueueUrl = endpoint.queueUrl('toy-orders');
    await trunks.sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'late' }));
    expect((await operator.sqs.send(receive(QueueUrl))).Messages).toBeUndefined();
    await expect.poll(async () => (await operator.sqs.send(receive(QueueUrl))).Messages?.[0]?.Body).toBe('late');
  });
});
