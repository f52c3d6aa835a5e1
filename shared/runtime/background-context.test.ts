import { testDependencies } from '../../test/support/dependencies.fixture.ts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startStore, type TestStore } from '../../test/support/store.fixture.ts';
import { sends, writes } from '../contract/effects.ts';
import { scheduled } from '../contract/resource.ts';
import { row } from '../dynamodb/row.ts';
import { countRow } from '../dynamodb/rows/count.ts';
import { change, create, checkCondition } from '../dynamodb/write.ts';
import { AppError } from '../errors.ts';
import { omit } from '../schema/omit.ts';
import { contextOf } from './background-context.ts';

const contract = scheduled('toys', {
  area: 'system',
  everyMinutes: 1,
  effects: [writes('count'), writes('planhead')],
  timeout: 10,
});
const planHeadRow = row<'planhead', { readonly version: number }, object>('planhead', { sort: () => 'head' });
const stale = { expression: 'attribute_exists(PK)' };

let running: TestStore;
beforeAll(async () => {
  running = await startStore();
});
afterAll(() => running.stop());

const context = () => contextOf(contract, testDependencies(running.store));

test('a decision is repeated when an item has changed in between', async () => {
  const { transact, tableOf } = context();
  let decisions = 0;
  await transact(6001, async () => {
    decisions += 1;
    const item = create(countRow, { of: 'toys', value: decisions });
    return decisions === 1 ? [item, checkCondition(countRow, { of: 'missing' }, stale)] : [item];
  });
  expect([decisions, await tableOf(6001).get(countRow, { of: 'toys' })]).toEqual([2, { of: 'toys', value: 2 }]);
});

test('where writers take turns, a decision is repeated as often as others are faster', async () => {
  const { transact } = context();
  const rivals = 20;
  let decisions = 0;
  await transact(6005, async () => {
    decisions += 1;
    const taken = decisions <= rivals;
    const onlyIf = { expression: taken ? 'attribute_exists(PK)' : 'attribute_not_exists(PK)' };
    return [change(planHeadRow, {}, { add: { version: 1 }, onlyIf })];
  });
  expect(decisions).toBe(rivals + 1);
});

test('a decision without writes sends nothing', async () => {
  await expect(context().transact(6002, async () => [])).resolves.toBeUndefined();
});

test('a named conflict is thrown, not retried', async () => {
  let decisions = 0;
  const taken = new AppError('NAME_TAKEN', 'The name is taken');
  await expect(
    context().transact(6003, async () => {
      decisions += 1;
      return [checkCondition(countRow, { of: 'missing' }, stale, taken)];
    }),
  ).rejects.toBe(taken);
  expect(decisions).toBe(1);
});

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
