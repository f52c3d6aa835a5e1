import type { SQSRecord } from 'aws-lambda';
import * as z from 'zod';
import { expect, test } from 'vitest';
import { asRecord } from '#test/support/sqs-record.fixture.ts';
import { testDependencies } from '#test/support/dependencies.fixture.ts';
import { consumer } from '../contract/resource.ts';
import { AppError } from '../errors.ts';
import { consume, settleEach, type Consume, type ConsumerDependencies } from './consume.ts';
import type { DeadLetter } from '../queue/dead-letters.ts';

const toyConsumer = consumer('toy', {
  area: 'system',
  queue: 'event-seal',
  message: z.object({ schema: z.literal('toy.v1'), name: z.string() }),
  batchSize: 10,
  batchWindow: 0,
  maximumConcurrency: 2,
  effects: [],
  timeout: 5,
});

function dependenciesWithLetters() {
  const letters: DeadLetter[] = [];
  const plain = testDependencies();
  const dependencies: ConsumerDependencies = { ...plain, deadLetters: async (letter) => void letters.push(letter) };
  return { dependencies, letters, faults: plain.faults };
}

const record = (messageId: string, body: string, receives = 1): SQSRecord => ({
  ...asRecord(body, 0, receives),
  messageId,
});

const toy = (name: string): SQSRecord => record(name, JSON.stringify({ schema: 'toy.v1', name }));
const failures = ({ batchItemFailures }: { batchItemFailures: { itemIdentifier: string }[] }): string[] =>
  batchItemFailures.map(({ itemIdentifier }) => itemIdentifier);
const doing = (work: (name: string) => Promise<unknown>): Consume<typeof toyConsumer> =>
  settleEach(({ message }) => work(message.name));

test('each record is settled alone: only failed ones are delivered again', async () => {
  const { dependencies, faults } = dependenciesWithLetters();
  const handler = consume(
    toyConsumer,
    doing(async (name) => {
      if (name === 'b') throw new Error('the store is away');
    }),
    dependencies,
  );
  expect(failures(await handler({ Records: [toy('a'), toy('b'), toy('c')] }))).toEqual(['b']);
  expect(faults).toHaveLength(1);
});

test('if every record fails, all are delivered again', async () => {
  const handler = consume(
    toyConsumer,
    doing(() => Promise.reject(new Error('no'))),
    dependenciesWithLetters().dependencies,
  );
  expect(failures(await handler({ Records: [toy('a'), toy('b')] }))).toEqual(['a', 'b']);
});

test('a message that does not parse is moved to the dead-letter queue unchanged, with the reason', async () => {
  const { dependencies, letters } = dependenciesWithLetters();
  const handled: string[] = [];
  const handler = consume(
    toyConsumer,
    doing(async (name) => handled.push(name)),
    dependencies,
  );
  const odd = '  {"schema": "toy.v9",\t"name": "\\u00e9é" }  ';
  expect(failures(await handler({ Records: [record('x', odd), toy('a'), record('y', 'no json')] }))).toEqual([]);
  expect(handled).toEqual(['a']);
  expect(letters).toMatchObject([
    { id: 'x', body: odd, reason: 'UNKNOWN_SCHEMA' },
    { id: 'y', body: 'no json', reason: 'NOT_JSON' },
  ]);
});

test('a message that breaks a rule is moved there too, with the code of the rule', async () => {
  const { dependencies, letters } = dependenciesWithLetters();
  const handler = consume(
    toyConsumer,
    doing(() => Promise.reject(new AppError('VALIDATION_FAILED', 'name is taken for ever'))),
    dependencies,
  );
  expect(failures(await handler({ Records: [toy('a')] }))).toEqual([]);
  expect(letters).toMatchObject([{ id: 'a', reason: 'VALIDATION_FAILED', problem: 'name is taken for ever' }]);
});

test('after a temporary error the message is delivered again', async () => {
  const { dependencies, letters } = dependenciesWithLetters();
  const handler = consume(
    toyConsumer,
    doing(() => Promise.reject(new AppError('UNAVAILABLE', 'later'))),
    dependencies,
  );
  expect(failures(await handler({ Records: [toy('a')] }))).toEqual(['a']);
  expect(letters).toEqual([]);
});

test('a message that the dead-letter queue does not accept is delivered again', async () => {
  const dependencies = {
    ...dependenciesWithLetters().dependencies,
    deadLetters: () => Promise.reject(new Error('AccessDenied')),
  };
  expect(
    failures(
      await consume(
        toyConsumer,
        doing(async () => undefined),
        dependencies,
      )({ Records: [record('x', '?')] }),
    ),
  ).toEqual(['x']);
});

test('after an error of the consumer, or without an outcome, a message is delivered again', async () => {
  const { dependencies } = dependenciesWithLetters();
  expect(
    failures(await consume(toyConsumer, () => Promise.reject(new Error('no')), dependencies)({ Records: [toy('a')] })),
  ).toEqual(['a']);
  expect(failures(await consume(toyConsumer, async () => [], dependencies)({ Records: [toy('a')] }))).toEqual(['a']);
});

test('a consumer sees how often a message was received', async () => {
  const seen: number[] = [];
  const handler = consume(
    toyConsumer,
    settleEach(async ({ receives }) => seen.push(receives)),
    dependenciesWithLetters().dependencies,
  );
  await handler({ Records: [record('a', '{"schema":"toy.v1","name":"a"}', 3)] });
  expect(seen).toEqual([3]);
});
