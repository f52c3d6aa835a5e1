import { testDependencies } from '#test/support/dependencies.fixture.ts';
import { expect, test } from 'vitest';
import { testStore } from '#test/support/store.fixture.ts';
import * as z from 'zod';
import { at } from '../contract/consequences.ts';
import { sends, writes } from '../contract/effects.ts';
import { consumer, scheduled, type Consumer } from '../contract/resource.ts';
import { scheduleDue } from '../dynamodb/rows/due.ts';
import { countRow } from '../dynamodb/rows/count.ts';
import { create, checkCondition } from '../dynamodb/write.ts';
import { omit } from '../schema/omit.ts';
import { contextOf } from './background-context.ts';

const contract = scheduled('toys', {
  area: 'system',
  everyMinutes: 1,
  effects: [writes('count')],
  timeout: 10,
});
const stale = { expression: 'attribute_exists(PK)' };

const running = testStore();

const context = () => contextOf(contract, testDependencies(running.store));

test('tryCommit returns the writes whose conditions failed, and commits none', async () => {
  const { tryCommit, tableOf } = context();
  const failed = await tryCommit(6004, [
    create(countRow, { of: 'toys', value: 1 }),
    checkCondition(countRow, { of: 'missing' }, stale),
  ]);
  expect(failed.map(({ at }) => at)).toEqual([1]);
  expect(await tableOf(6004).get(countRow, { of: 'toys' })).toBeUndefined();
});

test('a consumer schedules its own timers only if it declares them', async () => {
  const consumerWith = (due: NonNullable<Consumer['due']>) =>
    consumer('toys', {
      ...{ area: 'system', queue: 'toys', message: z.object({}), timeout: 10, batchSize: 1, batchWindow: 0 },
      ...{ maximumConcurrency: 2, effects: [writes('due')], due },
    });
  const pointer = { at: '2026-11-20T12:00:00.000Z', org_id: 6004, subject: 'toy' };
  const schedule = (kind: string, of: Consumer) =>
    contextOf(of, testDependencies(running.store)).transact(6004, async () => [scheduleDue({ kind, ...pointer })]);
  const message = () => ({ body: {} });
  const undeclared = consumerWith(at('toy.hourly', message));
  await expect(schedule('toy.hourly', undeclared)).rejects.toThrow('toys schedules toy.hourly, which its contract');
  await schedule('toy.of_others', undeclared);
  await schedule('toy.hourly', consumerWith(at('toy.hourly', message, { 'toy.hourly': 'skipped' })));
});

test('a dependency that is missing at run time is an error', async () => {
  const sender = scheduled('bells', { area: 'system', everyMinutes: 1, effects: [sends('event-seal')], timeout: 10 });
  const { queues } = contextOf(sender, omit(testDependencies(running.store), 'queues'));
  await expect(queues.send('event-seal', [])).rejects.toThrow('no queues in its dependencies');
});
