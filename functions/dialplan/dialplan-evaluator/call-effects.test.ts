import { expect, test } from 'vitest';
import { decisionOf } from '../plan/plan.fixture.ts';
import type { PolicyActions } from '../schema/policy.ts';
import {
  beginEffects,
  callLogLine,
  callNotice,
  deniedCallEvent,
  type EffectSink,
  noticeThrottle,
} from './call-effects.ts';
import { withoutLimits } from './call-limits.ts';
import { decide } from '../plan/decide.ts';
import { emptyPlan } from '../plan/plan-change.ts';
import { compilePlan } from '../plan/plan.ts';

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

const decision = {
  ...withoutLimits(
    decisionOf({
      destination: 'sofia/gateway/pstn/011',
      routes: [{ gateway: null, name: 'pstn', destination: 'sofia/gateway/pstn/011', status: 'unmanaged' }],
    }),
  ),
  policy: { id: 'pol_1', name: 'Abroad', priority: 10, version: 3 },
};

test('the line of an allowed call has the call, the policy and the route', () => {
  expect(callLogLine({ called: '011', caller: '+14155550100', userId: 'usr_1' }, decision, 7)).toEqual({
    type: 'call',
    level: 'info',
    source: 'dialplan',
    import_id: null,
    message: 'Call to 011 allowed by policy Abroad: POLICY_ALLOW',
    details: {
      called: '011',
      caller: '+14155550100',
      user_id: 'usr_1',
      allowed: true,
      reason: 'POLICY_ALLOW',
      policy_id: 'pol_1',
      policy_version: 3,
      action: 'bridge',
      destination: 'sofia/gateway/pstn/011',
      gateways: ['pstn'],
      emergency: false,
      plan_version: '7',
    },
  });
});

test('the line of a denied call is a warning, and an unknown caller is null', () => {
  const denied = { ...decision, allowed: false, reason: 'RATE_LIMITED', routes: [] } as const;
  expect(callLogLine({ called: '011', userId: undefined }, denied, 7)).toMatchObject({
    level: 'warning',
    message: 'Call to 011 denied by policy Abroad: RATE_LIMITED',
    details: { caller: null, user_id: null, gateways: [] },
  });
});

const policy = { id: 'pol_1', name: 'No calls', priority: 1, version: 1 };

test('a call that a policy denied is an event of the policy', () => {
  const call = { called: '18005550100', caller: '+14155550100' };
  expect(deniedCallEvent(call, { reason: 'POLICY_DENY', policy, emergency: false }, 1001)).toEqual({
    entity: { type: 'policy', id: 'pol_1' },
    description: 'Call to 18005550100 denied: POLICY_DENY',
    severity: 'info',
    fields: { ...call, reason: 'POLICY_DENY', policy_id: 'pol_1', emergency: false },
  });
});

test('a call that no policy decided is an event of the organization', () => {
  expect(deniedCallEvent({ called: '2' }, { reason: 'NO_ROUTE', policy: null, emergency: false }, 1001)).toMatchObject({
    entity: { type: 'org', id: 'org_1001' },
    fields: { caller: null, policy_id: null },
  });
});

test('a denied emergency call is a warning', () => {
  expect(deniedCallEvent({ called: '911' }, { reason: 'POLICY_DENY', policy, emergency: true }, 1001)).toMatchObject({
    severity: 'warning',
    fields: { emergency: true },
  });
});

const noticeOf = (
  call: Parameters<typeof callNotice>[0]['call'],
  of: Parameters<typeof callNotice>[0]['decision'] = decision,
) =>
  callNotice({
    id: 'eml_1',
    to: ['ann@example.com', 'bob@example.com'],
    organization: { org_id: 1_001, name: 'Office' },
    call,
    decision: of,
    at: '2026-11-20T10:00:00.000Z',
    now: '2026-11-20T10:00:01.000Z',
  });

test('a notice names caller, called number and decision', () => {
  expect(noticeOf({ called: '011', caller: '+14155550100', userId: 'usr_1' })).toMatchObject({
    to: ['ann@example.com'],
    cc: ['bob@example.com'],
    subject: 'Call allowed by a dial-plan policy',
    created_at: '2026-11-20T10:00:01.000Z',
    template: 'policy_call_log',
    variables: {
      outcome: 'allowed',
      organization: { id: 'org_1001', name: 'Office' },
      policy: { id: 'pol_1', name: 'Abroad', version: 3 },
      called: '011',
      caller: '+14155550100',
      user: 'usr_1',
      time: '2026-11-20T10:00:00.000Z',
      reason: 'POLICY_ALLOW',
      gateways: 'pstn',
    },
  });
});

test('a notice of a denied call has no gateway, and that of an unknown user no user', () => {
  const { subject, variables } = noticeOf(
    { called: '011', userId: undefined },
    { ...decision, allowed: false, reason: 'RATE_LIMITED', routes: [] },
  );
  expect(subject).toBe('Call denied by a dial-plan policy');
  expect(variables).toMatchObject({ caller: null, user: null, gateways: '', reason: 'RATE_LIMITED' });
});

test('a subject has no text of a tenant or a caller', () => {
  const name = 'Your bank: log in at evil.example';
  const { subject } = noticeOf(
    { called: 'evil.example', caller: 'evil', userId: undefined },
    { ...decision, policy: { ...decision.policy, name } },
  );
  expect(subject).toBe('Call allowed by a dial-plan policy');
});

test('a process tries once per policy and minute, and again after a failure', () => {
  const { isFirst, forget } = noticeThrottle();
  expect([
    isFirst('1/pol_1', 1),
    isFirst('1/pol_1', 1),
    isFirst('1/pol_2', 1),
    isFirst('2/pol_1', 1),
    isFirst('1/pol_1', 2),
    isFirst('1/pol_1', 2),
  ]).toEqual([true, false, true, true, true, false]);
  forget('1/pol_1');
  expect([isFirst('1/pol_1', 2), isFirst('1/pol_1', 2)]).toEqual([true, false]);
});
