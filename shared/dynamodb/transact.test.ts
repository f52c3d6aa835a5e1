import { expect, test } from 'vitest';
import { testDependencies } from '#test/support/dependencies.fixture.ts';
import { testStore } from '#test/support/store.fixture.ts';
import { AppError } from '../errors.ts';
import { row } from './row.ts';
import { countRow } from './rows/count.ts';
import { tableFor } from './table.ts';
import { transact } from './transact.ts';
import { change, checkCondition, create } from './write.ts';

const planHeadRow = row<'planhead', { readonly version: number }, object>('planhead', {
  inTurn: true,
  sort: () => 'head',
});
const stale = { expression: 'attribute_exists(PK)' };

const running = testStore();

const context = () => testDependencies(running.store);

test('a decision is repeated when an item has changed in between', async () => {
  let decisions = 0;
  const decide = async () => {
    decisions += 1;
    const item = create(countRow, { of: 'toys', value: decisions });
    return decisions === 1 ? [item, checkCondition(countRow, { of: 'missing' }, stale)] : [item];
  };
  await transact(context(), { organization: 6001, decide });
  expect([decisions, await tableFor<'count'>(running.store, 6001).get(countRow, { of: 'toys' })]).toEqual([
    2,
    { of: 'toys', value: 2 },
  ]);
});

test('where writers take turns, a decision is repeated as often as others are faster', async () => {
  const rivals = 20;
  let decisions = 0;
  const decide = async () => {
    decisions += 1;
    const taken = decisions <= rivals;
    const onlyIf = { expression: taken ? 'attribute_exists(PK)' : 'attribute_not_exists(PK)' };
    return [change(planHeadRow, {}, { add: { version: 1 }, onlyIf })];
  };
  await transact(context(), { organization: 6005, decide });
  expect(decisions).toBe(rivals + 1);
});

test('a decision without writes sends nothing', async () => {
  await expect(transact(context(), { organization: 6002, decide: async () => [] })).resolves.toBeUndefined();
});

test('a named conflict is thrown, not retried', async () => {
  let decisions = 0;
  const taken = new AppError('NAME_TAKEN', 'The name is taken');
  const decide = async () => {
    decisions += 1;
    return [checkCondition(countRow, { of: 'missing' }, stale, taken)];
  };
  await expect(transact(context(), { organization: 6003, decide })).rejects.toBe(taken);
  expect(decisions).toBe(1);
});

test('a decision that others are always faster than ends', async () => {
  let decisions = 0;
  const decide = async () => {
    decisions += 1;
    return [checkCondition(countRow, { of: 'missing' }, stale)];
  };
  await expect(transact(context(), { organization: 6004, decide })).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  expect(decisions).toBe(16);
});
