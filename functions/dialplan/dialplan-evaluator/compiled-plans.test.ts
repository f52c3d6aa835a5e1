import { expect, test } from 'vitest';
import { compiledPlans, type PlanSource } from './compiled-plans.ts';
import { emptyPlan } from './empty-plan.ts';
import { applyChanges, type CompiledPlan, type Plan, type PlanChange } from './plan.ts';

const home = { timezone: 'UTC', country: 'US' };

const saved = (version: number): PlanChange => ({
  version,
  kind: 'policy-put',
  policy: {
    id: `pol_${version}`,
    name: `Policy ${version}`,
    status: 'active',
    priority: version,
    version: 1,
    conditions: { pattern: '.' },
    actions: { allow: true },
    group_ids: {},
  },
});

/** A stored plan that counts how often it is read; each reading ends when `release` says so. */
function storedPlan() {
  const changes: PlanChange[] = [];
  let snapshot: Plan = emptyPlan;
  const readings: { snapshots: number; behind: number[] } = { snapshots: 0, behind: [] };
  let gate: Promise<void> = Promise.resolve();
  const source: PlanSource = {
    stored: async () => {
      readings.snapshots += 1;
      return { snapshot, changes: await source.changesBehind(snapshot.version) };
    },
    changesBehind: async (version) => {
      readings.behind.push(version);
      const found = changes.filter((change) => change.version > version);
      await gate;
      return found;
    },
  };
  return {
    source,
    readings,
    save: () => changes.push(saved(changes.length + 1)),
    /** Stores the plan whole, and forgets the changes that it holds. */
    fold: () => {
      snapshot = applyChanges(snapshot, changes) ?? snapshot;
      changes.fill({ version: 0, kind: 'policy-deleted', id: '' });
    },
    /** Holds readings back until the answer is called. */
    hold: () => {
      const { promise, resolve } = Promise.withResolvers<undefined>();
      gate = promise.then(() => undefined);
      return () => {
        resolve(undefined);
      };
    },
  };
}

const policiesOf = (plan: CompiledPlan): string[] => [...plan.matching('1')].map(({ policy }) => policy.id);
const roomy = 1_000_000_000;

test('an organization that has saved nothing is decided by the empty plan, without a reading', async () => {
  const { source, readings } = storedPlan();
  const plan = await compiledPlans(roomy).current({ organization: 1001, version: 0, home }, source);
  expect([plan.version, policiesOf(plan), readings.behind]).toEqual([0, [], []]);
});

test('a plan is loaded once and then carried on by what was saved behind it', async () => {
  const stored = storedPlan();
  const plans = compiledPlans(roomy);
  stored.save();
  stored.save();
  await plans.current({ organization: 1001, version: 2, home }, stored.source);
  await plans.current({ organization: 1001, version: 2, home }, stored.source);
  stored.save();
  const plan = await plans.current({ organization: 1001, version: 3, home }, stored.source);
  expect(policiesOf(plan)).toEqual(['pol_1', 'pol_2', 'pol_3']);
  expect(stored.readings).toEqual({ snapshots: 1, behind: [0, 2] });
});

test('a cold start reads the snapshot and only the changes behind it', async () => {
  const stored = storedPlan();
  stored.save();
  stored.save();
  stored.fold();
  stored.save();
  const plan = await compiledPlans(roomy).current({ organization: 1001, version: 3, home }, stored.source);
  expect(policiesOf(plan)).toEqual(['pol_1', 'pol_2', 'pol_3']);
  expect(stored.readings).toEqual({ snapshots: 1, behind: [2] });
});

test('a plan whose next changes are gone starts from the snapshot again', async () => {
  const stored = storedPlan();
  const plans = compiledPlans(roomy);
  stored.save();
  await plans.current({ organization: 1001, version: 1, home }, stored.source);
  stored.save();
  stored.fold();
  stored.save();
  const plan = await plans.current({ organization: 1001, version: 3, home }, stored.source);
  expect(policiesOf(plan)).toEqual(['pol_1', 'pol_2', 'pol_3']);
});

test('who comes while a plan is read waits for the same reading', async () => {
  const stored = storedPlan();
  const plans = compiledPlans(roomy);
  stored.save();
  const release = stored.hold();
  const both = [1, 2].map(() => plans.current({ organization: 1001, version: 1, home }, stored.source));
  release();
  const [one, other] = await Promise.all(both);
  expect(one).toBe(other);
  expect(stored.readings.behind).toEqual([0]);
});

test('a save that a reading came too early for is seen by who began after it', async () => {
  const stored = storedPlan();
  const plans = compiledPlans(roomy);
  stored.save();
  const release = stored.hold();
  const early = plans.current({ organization: 1001, version: 1, home }, stored.source);
  stored.save();
  const late = plans.current({ organization: 1001, version: 2, home }, stored.source);
  release();
  expect((await early).version).toBeGreaterThanOrEqual(1);
  expect((await late).version).toBe(2);
  expect((await plans.current({ organization: 1001, version: 1, home }, stored.source)).version).toBe(2);
});

test('a failed reading fails who waits for it, and the next one begins anew', async () => {
  const stored = storedPlan();
  const plans = compiledPlans(roomy);
  stored.save();
  const broken: PlanSource = { ...stored.source, stored: async () => Promise.reject(new Error('throttled')) };
  await expect(plans.current({ organization: 1001, version: 1, home }, broken)).rejects.toThrow('throttled');
  expect((await plans.current({ organization: 1001, version: 1, home }, stored.source)).version).toBe(1);
});

test('a plan that ends before its head is a fault, never a wrong answer', async () => {
  const stored = storedPlan();
  stored.save();
  await expect(compiledPlans(roomy).current({ organization: 1001, version: 2, home }, stored.source)).rejects.toThrow(
    'ends before version 2',
  );
});

test('a moved organization is decided by its new time zone and country at once', async () => {
  const stored = storedPlan();
  const plans = compiledPlans(roomy);
  stored.save();
  await plans.current({ organization: 1001, version: 1, home }, stored.source);
  const moved = await plans.current(
    { organization: 1001, version: 1, home: { timezone: 'Europe/London', country: 'GB' } },
    stored.source,
  );
  expect([moved.timezone, moved.emergencyNumbers.has('999')]).toEqual(['Europe/London', true]);
  expect(stored.readings.snapshots).toBe(1);
});

test('beyond the capacity the plans that were used longest ago are forgotten, and no others', async () => {
  const tenants = [1001, 1002, 1003].map((organization) => ({ organization, stored: storedPlan() }));
  for (const { stored } of tenants) stored.save();
  const [first, second, third] = tenants as [(typeof tenants)[0], (typeof tenants)[0], (typeof tenants)[0]];
  const ask = ({ organization, stored }: (typeof tenants)[0]) =>
    plans.current({ organization, version: 1, home }, stored.source);
  let plans = compiledPlans(roomy);
  const { size } = await ask(first);
  plans = compiledPlans(2.5 * size);
  for (const tenant of [first, second, first, third, first, second, first]) await ask(tenant);
  expect(tenants.map(({ stored }) => stored.readings.snapshots)).toEqual([2, 2, 1]);
});

test('one plan may be larger than the capacity', async () => {
  const stored = storedPlan();
  stored.save();
  const plans = compiledPlans(1);
  await plans.current({ organization: 1001, version: 1, home }, stored.source);
  await plans.current({ organization: 1001, version: 1, home }, stored.source);
  expect(stored.readings.snapshots).toBe(1);
});
