import { expect, test } from 'vitest';
import { planPolicyOf } from './plan.fixture.ts';
import { applyChanges, emptyPlan } from './plan-change.ts';
import { compilePlan, type Plan, type PlanChange, type PlanPolicy } from './plan.ts';
import { decide } from './decide.ts';

const policy = (id: string): PlanPolicy => planPolicyOf({ id, name: `Policy ${id}` });

const put = (version: number, of: PlanPolicy): PlanChange => ({ version, kind: 'policy-put', policy: of });

function changed(plan: Plan, ...changes: PlanChange[]): Plan {
  const next = applyChanges(plan, changes);
  if (next === null) throw new Error('a change is missing');
  return next;
}

const idsOf = ({ policies }: Plan): string[] => policies.map(({ id }) => id);

test('changes that a plan already has are skipped', () => {
  const plan = changed(emptyPlan, put(1, policy('pol_a')), { version: 2, kind: 'policy-deleted', id: 'pol_a' });
  expect(applyChanges(plan, [put(1, policy('pol_a'))])).toBe(plan);
  expect(idsOf(changed(plan, put(1, policy('pol_a')), put(3, policy('pol_b'))))).toEqual(['pol_b']);
});

test('a plan does not skip a missing change', () => {
  expect(applyChanges(emptyPlan, [put(2, policy('pol_a'))])).toBeNull();
  expect(applyChanges(emptyPlan, [put(1, policy('pol_a')), put(3, policy('pol_b'))])).toBeNull();
});

test('a change does not alter the earlier plan', () => {
  const plan = changed(emptyPlan, put(1, policy('pol_a')));
  changed(plan, { version: 2, kind: 'policy-deleted', id: 'pol_a' });
  expect(idsOf(plan)).toEqual(['pol_a']);
});

test('template and groups follow their changes', () => {
  const template = { rules: [], variables: {} };
  const sales = { id: 'grp_1', name: 'sales', status: 'active' } as const;
  const plan = changed(
    emptyPlan,
    { version: 1, kind: 'template-put', template },
    { version: 2, kind: 'group-put', group: sales },
    { version: 3, kind: 'group-put', group: { ...sales, name: 'revenue' } },
  );
  expect(plan).toEqual({ ...emptyPlan, version: 3, template, groups: [{ ...sales, name: 'revenue' }] });
  expect(changed(plan, { version: 4, kind: 'group-deleted', id: 'grp_1' }).groups).toEqual([]);
});

test('the empty plan has no route for any call', () => {
  const plan = compilePlan(emptyPlan, { timezone: 'UTC', country: 'US' });
  expect(['1', '911'].map((called) => decide(plan, { called }, 0).reason)).toEqual(['NO_ROUTE', 'NO_ROUTE']);
});
