import { describe, expect, test } from 'vitest';
import { organizationOf } from '#test/support/people.fixture.ts';
import { commit } from '#dynamodb/commit.ts';
import { create } from '#dynamodb/write.ts';
import { amountOf } from '#schema/money.ts';
import { chargesRow, ledgerDayRow } from '../../billing/charging/row.ts';
import type { PolicyFields } from '../schema/policy.ts';
import { policyOf, type TenantOptions, testEvaluators } from './evaluators.fixture.ts';

/** Each limit, by who sets it, with and without a policy that bypasses restrictions, and for emergency calls. */

const running = testEvaluators();

type Limit = TenantOptions & {
  /** What the policy of the organization sets. */
  readonly actions?: Partial<PolicyFields['actions']>;
  readonly called?: string;
};

const { limits } = organizationOf(1_001);
const noRates = { defaultCallRate: null, defaultSmsRate: null, internationalCallRate: null, tollFreeRate: null };
const filled = { balance: '10', profile: { accountType: 'prepaid', rates: noRates } } as const;

/** Reached limits that the seller or the operator sets, by the reason. */
const ofSeller: Readonly<Record<string, { readonly reason: string; readonly limit: Limit }>> = {
  suspension: { reason: 'CALL_LIMIT', limit: { ...filled, organization: { status: 'suspended' } } },
  'a prepaid balance': { reason: 'NO_CREDIT', limit: { ...filled, balance: '0' } },
  'a credit limit': { reason: 'NO_CREDIT', limit: { organization: { name: 'owes' } } },
  'calls without a rate': { reason: 'NO_RATE', limit: { ...filled, called: '0044207946000099' } },
  'calls in progress': {
    reason: 'CALL_LIMIT',
    limit: { organization: { limits: { ...limits, max_concurrent_calls: 0 } } },
  },
  'daily spend': {
    reason: 'SPEND_LIMIT',
    limit: { organization: { limits: { ...limits, daily_spend: '0.05' } }, profile: { creditLimit: amountOf('10') } },
  },
};

/** Whose accounts have charges: 0.0955 of the day. */
const charged = new Set(['a credit limit', 'daily spend']);

/** A tenant that has reached a limit, with a policy for every number. */
async function tenantAt(name: string, { actions = {}, policies = [], ...options }: Limit) {
  const policy = policyOf('pol_1', {
    priority: 50,
    conditions: { pattern: '.' },
    actions: { allow: true, gateway: 'pstn', ...actions },
  });
  const tenant = await running.deciderFor({ ...options, policies: [policy, ...policies] });
  if (charged.has(name)) {
    const period = { period: '2026-11', shard: 0 };
    const day = { day: '2026-11-20', shard: 0 };
    await commit(running.store, tenant.organization, [
      create(chargesRow, { ...period, charges: 95_500 }),
      create(ledgerDayRow, { ...day, charges: 95_500, calls: 1, seconds: 342 }),
    ]);
  }
  const { decider, call } = tenant;
  return { ...tenant, decideCall: async (dialed = '18005550100') => decider.decide(call({ called: dialed })) };
}

const bypassing = [false, true].map((bypass_restrictions) => ({ bypass_restrictions }));

describe('what the seller sets holds for each policy of its customer', () => {
  const cases = Object.entries(ofSeller).flatMap(([name, { reason, limit }]) =>
    bypassing.map((actions) => ({ name, reason, limit, actions, bypass: actions.bypass_restrictions })),
  );

  test.each(cases)('$name, bypassed: $bypass', async ({ name, reason, limit, actions }) => {
    const { decideCall } = await tenantAt(name, { ...limit, actions });
    expect(await decideCall(limit.called)).toMatchObject({ allowed: false, reason, ...actions });
  });

  test.each(cases)('$name denies no emergency call, bypassed: $bypass', async ({ name, limit, actions }) => {
    const { decideCall } = await tenantAt(name, { ...limit, actions });
    for (const dialed of ['911', '112'])
      expect(await decideCall(dialed)).toMatchObject({ allowed: true, destination: `sofia/gateway/pstn/${dialed}` });
  });
});

