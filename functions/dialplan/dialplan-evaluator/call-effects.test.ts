import { expect, test } from 'vitest';
import type { PolicyActions } from '../dialplan-policies/policy.ts';
import { beginEffects, type EffectSink } from './call-effects.ts';
import { withoutLimits } from './call-limits.ts';
import { decide } from './decide.ts';
import { emptyPlan } from './empty-plan.ts';
import { compilePlan } from './plan.ts';

/** The effects of a call to `called` by a plan of one policy for numbers that begin with 1. */
async function effectsOf(called: string, actions: PolicyActions): Promise<readonly unknown[]> {
  const policy = {
    ...({ id: 'pol_1', name: 'One', status: 'active', priority: 1, version: 3, group_ids: {} } as const),
    conditions: { pattern: '^1' },
    actions,
  } as const;
  const plan = compilePlan({ ...emptyPlan, version: 9, policies: [policy] }, { timezone: 'UTC', country: 'US' });
  const begun: unknown[] = [];
  const sink: EffectSink = {
    recordDenied: async ({ entity }) => void begun.push(['denied', entity]),
    writeLog: async ({ message, details }) => void begun.push(['log', message, details.plan_version]),
    notify: async (to, { policy: { id } }) => void begun.push(['notify', to, id]),
  };
  const decision = withoutLimits(decide(plan, { called }, 0));
  await beginEffects({ plan, call: { called, userId: undefined }, decision, organization: 1001 }, sink);
  return begun;
}

test('an allowed call of a policy without log and notify has no effects', async () => {
  expect(await effectsOf('1', { allow: true, gateway: 'pstn' })).toEqual([]);
});

test('a denied call is recorded, then logged, then notified', async () => {
  expect(await effectsOf('1', { allow: false, log: true, notify: ['ann@example.com'] })).toEqual([
    ['denied', { type: 'policy', id: 'pol_1' }],
    ['log', 'Call to 1 denied by policy One: POLICY_DENY', '9'],
    ['notify', ['ann@example.com'], 'pol_1'],
  ]);
});

test('an allowed call is logged and notified as its policy says', async () => {
  expect(await effectsOf('1', { allow: true, gateway: 'pstn', log: true })).toEqual([
    ['log', 'Call to 1 allowed by policy One: POLICY_ALLOW', '9'],
  ]);
  expect(await effectsOf('1', { allow: true, gateway: 'pstn', log: false, notify: ['a@example.com'] })).toEqual([
    ['notify', ['a@example.com'], 'pol_1'],
  ]);
});

test('a call that no policy decides is recorded only', async () => {
  expect(await effectsOf('2', { allow: true, log: true, notify: ['a@example.com'] })).toEqual([
    ['denied', { type: 'org', id: 'org_1001' }],
  ]);
});
