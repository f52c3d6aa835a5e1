import { testDependencies } from '#test/support/dependencies.fixture.ts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startStore, type TestStore } from '#test/support/store.fixture.ts';
import { sends, writes } from '../contract/effects.ts';
import { scheduled } from '../contract/resource.ts';
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

let running: TestStore;
beforeAll(async () => {
  running = await startStore();
});
afterAll(() => running.stop());

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

test('a dependency that is missing at run time is an error', async () => {
  const sender = scheduled('bells', { area: 'system', everyMinutes: 1, effects: [sends('event-seal')], timeout: 10 });
  const { queues } = contextOf(sender, omit(testDependencies(running.store), 'queues'));
  await expect(queues.send('event-seal', [])).rejects.toThrow('no queues in its dependencies');
});
