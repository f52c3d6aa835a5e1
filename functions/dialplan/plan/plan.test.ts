import { expect, test } from 'vitest';
import { planPolicyOf } from './plan.fixture.ts';
import { emptyPlan } from './plan-change.ts';
import {
  compilePlan,
  deniedEmergencyNumbers,
  type Plan,
  type PlanChange,
  planPolicy,
  type PlanPolicy,
} from './plan.ts';
import { applyChanges } from './plan-change.ts';

const policy = (id: string, over: Partial<PlanPolicy> = {}): PlanPolicy =>
  planPolicyOf({ id, name: `Policy ${id}`, priority: 1000, ...over });

const put = (version: number, of: PlanPolicy): PlanChange => ({ version, kind: 'policy-put', policy: of });

function changed(plan: Plan, ...changes: PlanChange[]): Plan {
  const next = applyChanges(plan, changes);
  if (next === null) throw new Error('a change is missing');
  return next;
}

const locale = { timezone: 'UTC', country: 'US' };
const empty = emptyPlan;
const order = (plan: Plan): string[] => [...compilePlan(plan, locale).matching('1')].map((match) => match.policy.id);

test('policies are sorted by bypass, then by priority, then by id', () => {
  const bypass = policy('pol_z', { priority: 5000, actions: { allow: true, bypass_restrictions: true } });
  const plan = changed(
    empty,
    put(1, policy('pol_b')),
    put(2, policy('pol_c', { priority: 1 })),
    put(3, bypass),
    put(4, policy('pol_a')),
  );
  expect(order(plan)).toEqual(['pol_z', 'pol_c', 'pol_a', 'pol_b']);
});

test('a put replaces a policy; a deleted or inactive policy leaves the plan', () => {
  const plan = changed(empty, put(1, policy('pol_a')), put(2, policy('pol_b')), put(3, policy('pol_c')));
  expect(order(changed(plan, put(4, policy('pol_a', { priority: 2000 }))))).toEqual(['pol_b', 'pol_c', 'pol_a']);
  expect(
    order(
      changed(plan, put(4, policy('pol_a', { status: 'inactive' })), {
        version: 5,
        kind: 'policy-deleted',
        id: 'pol_b',
      }),
    ),
  ).toEqual(['pol_c']);
});

test('each change makes the version that it names', () => {
  expect(changed(empty, put(1, policy('pol_a')), put(2, policy('pol_b'))).version).toBe(2);
});

test('only what changed is compiled again', () => {
  const plan = changed(empty, put(1, policy('pol_a')), put(2, policy('pol_b')), {
    version: 3,
    kind: 'template-put',
    template: { rules: [], variables: {} },
  });
  const before = compilePlan(plan, locale);
  const after = compilePlan(changed(plan, put(4, policy('pol_b', { version: 2 }))), locale, before);
  const [a, b] = before.matching('1');
  const [stillA, newB] = after.matching('1');
  expect(stillA).toBe(a);
  expect(newB).not.toBe(b);
  expect(after.template).toBe(before.template);
});

test('a plan contains only the deciding part of a policy', () => {
  const stored = {
    ...policy('pol_a'),
    description: 'long',
    metadata: { created_by: 'usr_1', last_modified_by: 'usr_1' },
    created_at: 'then',
    updated_at: 'now',
  };
  expect(planPolicy(stored)).toEqual(policy('pol_a'));
});

test('a plan survives being stored as JSON', () => {
  const plan = changed(empty, put(1, policy('pol_a')), put(2, policy('pol_b', { priority: 1 })));
  const stored: unknown = JSON.parse(JSON.stringify(plan));
  expect(stored).toEqual(plan);
  expect(order(plan)).toEqual(['pol_b', 'pol_a']);
});

test('the emergency numbers that an active policy denies are found', () => {
  const denies = policy('pol_a', { actions: { allow: false }, conditions: { pattern: '^11[0-2]$|^1$' } });
  expect(deniedEmergencyNumbers(denies, 'DE')).toEqual(['112', '110']);
  expect(deniedEmergencyNumbers(denies, 'US')).toEqual(['112']);
  expect(deniedEmergencyNumbers({ ...denies, status: 'draft' }, 'DE')).toEqual([]);
  expect(deniedEmergencyNumbers({ ...denies, actions: { allow: true } }, 'DE')).toEqual([]);
});
