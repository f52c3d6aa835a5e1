import { describe, expect, test } from 'vitest';
import { organizationOf } from '#test/support/people.fixture.ts';
import { noon } from '#test/support/dependencies.fixture.ts';
import { commit } from '#dynamodb/commit.ts';
import { gatewayHealthRow } from '#dynamodb/rows/gateway-health.ts';
import { gatewayRow } from '#dynamodb/rows/gateway.ts';
import { trunkRow } from '#dynamodb/rows/trunk.ts';
import { create, overwrite } from '#dynamodb/write.ts';
import { amountOf } from '#schema/money.ts';
import { unknownHealth } from '#telephony/gateway-health.ts';
import type { NumberFormat } from '#telephony/number-format.ts';
import { chargesRow, ledgerDayRow } from '../../billing/charging/row.ts';
import { newGateway } from '../../telephony/sip-gateways/sip-gateway.ts';
import { newTrunk } from '../../telephony/sip-trunks/sip-trunk.ts';
import { policyOf, type TenantOptions, testEvaluators } from './evaluators.fixture.ts';

/** Which number a call is priced by, with gateways and trunks that are stored. */

const running = testEvaluators();

const now = noon.toISOString();
const policies = [
  policyOf('pol_1', {
    conditions: { pattern: '.' },
    actions: { allow: true, gateway: 'first', failover_gateways: ['spare'] },
  }),
];
/** 0.01 to connect, then 0.015 a minute in steps of 6 seconds to +1: 0.04 pays for two minutes. Else no rate. */
const prepaid = { accountType: 'prepaid' } as const;
const { limits } = organizationOf(1_001);
const routing = (name: string, { strip = 0, prefix = '' } = {}) => ({
  id: `gw_${name}`,
  name,
  enabled: true,
  prefix,
  strip,
});

/** A tenant whose gateway `first` uses a trunk of this format. */
async function tenantWith(number_format: NumberFormat | null, options: TenantOptions = {}) {
  const tenant = await running.tenant({
    profile: prepaid,
    balance: '0.04',
    policies,
    gateways: [routing('first'), routing('spare', { strip: 1 })],
    ...options,
  });
  const { organization } = tenant;
  const identity = { organization, now };
  const trunk = { name: 'PBX', host: 'sip.example.com', number_format };
  await commit(running.store, organization, [
    create(trunkRow, newTrunk(trunk, null, { ...identity, id: 'trunk_1', type: 'carrier' })),
    create(gatewayRow, newGateway({ name: 'first', trunk_id: 'trunk_1' }, null, { ...identity, id: 'gw_first' })),
    create(gatewayRow, newGateway({ name: 'spare', host: 'b.example' }, null, { ...identity, id: 'gw_spare' })),
  ]);
  return tenant;
}

const dialed = { called: '14155550100' };
/** London at ten times the price of the US. */
const london = {
  ...prepaid,
  tariffId: null,
  rates: {
    defaultCallRate: amountOf('0.06'),
    defaultSmsRate: null,
    internationalCallRate: amountOf('0.6'),
    tollFreeRate: null,
  },
} as const;

describe('a call is priced by its number', () => {
  test('in the format of the trunk of its gateway', async () => {
    const called = { called: '94155550100' };
    const only = {
      policies: [policyOf('pol_1', { conditions: { pattern: '.' }, actions: { allow: true, gateway: 'first' } })],
    };
    expect(await (await tenantWith(null, only)).decide(called)).toMatchObject({ allowed: false, reason: 'NO_RATE' });
    const formatted = await tenantWith({ strip: ['9'] }, only);
    expect(await formatted.decide(called)).toMatchObject({ allowed: true, limits: { max_duration: 119 } });
  });

  test('with the prefix of the gateway, whatever was dialed', async () => {
    const gateways = [routing('first', { strip: 1, prefix: '0044' }), routing('spare', { strip: 1, prefix: '0044' })];
    const of = (number: string) => ({ called: `1${number}` });
    // 0.06 pays for a minute to the US, and for 6 seconds to London.
    const tenant = await tenantWith(null, { gateways, profile: london, balance: '0.06' });
    expect(await tenant.decide(of('2079460000'))).toMatchObject({ allowed: true, limits: { max_duration: 5 } });
    const plain = await tenantWith(null, { profile: london, balance: '0.06' });
    expect(await plain.decide(of('2079460000'))).toMatchObject({ allowed: true, limits: { max_duration: 59 } });
  });

  test('by the dearest of its routes, as a cheap gateway may fail', async () => {
    const gateways = [routing('first'), routing('spare', { strip: 1, prefix: '+44' })];
    const { decide } = await tenantWith(null, { gateways, profile: london, balance: '0.06' });
    expect(await decide({ called: '12079460000', call_id: 'dear' })).toMatchObject({
      allowed: true,
      limits: { max_duration: 5, reservation: { amount: '0.0600' } },
    });
  });

  test('and goes over no gateway whose number has no rate', async () => {
    const gateways = [routing('first', { prefix: '#' }), routing('spare')];
    const { decide } = await tenantWith(null, { gateways });
    expect(await decide(dialed)).toMatchObject({
      allowed: true,
      destination: 'sofia/gateway/spare/14155550100',
      routes: [{ gateway: 'gw_spare' }],
      limits: { max_duration: 119 },
    });
  });

  test('as the first gateway is sent it, which is the next one while that is down', async () => {
    const { organization, decide } = await tenantWith(null);
    const called = { called: '94155550100' };
    expect(await decide({ ...called, dry_run: true })).toMatchObject({
      destination: 'sofia/gateway/spare/4155550100',
      routes: [{}],
    });
    const down = { ...unknownHealth, id: 'gw_first', version: 1, status: 'down' as const };
    await commit(running.store, organization, [overwrite(gatewayHealthRow, down)]);
    expect(await decide(called)).toMatchObject({ allowed: true, limits: { max_duration: 119 } });
  });

  test('at no cost of the store for a postpaid account that permits calls without a rate', async () => {
    const callsOf = async (profile: NonNullable<TenantOptions['profile']>) => {
      const { decide, storeCalls } = await tenantWith({ strip: ['9'] }, { profile });
      await decide();
      const before = storeCalls();
      expect(await decide({ called: '94155550100' })).toMatchObject({ allowed: true });
      return storeCalls() - before;
    };
    const permits = await callsOf({});
    expect(await callsOf({ unratedCalls: 'deny' })).toBeGreaterThan(permits);
    // The session with plan and profile, the health of the gateways, and the balance.
    expect(permits).toBe(3);
  });
});

