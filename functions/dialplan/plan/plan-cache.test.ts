import { expect, test } from 'vitest';
import { planCache, type PlanSource } from './plan-cache.ts';
import { emptyPlan } from './plan-change.ts';
import type { CompiledPlan, Plan, PlanChange } from './plan.ts';
import { applyChanges } from './plan-change.ts';

const locale = { timezone: 'UTC', country: 'US' };

const changeOf = (version: number): PlanChange => ({
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

/** A fake plan source that counts its reads. `hold` delays them. */
function storedPlan() {
  const changes: PlanChange[] = [];
  let snapshot: Plan = emptyPlan;
  const reads: { snapshots: number; after: number[] } = { snapshots: 0, after: [] };
  let gate: Promise<void> = Promise.resolve();
  const source: PlanSource = {
    load: async () => {
      reads.snapshots += 1;
      return { snapshot, changes: await source.changesAfter(snapshot.version) };
    },
    changesAfter: async (version) => {
      reads.after.push(version);
      const found = changes.filter((change) => change.version > version);
      await gate;
      return found;
    },
  };
  return {
    source,
    reads,
    save: () => changes.push(changeOf(changes.length + 1)),
    /** Makes a snapshot, and forgets the changes in it. */
    compact: () => {
      snapshot = applyChanges(snapshot, changes) ?? snapshot;
      changes.fill({ version: 0, kind: 'policy-deleted', id: '' });
    },
    /** Delays reads until the returned function is called. */
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

test('an organization without a save has the empty plan, without a read', async () => {
  const { source, reads } = storedPlan();
  const plan = await planCache(roomy).get({ organization: 1001, version: 0, locale }, source);
  expect([plan.version, policiesOf(plan), reads.after]).toEqual([0, [], []]);
});

test('a plan is loaded once and then brought up to date with later changes', async () => {
  const stored = storedPlan();
  const plans = planCache(roomy);
  stored.save();
  stored.save();
  await plans.get({ organization: 1001, version: 2, locale }, stored.source);
  await plans.get({ organization: 1001, version: 2, locale }, stored.source);
  stored.save();
  const plan = await plans.get({ organization: 1001, version: 3, locale }, stored.source);
  expect(policiesOf(plan)).toEqual(['pol_1', 'pol_2', 'pol_3']);
  expect(stored.reads).toEqual({ snapshots: 1, after: [0, 2] });
});

test('a cold start reads the snapshot and only the changes after it', async () => {
  const stored = storedPlan();
  stored.save();
  stored.save();
  stored.compact();
  stored.save();
  const plan = await planCache(roomy).get({ organization: 1001, version: 3, locale }, stored.source);
  expect(policiesOf(plan)).toEqual(['pol_1', 'pol_2', 'pol_3']);
  expect(stored.reads).toEqual({ snapshots: 1, after: [2] });
});

test('a plan whose next changes are missing is loaded from the snapshot again', async () => {
  const stored = storedPlan();
  const plans = planCache(roomy);
  stored.save();
  await plans.get({ organization: 1001, version: 1, locale }, stored.source);
  stored.save();
  stored.compact();
  stored.save();
  const plan = await plans.get({ organization: 1001, version: 3, locale }, stored.source);
  expect(policiesOf(plan)).toEqual(['pol_1', 'pol_2', 'pol_3']);
});

test('concurrent requests share one read', async () => {
  const stored = storedPlan();
  const plans = planCache(roomy);
  stored.save();
  const release = stored.hold();
  const both = [1, 2].map(() => plans.get({ organization: 1001, version: 1, locale }, stored.source));
  release();
  const [one, other] = await Promise.all(both);
  expect(one).toBe(other);
  expect(stored.reads.after).toEqual([0]);
});

test('a request after a save gets it, even if a read had begun before', async () => {
  const stored = storedPlan();
  const plans = planCache(roomy);
  stored.save();
  const release = stored.hold();
  const early = plans.get({ organization: 1001, version: 1, locale }, stored.source);
  stored.save();
  const late = plans.get({ organization: 1001, version: 2, locale }, stored.source);
  release();
  expect((await early).version).toBeGreaterThanOrEqual(1);
  expect((await late).version).toBe(2);
  expect((await plans.get({ organization: 1001, version: 1, locale }, stored.source)).version).toBe(2);
});

test('a failed read fails its requests, and the next request reads again', async () => {
  const stored = storedPlan();
  const plans = planCache(roomy);
  stored.save();
  const broken: PlanSource = { ...stored.source, load: async () => Promise.reject(new Error('throttled')) };
  await expect(plans.get({ organization: 1001, version: 1, locale }, broken)).rejects.toThrow('throttled');
  expect((await plans.get({ organization: 1001, version: 1, locale }, stored.source)).version).toBe(1);
});

test('a plan that ends before its head is an error', async () => {
  const stored = storedPlan();
  stored.save();
  await expect(planCache(roomy).get({ organization: 1001, version: 2, locale }, stored.source)).rejects.toThrow(
    'ends before version 2',
  );
});

test('a new time zone and country of the organization take effect at once', async () => {
  const stored = storedPlan();
  const plans = planCache(roomy);
  stored.save();
  await plans.get({ organization: 1001, version: 1, locale }, stored.source);
  const moved = await plans.get(
    { organization: 1001, version: 1, locale: { timezone: 'Europe/London', country: 'GB' } },
    stored.source,
  );
  expect([moved.timezone, moved.emergencyNumbers.has('999')]).toEqual(['Europe/London', true]);
  expect(stored.reads.snapshots).toBe(1);
});

test('beyond the capacity only the least recently used plans are evicted', async () => {
  const tenants = [1001, 1002, 1003].map((organization) => ({ organization, stored: storedPlan() }));
  for (const { stored } of tenants) stored.save();
  const [first, second, third] = tenants as [(typeof tenants)[0], (typeof tenants)[0], (typeof tenants)[0]];
  const ask = ({ organization, stored }: (typeof tenants)[0]) =>
    plans.get({ organization, version: 1, locale }, stored.source);
  let plans = planCache(roomy);
  const { size } = await ask(first);
  plans = planCache(2.5 * size);
  for (const tenant of [first, second, first, third, first, second, first]) await ask(tenant);
  expect(tenants.map(({ stored }) => stored.reads.snapshots)).toEqual([2, 2, 1]);
});

test('one plan may be larger than the capacity', async () => {
  const stored = storedPlan();
  stored.save();
  const plans = planCache(1);
  await plans.get({ organization: 1001, version: 1, locale }, stored.source);
  await plans.get({ organization: 1001, version: 1, locale }, stored.source);
  expect(stored.reads.snapshots).toBe(1);
});