describe('what the organization sets for itself', () => {
  const gates: readonly (readonly [string, PolicyFields['conditions']])[] = [
    ['NOT_IN_GROUP', { pattern: '.', user_groups: ['vip'] }],
    ['OUTSIDE_HOURS', { pattern: '.', time_of_day: { start: '01:00', end: '02:00', timezone: 'UTC' } }],
    ['CALLER_ID_REQUIRED', { pattern: '.', caller_id_required: true }],
  ];

  test.each(gates)(
    'a gate (%s) holds unless a policy bypasses it, and never for an emergency call',
    async (reason, conditions) => {
      const gate = policyOf('pol_gate', { priority: 1, conditions, actions: { allow: true, gateway: 'vip' } });
      const template = {
        rules: [{ priority: 1, pattern: '.', action: 'bridge' as const, destination: 'sofia/gateway/pstn/$0' }],
        variables: {},
      };
      const gated = await running.tenant({ policies: [gate], template });
      expect(await gated.decide()).toMatchObject({ allowed: false, reason });
      expect(await gated.decide({ called: '911' })).toMatchObject({ allowed: true });
      const bypassed = await tenantAt('gate', { policies: [gate], actions: { bypass_restrictions: true } });
      expect(await bypassed.decide()).toMatchObject({ allowed: true, destination: 'sofia/gateway/pstn/18005550100' });
    },
  );

  test.each([
    [false, 'RATE_LIMITED'],
    [true, 'POLICY_ALLOW'],
  ])('a rate limit, bypassed: %s', async (bypass_restrictions, reason) => {
    const { decide } = await tenantAt('rate', { actions: { rate_limit: 1, bypass_restrictions } });
    await decide();
    expect(await decide()).toMatchObject({ reason });
    expect(await decide({ called: '911' })).toMatchObject({ allowed: true });
  });

  test('a policy that bypasses restrictions reserves as any other does', async () => {
    const { decide } = await tenantAt('reserved', {
      ...filled,
      actions: { bypass_restrictions: true, max_duration: 600 },
    });
    expect((await decide()).limits).toMatchObject({ max_duration: 599, reservation: { amount: '0.1600' } });
  });
});

describe('a call for help in another spelling', () => {
  const template = {
    rules: [{ priority: 1, pattern: '^9([0-9]+)$', action: 'bridge' as const, destination: 'sofia/gateway/pstn/$1' }],
    variables: {},
  };
  const own = { ...filled, balance: '0', policies: [], template };

  test.each(['911', '+911', '+1911'])('%s is one', async (called) => {
    const { decide } = await running.tenant(own);
    const destination = 'sofia/gateway/pstn/911';
    expect(await decide({ called })).toMatchObject({ allowed: true, emergency: true, destination });
  });

  test('that a rule of the template makes one of is one', async () => {
    const { decide } = await running.tenant(own);
    const destination = 'sofia/gateway/pstn/911';
    expect(await decide({ called: '9911' })).toMatchObject({ allowed: true, emergency: true, destination });
    expect(await decide({ called: '914155550100' })).toMatchObject({ allowed: false, emergency: false });
  });
});

describe('an emergency number lifts no limit of another number', () => {
  const empty = { ...filled, balance: '0' };
  const to = (destination: string) => ({
    rules: [{ priority: 1, pattern: '^911$', action: 'bridge' as const, destination }],
    variables: {},
  });

  test('that a rule of the template sends instead: the call goes over its gateway with the dialed one', async () => {
    const template = to('sofia/gateway/pstn/442079460000');
    const { decide } = await running.tenant({ ...empty, policies: [], template });
    expect(await decide({ called: '911' })).toMatchObject({ allowed: true, destination: 'sofia/gateway/pstn/911' });
  });

  test('that a gateway makes of it by its prefix', async () => {
    const gateways = [{ id: 'gw_1', name: 'carrier', enabled: true, prefix: '442079460', strip: 0 }];
    const policies = [
      policyOf('pol_1', { conditions: { pattern: '^911$' }, actions: { allow: true, gateway: 'carrier' } }),
    ];
    for (const of of [policies, []]) {
      const { decide } = await running.tenant({ ...empty, gateways, policies: of });
      expect(await decide({ called: '911' })).toMatchObject({
        allowed: true,
        destination: 'sofia/gateway/carrier/911',
        routes: [{ gateway: 'gw_1' }],
      });
    }
  });

  test('and one that can be paid goes where the organization sends it', async () => {
    const rates = { ...noRates, internationalCallRate: amountOf('0.6') };
    const template = to('sofia/gateway/pstn/+442079460000');
    const { decide } = await running.tenant({
      ...filled,
      profile: { ...filled.profile, rates },
      policies: [],
      template,
    });
    expect(await decide({ called: '911' })).toMatchObject({
      allowed: true,
      destination: 'sofia/gateway/pstn/+442079460000',
      limits: { reservation: { amount: '10.0000' } },
    });
  });
});