describe('an impossible number', () => {
  const policies = [policyOf('pol_1', { conditions: { pattern: '.' }, actions: { allow: true, gateway: 'first' } })];
  const permissive = { profile: { unratedCalls: 'allow' }, policies, balance: '10' } as const;

  test.each([
    ['0044207946000099999', 'with digits behind a number abroad'],
    ['14155550100999', 'with digits behind a national number'],
    ['+4420794600001234567', 'longer than any number'],
  ])('reaches no carrier, though its seller permits calls without a rate: %s, %s', async (called) => {
    const { decide } = await tenantWith(null, permissive);
    expect(await decide({ called })).toMatchObject({ allowed: false, reason: 'NO_RATE', routes: [] });
    expect(await decide({ called: '204' })).toMatchObject({ allowed: true });
  });

  test('is what the gateway makes of it, in the format of its trunk', async () => {
    const gateways = [routing('first', { prefix: '000' }), routing('spare', { strip: 1 })];
    const called = { called: '94155550100' };
    const both = [policyOf('pol_1', { actions: { allow: true, gateway: 'first', failover_gateways: ['spare'] } })];
    const all = both.map((policy) => ({ ...policy, conditions: { pattern: '.' } }));
    const { decide } = await tenantWith(null, { ...permissive, policies: all, gateways });
    expect(await decide(called)).toMatchObject({ allowed: true, routes: [{ gateway: 'gw_spare' }] });
    const formatted = await tenantWith({ strip: ['0009'] }, { ...permissive, policies: all, gateways });
    expect(await formatted.decide(called)).toMatchObject({
      routes: [{ gateway: 'gw_first' }, { gateway: 'gw_spare' }],
    });
  });
});

describe('a call that costs nothing is not denied for money', () => {
  const template = (destination: string) => ({
    policies: [],
    template: { rules: [{ priority: 1, pattern: '^.*$', action: 'bridge' as const, destination }], variables: {} },
  });
  const inside = template('user/$0@office.example');
  const free = { rates: { ...london.rates, defaultCallRate: amountOf('0') } };
  const owing = async (options: TenantOptions) => {
    const tenant = await running.tenant(options);
    await commit(running.store, tenant.organization, [
      create(chargesRow, { period: '2026-11', shard: 0, charges: 110_000 }),
      create(ledgerDayRow, { day: '2026-11-20', shard: 0, charges: 110_000, calls: 1, seconds: 1 }),
    ]);
    return tenant;
  };

  test.each<[string, TenantOptions]>([
    ['a customer that owes more than its credit limit', {}],
    ['a prepaid account without balance', { profile: prepaid }],
    [
      'an organization that has spent what it may in a day',
      { organization: { limits: { ...limits, daily_spend: '0.1' } } },
    ],
  ])('of %s', async (_whose, options) => {
    const calls = await owing({ ...options, ...inside });
    expect(await calls.decide({ called: '204' })).toMatchObject({
      allowed: true,
      destination: 'user/204@office.example',
    });
    const credit = options.organization === undefined ? {} : { creditLimit: amountOf('10') };
    const out = template('sofia/gateway/pstn/$0');
    const charged = { ...london, accountType: 'postpaid' as const, ...options.profile, ...credit };
    const dear = await owing({ ...options, ...out, profile: charged });
    expect(await dear.decide(dialed)).toMatchObject({
      reason: options.organization === undefined ? 'NO_CREDIT' : 'SPEND_LIMIT',
    });
    const cheap = await owing({ ...options, ...out, profile: { ...charged, rates: free.rates } });
    expect(await cheap.decide(dialed)).toMatchObject({ allowed: true });
    expect(await cheap.decide({ called: '442079460000' })).toMatchObject({ allowed: false });
    expect(await dear.decide({ called: '911' })).toMatchObject({ allowed: true });
  });

  test('but one without a rate may be rated later, and is', async () => {
    const { decide } = await owing({ ...template('sofia/gateway/pstn/$0'), profile: { unratedCalls: 'allow' } });
    expect(await decide({ called: '442079460000' })).toMatchObject({ allowed: false, reason: 'NO_CREDIT' });
  });
});
