import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { testDependencies } from '#test/support/dependencies.fixture.ts';
import { testStore } from '#test/support/store.fixture.ts';
import { readToEnd } from '#dynamodb/read-to-end.ts';
import { commit } from '#dynamodb/commit.ts';
import { change, create, remove } from '#dynamodb/write.ts';
import { tableFor } from '#dynamodb/table.ts';
import { planCache } from '../plan/plan-cache.ts';
import { emptyPlan } from '../plan/plan-change.ts';
import type { Plan, PlanEdit } from '../plan/plan.ts';
import { applyChanges } from '../plan/plan-change.ts';
import { compactionPartition, noHead, planChangeRow, planHeadRow, planPartRow, planSource } from '../plan/row.ts';
import { planCompactorHandler } from './handler.ts';

const stores = testStore();

const tableOf = (organization: number) =>
  tableFor<'planhead' | 'planchange' | 'planchange@GSI2' | 'plan'>(stores.store, organization);
const compact = async (): Promise<void> => planCompactorHandler(testDependencies(stores.store))({ time: '' });

const policy = (name: string, description = ''): PlanEdit => ({
  kind: 'policy-put',
  policy: {
    id: `pol_${name}`,
    name: `${name}${description}`,
    status: 'active',
    priority: 1,
    version: 1,
    conditions: { pattern: `^${name}$` },
    actions: { allow: true, gateway: `g${name}` },
    group_ids: {},
  },
});

/** Stores the result of many saves, in fewer transactions. */
async function save(organization: number, edits: readonly PlanEdit[]): Promise<void> {
  const head = (await tableOf(organization).get(planHeadRow, {})) ?? noHead;
  const changes = edits.map((edit, at) =>
    create(planChangeRow, { ...edit, version: head.version + at + 1, org_id: organization }),
  );
  for (let at = 0; at < changes.length; at += 100)
    await commit(stores.store, organization, changes.slice(at, at + 100));
  await commit(stores.store, organization, [
    change(planHeadRow, {}, { set: { version: head.version + edits.length } }),
  ]);
}

const numbered = (count: number, from = 0): PlanEdit[] =>
  Array.from({ length: count }, (_item, at) => policy(String(from + at)));

/** The plan by its changes alone. */
async function planByChanges(organization: number): Promise<Plan | null> {
  const changes = await planSource(tableOf(organization)).changesAfter(0);
  return applyChanges(emptyPlan, changes);
}

/** The plan as a cold evaluator reads it, and the number of changes that it reads. */
async function coldPlan(organization: number): Promise<{ readonly plan: Plan | null; readonly changes: number }> {
  const { snapshot, changes } = await planSource(tableOf(organization)).load();
  return { plan: applyChanges(snapshot, changes), changes: changes.length };
}

test('a plan of fewer than 500 changes is not compacted', async () => {
  await save(1001, numbered(499));
  await compact();
  expect((await tableOf(1001).get(planHeadRow, {}))?.snapshot).toBeUndefined();
});

test('the 500th change makes a snapshot, and loses its mark', async () => {
  await save(1001, numbered(3, 499));
  await compact();
  expect((await tableOf(1001).get(planHeadRow, {}))?.snapshot).toEqual({ version: 502, parts: 1, packed: true });
  expect((await tableOf(0).queryIndex(planChangeRow, 'GSI2', compactionPartition)).items).toEqual([]);
  await save(1001, [{ kind: 'policy-deleted', id: 'pol_7' }, policy('8', ' renamed')]);
  expect(await coldPlan(1001)).toEqual({ plan: await planByChanges(1001), changes: 2 });
});

test('a cold evaluator decides by the snapshot as by the changes', async () => {
  const plan = await planCache(1e9).get(
    { organization: 1001, version: 504, locale: { timezone: 'UTC', country: 'US' } },
    planSource(tableOf(1001)),
  );
  expect([...plan.matching('8')].map((match) => match.policy.name)).toEqual(['8 renamed']);
  expect([...plan.matching('7')]).toEqual([]);
});

test('a snapshot larger than an item has several parts, and the parts of the earlier one are deleted', async () => {
  const wide = Array.from({ length: 500 }, (_item, at) =>
    policy(String(at), `ü€😀${randomBytes(2_200).toString('base64')}`),
  );
  await save(1001, wide.slice(0, 496));
  await compact();
  const { snapshot } = (await tableOf(1001).get(planHeadRow, {})) ?? {};
  expect(snapshot?.version).toBe(1_000);
  expect(snapshot?.parts).toBeGreaterThan(3);
  const parts = await readToEnd((after) => tableOf(1001).query(planPartRow, {}, after));
  expect(parts.map(({ version }) => version)).toEqual(Array.from({ length: snapshot?.parts ?? 0 }, () => 1_000));
  expect(await coldPlan(1001)).toEqual({ plan: await planByChanges(1001), changes: 0 });
});

test('a snapshot of an earlier release, which is not packed, is read too', async () => {
  const { plan } = await coldPlan(1001);
  const bytes = Buffer.from(JSON.stringify(plan));
  const parts = Array.from({ length: Math.ceil(bytes.length / 300_000) }, (_item, part) =>
    bytes.subarray(part * 300_000, (part + 1) * 300_000),
  );
  for (const [part, piece] of parts.entries())
    await commit(stores.store, 1004, [create(planPartRow, { version: 1_000, part, bytes: piece })]);
  await commit(stores.store, 1004, [
    change(planHeadRow, {}, { set: { version: 1_000, snapshot: { version: 1_000, parts: parts.length } } }),
  ]);
  expect(await coldPlan(1004)).toEqual({ plan, changes: 0 });
});

test('a read during a compaction gets a whole plan', async () => {
  const end = new AbortController();
  const reading = (async () => {
    const versions: number[] = [];
    while (!end.signal.aborted) versions.push((await coldPlan(1001)).plan?.version ?? -1);
    return versions;
  })();
  await save(1001, numbered(500));
  await compact();
  end.abort();
  const versions = await reading;
  expect(versions).toEqual([...versions].sort((one, other) => one - other));
  expect(versions[0]).toBeGreaterThanOrEqual(1_000);
});

test('a snapshot that is replaced during a read is read again', async () => {
  await save(1001, numbered(500));
  const table = tableOf(1001);
  let interfered = false;
  const { snapshot } = await planSource({
    ...table,
    getAll: async (of, keys) => {
      if (!interfered) await compact();
      interfered = true;
      return table.getAll(of, keys);
    },
  }).load();
  expect(snapshot).toEqual(await planByChanges(1001));
});

test('a plan that cannot be compacted keeps its mark, and does not delay others', async () => {
  await save(1002, numbered(500));
  await save(1003, numbered(500));
  await commit(stores.store, 1002, [remove(planChangeRow, { version: 7 })]);
  const dependencies = testDependencies(stores.store);
  await planCompactorHandler(dependencies)({ time: '' });
  expect((await tableOf(1003).get(planHeadRow, {}))?.snapshot).toEqual({ version: 500, parts: 1, packed: true });
  expect((await tableOf(1002).get(planHeadRow, {}))?.snapshot).toBeUndefined();
  expect(dependencies.faults).toHaveLength(1);
  expect((await tableOf(0).queryIndex(planChangeRow, 'GSI2', compactionPartition)).items).toMatchObject([
    { org_id: 1002, version: 500 },
  ]);
});
