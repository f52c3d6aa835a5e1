import { record } from '../../billing/cdr-ingest/filed-cdr.fixture.ts';
import { call } from '#test/support/requests.fixture.ts';
import { manualClock, testDependencies, noon } from '#test/support/dependencies.fixture.ts';
import { organizationOf } from '#test/support/people.fixture.ts';
import { describe, expect, test } from 'vitest';
import { commit } from '#dynamodb/commit.ts';
import { channelWrites } from '#dynamodb/rows/channel.ts';
import { amountOf } from '#schema/money.ts';
import { ledgerDayRow } from '../../billing/charging/row.ts';
import { change } from '#dynamodb/write.ts';
import { startIngestion, messageOf } from '../../billing/cdr-ingest/ingest.fixture.ts';
import { evaluator } from './handler.ts';
import { answerIn, limitedTo, policyOf, type TenantOptions, testEvaluators } from './evaluators.fixture.ts';

const running = testEvaluators();

const tenant = (options?: TenantOptions) => running.tenant(options);

describe("a policy's rate limit", () => {
  test('is counted by all processes together, and answered', async () => {
    const { process } = await tenant({ policies: [limitedTo(3)] });
    const [one, other] = [process(), process()];
    expect(await one.decide()).toMatchObject({
      allowed: true,
      limits: { rate_limit: { limit: 3, remaining: 2, reset: noon.getTime() / 1_000 + 60 } },
    });
    expect(await other.decide()).toMatchObject({ allowed: true, limits: { rate_limit: { remaining: 1 } } });
    expect(await one.decide()).toMatchObject({ allowed: true, limits: { rate_limit: { remaining: 0 } } });
    for (const { decide } of [one, other]) {
      expect(await decide()).toMatchObject({
        allowed: false,
        reason: 'RATE_LIMITED',
        policy: { id: 'pol_1' },
        action: null,
        destination: null,
        routes: [],
        limits: { rate_limit: { remaining: 0 } },
      });
    }
  });

  test('slides into the next minute', async () => {
    const { decide, clock } = await tenant({ policies: [limitedTo(2)] });
    for (let at = 0; at < 2; at += 1) await decide();
    clock.advance(60);
    expect(await decide()).toMatchObject({ reason: 'RATE_LIMITED' });
    clock.advance(30);
    expect(await decide()).toMatchObject({ reason: 'POLICY_ALLOW' });
    expect(await decide()).toMatchObject({ reason: 'RATE_LIMITED' });
  });

  test('from 64 callers at five times the limit allows exactly the limit', async () => {
    const { process } = await tenant({ policies: [limitedTo(40)] });
    const processes = [process(), process(), process(), process()];
    const callers = Array.from({ length: 64 }, async (_item, caller) => {
      const decisions = [];
      for (let turn = caller; turn < 200; turn += 64) decisions.push(await processes[caller % 4]?.decide());
      return decisions;
    });
    const decisions = (await Promise.all(callers)).flat();
    expect(decisions).toHaveLength(200);
    expect(decisions.filter((decision) => decision?.allowed === true)).toHaveLength(40);
  });

  test('is not counted by a dry run', async () => {
    const { decide } = await tenant({ policies: [limitedTo(1)] });
    for (let at = 0; at < 3; at += 1)
      expect(await decide({ dry_run: true })).toMatchObject({
        allowed: true,
        limits: { rate_limit: { remaining: 1 } },
      });
    await decide();
    expect(await decide({ dry_run: true })).toMatchObject({ reason: 'RATE_LIMITED' });
  });

  test('does not hold for a policy that bypasses restrictions, nor for an emergency', async () => {
    const free = await tenant({
      policies: [
        limitedTo(1, { bypass_restrictions: true }),
        policyOf('pol_2', {
          conditions: { pattern: '^911$' },
          actions: { allow: true, gateway: 'pstn', rate_limit: 1 },
        }),
      ],
    });
    for (let at = 0; at < 3; at += 1) {
      expect(await free.decide()).toMatchObject({ allowed: true, limits: { rate_limit: null } });
      expect(await free.decide({ called: '911' })).toMatchObject({ allowed: true, emergency: true });
    }
  });
});

