import { expect, test } from 'vitest';
import { planPolicyOf } from './plan.fixture.ts';
import { type PolicyActions, type PolicyConditions } from '../schema/policy.ts';
import { TemplateFields } from '../schema/dialplan-template.ts';
import { type Call, decide, type Decision } from './decide.ts';
import { emptyPlan } from './plan-change.ts';
import { compilePlan, type Locale, type Plan, type PlanPolicy } from './plan.ts';

type Wanted = { id?: string; name?: string; priority?: number; conditions: PolicyConditions; actions: PolicyActions };

const noon = Date.parse('2026-03-02T12:00:00Z');

const policy = (wanted: Wanted): PlanPolicy => planPolicyOf({ priority: 100, version: 3, ...wanted });

const office = TemplateFields.parse({
  name: 'Standard Office Template',
  rules: [
    { priority: 1, pattern: '^9([0-9]{10})$', action: 'bridge', destination: 'sofia/gateway/pstn/$1' },
    { priority: 2, pattern: '^([2-8][0-9]{2})$', action: 'bridge', destination: `user/$1@\${domain}` },
    { priority: 3, pattern: '^(911|112)$', action: 'bridge', destination: 'sofia/gateway/emergency/$1' },
  ],
  variables: { domain: 'sip.example.com' },
});

function decideCall(call: Call | string, policies: Wanted[], over: Partial<Plan & Locale> = {}): Decision {
  const { timezone = 'UTC', country = 'US', ...rest } = over;
  const plan = { ...emptyPlan, template: office, policies: policies.map(policy), ...rest };
  return decide(compilePlan(plan, { timezone, country }), typeof call === 'string' ? { called: call } : call, noon);
}

const international = { pattern: '^011[0-9]+$', user_groups: ['international_enabled'] };

test('without a policy the template decides', () => {
  expect(decideCall('92125550100', [])).toEqual({
    allowed: true,
    reason: 'TEMPLATE',
    policy: null,
    rule: { priority: 1, pattern: '^9([0-9]{10})$' },
    action: 'bridge',
    destination: 'sofia/gateway/pstn/2125550100',
    captures: ['2125550100'],
    routes: [{ gateway: null, name: 'pstn', destination: 'sofia/gateway/pstn/2125550100', status: 'unmanaged' }],
    limits: { max_duration: null, rate_limit: null },
    record: false,
    bypass_restrictions: false,
    emergency: false,
  });
});

test('a destination that is not a gateway has no routes', () => {
  expect(decideCall('201', [])).toMatchObject({ destination: 'user/201@sip.example.com', routes: [] });
});

test('a number that nothing matches has no route', () => {
  expect(decideCall('0', [])).toMatchObject({
    allowed: false,
    reason: 'NO_ROUTE',
    policy: null,
    action: null,
    destination: null,
  });
  expect(decideCall('92125550100', [], { template: null })).toMatchObject({ allowed: false, reason: 'NO_ROUTE' });
});

test('a policy routes over its gateway, then its fail-overs', () => {
  const tollFree = { pattern: '^1(800|888)[0-9]{7}$' };
  const actions = { allow: true, gateway: 'tollfree_gateway', failover_gateways: ['pstn'], max_duration: 3600 };
  expect(decideCall('18005550100', [{ name: 'Toll-Free', conditions: tollFree, actions }])).toEqual({
    allowed: true,
    reason: 'POLICY_ALLOW',
    policy: { id: 'pol_1', name: 'Toll-Free', priority: 100, version: 3 },
    rule: null,
    action: 'bridge',
    destination: 'sofia/gateway/tollfree_gateway/18005550100',
    captures: ['800'],
    routes: [
      {
        gateway: null,
        name: 'tollfree_gateway',
        destination: 'sofia/gateway/tollfree_gateway/18005550100',
        status: 'unmanaged',
      },
      { gateway: null, name: 'pstn', destination: 'sofia/gateway/pstn/18005550100', status: 'unmanaged' },
    ],
    limits: { max_duration: 3600, rate_limit: null },
    record: false,
    bypass_restrictions: false,
    emergency: false,
  });
});

test('a policy without a gateway is dialed by the template, with the captures of its rule', () => {
  expect(decideCall('92125550100', [{ conditions: { pattern: '^(9)' }, actions: { allow: true } }])).toMatchObject({
    allowed: true,
    reason: 'POLICY_ALLOW',
    policy: { id: 'pol_1' },
    rule: { priority: 1 },
    captures: ['2125550100'],
    routes: [{ name: 'pstn' }],
  });
});

test('an allowed call that neither gateway nor template takes has no route', () => {
  expect(decideCall('0', [{ conditions: { pattern: '0' }, actions: { allow: true } }])).toMatchObject({
    allowed: false,
    reason: 'NO_ROUTE',
    policy: { id: 'pol_1' },
    action: null,
  });
});

test('the first policy that applies decides', () => {
  const deny = { id: 'pol_1', priority: 2, conditions: { pattern: '^9' }, actions: { allow: false } };
  const allow = { id: 'pol_2', priority: 1, conditions: { pattern: '^92' }, actions: { allow: true } };
  expect(decideCall('92125550100', [deny, allow])).toMatchObject({ allowed: true, policy: { id: 'pol_2' } });
  expect(decideCall('93125550100', [deny, allow])).toMatchObject({
    allowed: false,
    reason: 'POLICY_DENY',
    policy: { id: 'pol_1' },
  });
});

