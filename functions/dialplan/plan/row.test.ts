import { expect, test } from 'vitest';
import { testDependencies } from '#test/support/dependencies.fixture.ts';
import { testStore } from '#test/support/store.fixture.ts';
import { commit, StaleWrite } from '#dynamodb/commit.ts';
import { eventRow } from '#dynamodb/rows/event.ts';
import { tableFor } from '#dynamodb/table.ts';
import { change } from '#dynamodb/write.ts';
import { recorder, systemOrigin } from '#runtime/event-record.ts';
import type { PlanEdit } from './plan.ts';
import { planEditWrites, planHeadRow, readPlan, planSource } from './row.ts';

const stores = testStore();

const tableOf = (organization: number) =>
  tableFor<'planhead' | 'planchange' | 'plan' | 'event'>(stores.store, organization);
const { nextId, now } = testDependencies();
const recorderOf = (organization: number) => recorder({ origin: systemOrigin, organization, now, nextId });
const planOf = (organization: number) => readPlan(tableOf(organization), recorderOf(organization));
const group = (name: string): PlanEdit => ({ kind: 'group-put', group: { id: `grp_${name}`, name, status: 'active' } });

test('an edit makes the next version of the plan, and counts the policies', async () => {
  await commit(stores.store, 1001, planEditWrites(await planOf(1001), group('a'), { policies: 1 }));
  await commit(stores.store, 1001, planEditWrites(await planOf(1001), group('b'), { policies: 1 }));
  await commit(stores.store, 1001, planEditWrites(await planOf(1001), group('c'), { policies: -1 }));
  expect(await planOf(1001)).toMatchObject({ organization: 1001, head: { version: 3, policies: 1, load: 0 } });
  expect((await planSource(tableOf(1001)).changesAfter(1)).map(({ version }) => version)).toEqual([2, 3]);
});

test('each version records an event with its author', async () => {
  for (const name of ['a', 'b']) await commit(stores.store, 1006, planEditWrites(await planOf(1006), group(name)));
  const { items } = await tableOf(1006).query(eventRow, {}, { order: 'asc' });
  expect(items).toMatchObject(
    ['1', '2'].map((version) => ({
      type: 'plan.published',
      entity: { type: 'org', id: 'org_1006' },
      actor: systemOrigin.actor,
      description: `Dial plan published as version ${version}`,
      data: { plan_version: version },
    })),
  );
});

test('of two edits based on the same head one is stale, also the first of a plan', async () => {
  for (const organization of [1002, 1002]) {
    const plan = await planOf(organization);
    await commit(stores.store, organization, planEditWrites(plan, group('a')));
    await expect(commit(stores.store, organization, planEditWrites(plan, group('b')))).rejects.toBeInstanceOf(
      StaleWrite,
    );
  }
});

test('the 10,001st policy is rejected, any other edit is not', () => {
  const plan = (policies: number) => ({
    organization: 1001,
    head: { version: 7, policies },
    publish: recorderOf(1001),
  });
  expect(() => planEditWrites(plan(9_999), group('a'), { policies: 1 })).not.toThrow();
  expect(() => planEditWrites(plan(10_000), group('a'), { policies: 1 })).toThrow(
    expect.objectContaining({ code: 'LIMIT_EXCEEDED' }),
  );
  expect(() => planEditWrites(plan(10_000), group('a'))).not.toThrow();
});

test('a pattern beyond the load of the plan is rejected, an edit that lowers the load is not', async () => {
  await commit(stores.store, 1004, planEditWrites(await planOf(1004), group('a'), { load: 999_000 }));
  const plan = await planOf(1004);
  expect(() => planEditWrites(plan, group('b'), { load: 1_000 })).not.toThrow();
  expect(() => planEditWrites(plan, group('b'), { load: 1_001 })).toThrow(
    expect.objectContaining({
      code: 'INVALID_PATTERN',
      details: [
        { path: 'conditions.pattern', message: 'expression too large together with the other patterns, at position 0' },
      ],
    }),
  );
  expect(() => planEditWrites(plan, group('b'), { load: -1 })).not.toThrow();
});

test('a head of an earlier release without a load counts from 0', async () => {
  await commit(stores.store, 1005, [change(planHeadRow, {}, { set: { version: 7, policies: 3 } })]);
  const loadAfter = async (load: number) => {
    await commit(stores.store, 1005, planEditWrites(await planOf(1005), group('a'), { load }));
    return (await planOf(1005)).head.load;
  };
  expect([await loadAfter(-5), await loadAfter(8), await loadAfter(-9), await loadAfter(2)]).toEqual([0, 8, 0, 2]);
});

test('a plan of many changes is read completely, in order', async () => {
  const { organization } = await planOf(1003);
  const wide = (at: number): PlanEdit => ({
    kind: 'group-put',
    group: { id: `grp_${at}`, name: 'x'.repeat(40_000), status: 'active' },
  });
  for (let at = 0; at < 60; at += 1)
    await commit(stores.store, organization, planEditWrites(await planOf(1003), wide(at)));
  const changes = await planSource(tableOf(1003)).changesAfter(0);
  expect(changes.map(({ version }) => version)).toEqual(Array.from({ length: 60 }, (_item, at) => at + 1));
});