describe('credit', () => {
  const prepaid = {
    accountType: 'prepaid',
    rates: { defaultCallRate: null, defaultSmsRate: null, internationalCallRate: null, tollFreeRate: null },
  } as const;

  test('of an empty prepaid account allows emergency calls only', async () => {
    const { decide } = await tenant({
      profile: prepaid,
      policies: [policyOf('pol_1', {}), policyOf('pol_2', { conditions: { pattern: '^911$' } })],
    });
    expect(await decide()).toMatchObject({
      allowed: false,
      reason: 'NO_CREDIT',
      policy: { id: 'pol_1' },
      destination: null,
    });
    expect(await decide({ dry_run: true })).toMatchObject({ reason: 'NO_CREDIT' });
    expect(await decide({ called: '911' })).toMatchObject({ allowed: true });
  });

  test('of a prepaid account limits a call to the duration that it pays for', async () => {
    // 0.01 to connect, then 0.015 a minute in steps of 6 seconds: 0.04 pays for two minutes.
    const { decide } = await tenant({
      profile: prepaid,
      balance: '0.04',
      policies: [policyOf('pol_1', { actions: { allow: true, gateway: 'pstn', max_duration: 3_600 } })],
    });
    expect(await decide({ called: '14155550100' })).toMatchObject({ allowed: true, limits: { max_duration: 119 } });
  });

  test('of a prepaid account pays for the number that is sent, not for the one that is dialed', async () => {
    const { decide } = await tenant({
      profile: prepaid,
      balance: '0.04',
      policies: [],
      template: {
        rules: [
          { priority: 1, pattern: '^9([0-9]{10})$', action: 'bridge', destination: 'sofia/gateway/pstn/$1' },
          { priority: 2, pattern: '^2', action: 'bridge', destination: `user/$0@example.com` },
        ],
        variables: {},
      },
    });
    expect(await decide({ called: '204' })).toMatchObject({ allowed: true, limits: { max_duration: null } });
    expect(await decide({ called: '94155550100' })).toMatchObject({ allowed: true, limits: { max_duration: 119 } });
  });

  test('of a prepaid account pays for no call without a rate', async () => {
    const policies = [policyOf('pol_1', { conditions: { pattern: '.' } })];
    const { decide } = await tenant({ profile: prepaid, balance: '10', policies });
    expect(await decide({ called: '011442079460000' })).toMatchObject({ allowed: false, reason: 'NO_RATE' });
    expect(await decide({ called: '911' })).toMatchObject({ allowed: true });
    const postpaid = await tenant({ profile: { rates: prepaid.rates }, policies });
    expect(await postpaid.decide({ called: '011442079460000' })).toMatchObject({ allowed: true });
  });

  test('denies and permits calls without a rate as the seller says', async () => {
    const policies = [
      policyOf('pol_1', { conditions: { pattern: '.' }, actions: { allow: true, gateway: 'pstn', max_duration: 60 } }),
    ];
    const [abroad, national] = [{ called: '011442079460000' }, { called: '14155550100' }];
    const limits = { max_duration: 60 };
    const denying = await tenant({ profile: { unratedCalls: 'deny' }, policies });
    expect(await denying.decide(abroad)).toMatchObject({ allowed: false, reason: 'NO_RATE', routes: [] });
    expect(await denying.decide(national)).toMatchObject({ allowed: true, limits });
    expect(await denying.decide({ called: '911' })).toMatchObject({ allowed: true });
    const allowing = await tenant({ profile: { ...prepaid, unratedCalls: 'allow' }, balance: '0.04', policies });
    expect(await allowing.decide(abroad)).toMatchObject({ allowed: true, limits });
    expect(await allowing.decide(national)).toMatchObject({ allowed: true, limits: { max_duration: 59 } });
  });

  test('of a postpaid account costs no calls of the store for prices, unless it denies calls without', async () => {
    const callsOf = async (profile: NonNullable<TenantOptions['profile']>) => {
      const { decide, storeCalls } = await tenant({ profile });
      await decide();
      const before = storeCalls();
      await decide();
      return storeCalls() - before;
    };
    expect(await callsOf({})).toBe(2);
    expect(await callsOf({ unratedCalls: 'allow' })).toBe(2);
    expect(await callsOf({ unratedCalls: 'deny' })).toBe(3);
  });

  test('of a postpaid account ends at its credit limit', async () => {
    const within = await tenant({ profile: { creditLimit: amountOf('1') }, balance: '-0.99' });
    expect(await within.decide()).toMatchObject({ allowed: true, limits: { max_duration: null } });
    const beyond = await tenant({ profile: { creditLimit: amountOf('1') }, balance: '-1' });
    expect(await beyond.decide()).toMatchObject({ reason: 'NO_CREDIT' });
  });
});