test('an allow policy restricts a call to the callers that meet its conditions', () => {
  const gate = { conditions: international, actions: { allow: true, gateway: 'intl' } };
  expect(decideCall('01144123', [gate])).toMatchObject({
    allowed: false,
    reason: 'NOT_IN_GROUP',
    policy: { id: 'pol_1' },
  });
  expect(decideCall({ called: '01144123', groups: ['INTERNATIONAL_enabled'] }, [gate])).toMatchObject({
    allowed: true,
    reason: 'POLICY_ALLOW',
  });
});

test('a gate denies a call that the template would take', () => {
  expect(
    decideCall('92125550100', [{ conditions: { pattern: '^9', caller_id_required: true }, actions: { allow: true } }]),
  ).toMatchObject({
    allowed: false,
    reason: 'CALLER_ID_REQUIRED',
  });
});

test('a later policy that applies takes precedence over an earlier gate', () => {
  const gate = { id: 'pol_1', priority: 1, conditions: international, actions: { allow: true } };
  const open = { id: 'pol_2', priority: 2, conditions: { pattern: '^011' }, actions: { allow: true, gateway: 'intl' } };
  expect(decideCall('01144123', [gate, open])).toMatchObject({ allowed: true, policy: { id: 'pol_2' } });
});

test('of several gates the first gives the reason', () => {
  const hours = { start: '01:00', end: '02:00' };
  const first = {
    id: 'pol_1',
    priority: 1,
    conditions: { pattern: '9', time_of_day: hours, caller_id_required: true },
    actions: { allow: true },
  };
  const second = {
    id: 'pol_2',
    priority: 2,
    conditions: { pattern: '9', user_groups: ['vip'] },
    actions: { allow: true },
  };
  expect(decideCall('92125550100', [second, first])).toMatchObject({
    reason: 'OUTSIDE_HOURS',
    policy: { id: 'pol_1' },
  });
});

test('a deny policy whose conditions fail is no gate: the template decides', () => {
  const nightly = {
    conditions: { pattern: '^9', time_of_day: { start: '20:00', end: '06:00' } },
    actions: { allow: false },
  };
  expect(decideCall('92125550100', [nightly])).toMatchObject({ allowed: true, reason: 'TEMPLATE', policy: null });
});

test('a policy that bypasses restrictions decides first, and the decision says so', () => {
  const emergency = {
    id: 'pol_2',
    priority: 900,
    conditions: { pattern: '^(911|112|999)$' },
    actions: { allow: true, gateway: 'emergency_pstn', bypass_restrictions: true },
  };
  const deny = { id: 'pol_1', priority: 1, conditions: { pattern: '.' }, actions: { allow: false } };
  expect(decideCall('999', [deny, emergency])).toMatchObject({
    allowed: true,
    policy: { id: 'pol_2' },
    bypass_restrictions: true,
  });
});

test.each([
  [{ allow: true, record: true }, true],
  [{ allow: true, gateway: 'pstn', record: true }, true],
  [{ allow: true }, false],
  [{ allow: false, record: true }, false],
])('the decision of a policy with the actions %j has record: %s', (actions, record) => {
  expect(decideCall('92125550100', [{ conditions: { pattern: '^9' }, actions }])).toMatchObject({ record });
});

test('no gate denies an emergency call that the template can take', () => {
  const gate = { conditions: { pattern: '.*', user_groups: ['vip'] }, actions: { allow: true } };
  expect(decideCall('911', [gate])).toMatchObject({
    allowed: true,
    reason: 'TEMPLATE',
    policy: null,
    emergency: true,
    rule: { priority: 3 },
  });
  expect(decideCall('999', [gate])).toMatchObject({ allowed: false, reason: 'NOT_IN_GROUP', emergency: false });
  expect(decideCall('911', [gate], { template: null })).toMatchObject({
    allowed: false,
    reason: 'NOT_IN_GROUP',
    emergency: true,
  });
});

test('a deny policy denies an emergency number', () => {
  expect(decideCall('911', [{ conditions: { pattern: '911' }, actions: { allow: false } }])).toMatchObject({
    reason: 'POLICY_DENY',
    emergency: true,
  });
});

test('emergency numbers are those of the country, and always 112 and 911', () => {
  const emergency = (called: string, country: string) => decideCall(called, [], { country }).emergency;
  expect(['999', '112', '911', '110'].map((number) => emergency(number, 'GB'))).toEqual([true, true, true, false]);
  expect(['110', '999'].map((number) => emergency(number, 'DE'))).toEqual([true, false]);
});

test('the trace has the outcome of each matching policy, on request', () => {
  const policies = [
    {
      id: 'pol_1',
      name: 'one',
      priority: 1,
      conditions: { pattern: '9', user_groups: ['vip'] },
      actions: { allow: true },
    },
    { id: 'pol_2', name: 'two', priority: 2, conditions: { pattern: '8' }, actions: { allow: true } },
    { id: 'pol_3', name: 'three', priority: 3, conditions: { pattern: '^9' }, actions: { allow: true } },
    { id: 'pol_4', name: 'four', priority: 4, conditions: { pattern: '.' }, actions: { allow: false } },
  ];
  expect(decideCall({ called: '92125550100', explain: true }, policies).trace).toEqual([
    { policy_id: 'pol_1', name: 'one', priority: 1, outcome: 'NOT_IN_GROUP' },
    { policy_id: 'pol_3', name: 'three', priority: 3, outcome: 'applied' },
    { policy_id: 'pol_4', name: 'four', priority: 4, outcome: 'matched' },
  ]);
  expect(decideCall('92125550100', policies)).not.toHaveProperty('trace');
});