describe('the concurrent calls of an organization', () => {
  test('are denied at a cap of 0', async () => {
    const { limits } = organizationOf(1, {});
    const { decide } = await tenant({ organization: { limits: { ...limits, max_concurrent_calls: 0 } } });
    expect(await decide()).toMatchObject({ allowed: false, reason: 'CALL_LIMIT' });
  });
});

describe('calls in progress', () => {
  const { limits } = organizationOf(1, {});
  const begin = (organization: number) =>
    commit(running.store, organization, channelWrites([], [{ kind: 'organization', id: '', direction: 'inbound' }]));

  test('are counted in both directions, and none begins beyond the limit', async () => {
    const { decide, organization } = await tenant({ organization: { limits: { ...limits, max_concurrent_calls: 2 } } });
    await begin(organization);
    expect(await decide()).toMatchObject({ allowed: true });
    await begin(organization);
    expect(await decide()).toMatchObject({ allowed: false, reason: 'CALL_LIMIT' });
  });

  test('do not keep an emergency call from its way', async () => {
    const { decide, organization } = await tenant({
      organization: { limits: { ...limits, max_concurrent_calls: 1 } },
      policies: [policyOf('pol_1', {}), policyOf('pol_2', { conditions: { pattern: '^911$' } })],
    });
    await begin(organization);
    expect(await decide({ called: '911' })).toMatchObject({ allowed: true, emergency: true });
  });
});

describe('the daily spend of an organization', () => {
  const { limits } = organizationOf(1, {});
  const charge = async (organization: number, day: string, parts: readonly bigint[]) =>
    commit(
      running.store,
      organization,
      parts.map((charges, shard) => change(ledgerDayRow, { day, shard }, { set: { day, shard }, add: { charges } })),
    );

  test('ends the calls of the day except emergencies; other days and payments do not count', async () => {
    const { decide, organization } = await tenant({
      organization: { limits: { ...limits, daily_spend: '0.5000' } },
      policies: [policyOf('pol_1', {}), policyOf('pol_2', { conditions: { pattern: '^911$' } })],
    });
    const booked = { day: '2026-11-20', shard: 'ledger' } as const;
    await commit(running.store, organization, [
      change(ledgerDayRow, booked, { set: booked, add: { booked: amountOf('7') } }),
    ]);
    for (const day of ['2026-11-19', '2026-11-21']) await charge(organization, day, [amountOf('9')]);
    await charge(organization, '2026-11-20', [amountOf('0.3'), amountOf('0.1999')]);
    expect(await decide()).toMatchObject({ allowed: true });
    await charge(organization, '2026-11-20', [amountOf('0.0001')]);
    expect(await decide()).toMatchObject({
      allowed: false,
      reason: 'SPEND_LIMIT',
      policy: { id: 'pol_1' },
      destination: null,
    });
    expect(await decide({ dry_run: true })).toMatchObject({ reason: 'SPEND_LIMIT' });
    expect(await decide({ called: '911' })).toMatchObject({ allowed: true });
  });

  test('may be nothing', async () => {
    const { decide } = await tenant({ organization: { limits: { ...limits, daily_spend: '0.0000' } } });
    expect(await decide()).toMatchObject({ reason: 'SPEND_LIMIT' });
  });

  test('counts the charges of rated calls', async () => {
    const { decide, organization } = await tenant({
      organization: { limits: { ...limits, daily_spend: '0.02' } },
      balance: '1',
    });
    expect(await decide()).toMatchObject({ allowed: true });
    const today = record('today', { start_time: '2026-11-20T11:00:00Z', end_time: '2026-11-20T11:01:00Z' });
    expect(
      await startIngestion(running.store, { clock: () => noon }).deliver({ m1: messageOf(organization, [today]) }),
    ).toEqual([]);
    expect(await decide()).toMatchObject({ reason: 'SPEND_LIMIT' });
  });
});

describe('a suspended organization', () => {
  test('has no calls except emergencies', async () => {
    const { organization } = await tenant({
      organization: { status: 'suspended' },
      policies: [policyOf('pol_1', {}), policyOf('pol_2', { conditions: { pattern: '^911$' } })],
    });
    const token = await running.tenants.join(1000, { user: { roles: ['operator'] } });
    const handler = evaluator(testDependencies(running.store, { clock: manualClock(noon.toISOString()) }));
    const decided = async (called: string) =>
      answerIn(await call(handler, 'POST /dialplan/evaluate', { token, json: { called, org_id: organization } }))
        .decision;
    expect(await decided('18005550100')).toMatchObject({ allowed: false, reason: 'CALL_LIMIT' });
    expect(await decided('911')).toMatchObject({ allowed: true });
  });
});
