import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { call, handClock, testDependencies } from '../../../test/support/accounts.fixture.ts';
import { plainDependencies } from '../../../test/support/outside.fixture.ts';
import { startStore, type TestStore } from '../../../test/support/store.fixture.ts';
import { noon, organizationOf, tenantsIn, type Tenants } from '../../../test/support/tenants.fixture.ts';
import { commit } from '../../../shared/dynamodb/commit.ts';
import { emailRow } from '../../../shared/dynamodb/rows/email.ts';
import type { OrganizationItem } from '../../../shared/dynamodb/rows/organization.ts';
import { logRow } from '../../../shared/dynamodb/rows/log.ts';
import { tableFor } from '../../../shared/dynamodb/table.ts';
import { amountOf } from '../../../shared/schema/money.ts';
import type { BillingProfile } from '../../billing/billing-profiles/billing-profile.ts';
import { creditRow, ledgerDayRow } from '../../billing/billing-profiles/row.ts';
import { change, create } from '../../../shared/dynamodb/write.ts';
import { recorder, systemOrigin } from '../../../shared/runtime/event-record.ts';
import { addAccount, eventsOf, ingestionOn, messageOf, record } from '../../billing/cdr-ingest/ingest.fixture.ts';
import { newPolicy, type PolicyFields } from '../dialplan-policies/policy.ts';
import { policyRow } from '../dialplan-policies/row.ts';
import { evaluator } from './handler.ts';
import { planPolicy, type PlanEdit } from './plan.ts';
import { planEditWrites, readPlan } from './row.ts';

let running: TestStore;
let tenants: Tenants;
beforeAll(async () => {
  running = await startStore();
  tenants = await tenantsIn(running.store);
});
afterAll(() => running.stop());

type Decision = {
  readonly allowed: boolean;
  readonly reason: string;
  readonly destination: string | null;
  readonly limits: { readonly max_duration: number | null; readonly rate_limit: { readonly remaining: number } | null };
};
type Answer = {
  readonly decision: Decision;
  readonly results: readonly Decision[];
  readonly changed?: readonly unknown[];
  readonly summary?: unknown;
  readonly error: { readonly code: string };
};

const answerIn = ({ body }: { readonly body: unknown }): Answer => body as Answer;

const policyOf = (id: string, fields: Partial<PolicyFields>) =>
  newPolicy(
    {
      name: id,
      description: undefined,
      status: 'active',
      priority: 10,
      conditions: { pattern: '^1' },
      actions: { allow: true, gateway: 'pstn' },
      ...fields,
    },
    id,
    { group_ids: {} },
    { by: 'usr_1', at: noon.toISOString() },
  );
const limitedTo = (rate_limit: number, more: Partial<PolicyFields['actions']> = {}) =>
  policyOf('pol_1', { actions: { allow: true, gateway: 'pstn', rate_limit, ...more } });

let last = 5_000;
type Wanted = {
  readonly policies?: readonly ReturnType<typeof policyOf>[];
  readonly organization?: Partial<OrganizationItem>;
  readonly profile?: Partial<BillingProfile>;
  readonly balance?: string;
};

/** An organization with a plan and an account, and processes that decide its calls. */
async function tenant({
  policies = [policyOf('pol_1', {})],
  organization: more = {},
  profile = {},
  balance,
}: Wanted = {}) {
  const organization = (last += 1);
  const token = await tenants.join(organization, { organization: more });
  await addAccount(running.store, organization, { ...more, profile });
  for (const policy of policies) {
    const edit: PlanEdit = { kind: 'policy-put', policy: planPolicy(policy) };
    const plan = await readPlan(
      tableFor<'planhead'>(running.store, organization),
      recorder({ origin: systemOrigin, organization, now: noon, nextId: plainDependencies().nextId }),
    );
    await commit(running.store, organization, [
      create(policyRow, policy),
      ...planEditWrites(plan, edit, { policies: 1 }),
    ]);
  }
  if (balance !== undefined)
    await commit(running.store, organization, [change(creditRow, {}, { add: { credits: amountOf(balance) } })]);
  const clock = handClock(noon.toISOString());
  const process = () => {
    const handler = evaluator(testDependencies(running.store, { clock }));
    const ask = async (
      route: 'evaluate' | 'evaluate/batch',
      json: object,
    ): Promise<Answer & { readonly status: number }> => {
      const { status, body } = await call(handler, `POST /dialplan/${route}`, { token, json });
      return { status, ...answerIn({ body }) };
    };
    return {
      ask,
      settled: handler.settled,
      decide: async (json: object = {}) => (await ask('evaluate', { called: '18005550100', ...json })).decision,
    };
  };
  return { organization, clock, process, ...process() };
}

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
    const callers = Array.from({ length: 64 }, async (_, caller) => {
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
    expect(await decide({ called: '14155550100' })).toMatchObject({ allowed: true, limits: { max_duration: 120 } });
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

describe('the daily spend of an organization', () => {
  const { limits } = organizationOf(1, {});
  const charged = async (organization: number, day: string, parts: readonly bigint[]) =>
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
    for (const day of ['2026-11-19', '2026-11-21']) await charged(organization, day, [amountOf('9')]);
    await charged(organization, '2026-11-20', [amountOf('0.3'), amountOf('0.1999')]);
    expect(await decide()).toMatchObject({ allowed: true });
    await charged(organization, '2026-11-20', [amountOf('0.0001')]);
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
      await ingestionOn(running.store, { clock: () => noon }).deliver({ m1: messageOf(organization, [today]) }),
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
    const token = await tenants.join(1000, { user: { roles: ['operator'] } });
    const handler = evaluator(testDependencies(running.store, { clock: handClock(noon.toISOString()) }));
    const decided = async (called: string) =>
      answerIn(await call(handler, 'POST /dialplan/evaluate', { token, json: { called, org_id: organization } }))
        .decision;
    expect(await decided('18005550100')).toMatchObject({ allowed: false, reason: 'CALL_LIMIT' });
    expect(await decided('911')).toMatchObject({ allowed: true });
  });
});

/** Events beside those of saving the plan. */
const eventsOfCalls = async (organization: number) =>
  (await eventsOf(running.store, organization)).filter(({ type }) => type !== 'plan.published');

describe('a denied call', () => {
  test('records an event with the policy and the reason', async () => {
    const { decide, settled, organization } = await tenant({
      policies: [policyOf('pol_1', { actions: { allow: false } })],
    });
    await decide({ caller: '+14155550100' });
    await decide({ called: '2' });
    await decide({ dry_run: true });
    await settled();
    expect((await eventsOfCalls(organization)).map(({ type, entity, data }) => ({ type, entity, data }))).toEqual([
      {
        type: 'call.denied',
        entity: { type: 'policy', id: 'pol_1' },
        data: {
          called: '18005550100',
          caller: '+14155550100',
          reason: 'POLICY_DENY',
          policy_id: 'pol_1',
          emergency: false,
        },
      },
      {
        type: 'call.denied',
        entity: { type: 'org', id: `org_${organization}` },
        data: { called: '2', caller: null, reason: 'NO_ROUTE', policy_id: null, emergency: false },
      },
    ]);
  });
});

describe('a policy that logs', () => {
  const logged = (id: string, fields: Partial<PolicyFields>) =>
    policyOf(id, { ...fields, actions: { allow: true, gateway: 'pstn', log: true, ...fields.actions } });
  const linesOf = async (organization: number) =>
    (
      await tableFor<'log'>(running.store, organization).query(
        logRow,
        { entity: { type: 'org', id: `org_${organization}` } },
        { order: 'asc' },
      )
    ).items;

  test('writes a line with the decision for each call that it decides', async () => {
    const { decide, ask, settled, organization } = await tenant({
      policies: [
        logged('pol_1', {}),
        logged('pol_2', { conditions: { pattern: '^2' }, actions: { allow: false } }),
        policyOf('pol_3', { conditions: { pattern: '^3' } }),
      ],
    });
    await decide({ caller: '+14155550100', called: '18005550100' });
    await decide({ called: '2' });
    await decide({ called: '3' });
    await decide({ called: '1', dry_run: true });
    await ask('evaluate/batch', { calls: [{ called: '1' }] });
    await settled();
    expect(
      (await linesOf(organization)).map(({ type, level, message, details }) => ({ type, level, message, details })),
    ).toEqual([
      {
        type: 'call',
        level: 'info',
        message: 'Call to 18005550100 allowed by policy pol_1: POLICY_ALLOW',
        details: {
          called: '18005550100',
          caller: '+14155550100',
          user_id: null,
          allowed: true,
          reason: 'POLICY_ALLOW',
          policy_id: 'pol_1',
          policy_version: 1,
          action: 'bridge',
          destination: 'sofia/gateway/pstn/18005550100',
          gateways: ['pstn'],
          emergency: false,
          plan_version: '3',
        },
      },
      {
        type: 'call',
        level: 'warning',
        message: 'Call to 2 denied by policy pol_2: POLICY_DENY',
        details: expect.objectContaining({ called: '2', policy_id: 'pol_2', destination: null }),
      },
    ]);
  });

  test('writes a line for a call that a limit denies', async () => {
    const { decide, settled, organization } = await tenant({
      policies: [logged('pol_1', { actions: { allow: true, rate_limit: 1 } })],
    });
    await decide();
    await decide();
    await settled();
    expect((await linesOf(organization)).map(({ details }) => details['reason']).sort()).toEqual([
      'POLICY_ALLOW',
      'RATE_LIMITED',
    ]);
  });
});

describe('a policy that notifies', () => {
  const notify = ['ann@example.com', 'bob@example.com'];
  const noticing = (id: string, fields: Partial<PolicyFields> = {}) =>
    policyOf(id, { ...fields, actions: { allow: true, gateway: 'pstn', notify, ...fields.actions } });
  const emailsOf = async (organization: number) =>
    (await tableFor<'email'>(running.store, organization).query(emailRow, {}, { order: 'asc' })).items;
  const queuedIn = async (organization: number) =>
    (await eventsOf(running.store, organization))
      .filter(({ type }) => type === 'email.queued')
      .map(({ entity }) => entity.id);

  test('sends one e-mail per minute, however many processes decide its calls', async () => {
    const { process, clock, organization } = await tenant({ policies: [noticing('pol_1')] });
    const processes = [process(), process(), process(), process()];
    const calls = (called: string) =>
      Promise.all(processes.flatMap(({ decide }) => Array.from({ length: 5 }, () => decide({ called }))));
    await calls('18005550100');
    await Promise.all(processes.map(({ settled }) => settled()));
    const [first, ...others] = await emailsOf(organization);
    expect(others).toEqual([]);
    expect(first).toMatchObject({
      status: 'queued',
      to: ['ann@example.com'],
      cc: ['bob@example.com'],
      subject: 'Call to 18005550100 allowed by policy pol_1',
      template: 'policy_call_log',
      attempts: 0,
    });
    expect(first?.text).toContain(`(org_${organization})`);
    clock.advance(60);
    await calls('18005550199');
    await Promise.all(processes.map(({ settled }) => settled()));
    const all = await emailsOf(organization);
    expect(all.map(({ subject }) => subject)).toEqual([
      'Call to 18005550100 allowed by policy pol_1',
      'Call to 18005550199 allowed by policy pol_1',
    ]);
    expect(await queuedIn(organization)).toEqual(all.map(({ id }) => id));
  });

  test('notifies of denied calls, and not of dry runs and batches', async () => {
    const { decide, ask, settled, organization } = await tenant({
      policies: [
        noticing('pol_1', { conditions: { pattern: '^1' }, actions: { allow: false } }),
        policyOf('pol_2', { conditions: { pattern: '^2' } }),
      ],
    });
    await decide({ called: '1', dry_run: true });
    await ask('evaluate/batch', { calls: [{ called: '1' }] });
    await decide({ called: '2' });
    await decide({ called: '3' });
    await settled();
    expect(await emailsOf(organization)).toEqual([]);
    await decide({ called: '1' });
    await settled();
    expect(await emailsOf(organization)).toMatchObject([{ subject: 'Call to 1 denied by policy pol_1' }]);
  });

  test('notifies at the next call after the store failed', async () => {
    let away = true;
    const { organization, clock } = await tenant({ policies: [noticing('pol_1')] });
    const client: typeof running.store.client = {
      send: (command) =>
        away && JSON.stringify(command.input).includes('notify/')
          ? Promise.reject(new Error('away'))
          : running.store.client.send(command),
    };
    const handler = evaluator({ ...testDependencies({ ...running.store, client }, { clock }) });
    const token = await tenants.join(organization);
    for (const called of ['18005550101', '18005550102', '18005550103']) {
      expect(await call(handler, 'POST /dialplan/evaluate', { token, json: { called } })).toMatchObject({
        status: 200,
      });
      await handler.settled();
      away = false;
    }
    expect(await emailsOf(organization)).toMatchObject([{ subject: 'Call to 18005550102 allowed by policy pol_1' }]);
  });
});

describe('a batch', () => {
  const deny = { id: 'pol_1', actions: { allow: false } };

  test('is decided by the live plan or a draft, and counts nothing', async () => {
    const { ask, decide, settled, organization } = await tenant({ policies: [limitedTo(1)] });
    const calls = [{ called: '18005550100' }, { called: '2', at: '2026-01-01T00:00:00Z' }];
    const live = await ask('evaluate/batch', { calls });
    expect(live.results).toMatchObject([
      { index: 0, reason: 'POLICY_ALLOW', limits: { rate_limit: null } },
      { index: 1, reason: 'NO_ROUTE' },
    ]);
    expect(live).not.toHaveProperty('changed');
    const drafted = await ask('evaluate/batch', { calls, draft: { policies: [deny] } });
    expect(drafted).toMatchObject({
      results: [{ reason: 'POLICY_DENY' }, { reason: 'NO_ROUTE' }],
      changed: [{ index: 0, before: { reason: 'POLICY_ALLOW' }, after: { reason: 'POLICY_DENY' } }],
      plan_version: '1',
    });
    const traced = await Promise.all(
      [{}, { draft: { delete: ['pol_1'] } }].map((more) => ask('evaluate/batch', { calls, explain: true, ...more })),
    );
    expect(traced.map(({ results }) => results)).toMatchObject([
      [{ trace: [{ policy_id: 'pol_1', outcome: 'applied' }] }, { trace: [] }],
      [{ trace: [] }, { trace: [] }],
    ]);
    expect(JSON.stringify([drafted, traced[1]?.changed])).not.toContain('trace');
    expect(await decide()).toMatchObject({ allowed: true, limits: { rate_limit: { remaining: 0 } } });
    await settled();
    expect(await eventsOfCalls(organization)).toEqual([]);
  });

  test('that is faulty is rejected with the path of the fault', async () => {
    const { ask } = await tenant();
    expect(await ask('evaluate/batch', {})).toMatchObject({ status: 422, error: { details: [{ path: 'calls' }] } });
    expect(
      await ask('evaluate/batch', {
        calls: [{ called: '1' }],
        cdrs: { start: '2026-01-01T00:00:00Z', end: '2026-01-02T00:00:00Z' },
      }),
    ).toMatchObject({ status: 422 });
    expect(await ask('evaluate/batch', { calls: [{ called: '1' }, { called: '1 2' }] })).toMatchObject({
      status: 400,
      error: { details: [{ path: 'calls[1].called' }] },
    });
    expect(
      await ask('evaluate/batch', { calls: [{ called: '1' }, { called: '1', user_id: 'usr_none' }] }),
    ).toMatchObject({ status: 422, error: { code: 'UNKNOWN_USER', details: [{ path: 'calls[1].user_id' }] } });
    expect(
      await ask('evaluate/batch', {
        calls: [{ called: '1' }],
        draft: { policies: [{ id: 'pol_9' }], delete: ['pol_8'] },
      }),
    ).toMatchObject({
      status: 422,
      error: { code: 'UNKNOWN_POLICY', details: [{ path: 'draft.policies[0].id' }, { path: 'draft.delete[0]' }] },
    });
  });

  test('replays stored outbound CDRs at their own times, newest first', async () => {
    const hours = policyOf('pol_1', {
      conditions: { pattern: '^\\+1', time_of_day: { start: '10:00', end: '11:00' } },
    });
    const { ask, organization } = await tenant({ policies: [hours] });
    const records = [
      record('early', { start_time: '2026-11-15T09:30:00Z', end_time: '2026-11-15T09:31:00Z' }),
      record('within'),
      record('inbound', { direction: 'inbound' }),
      record('later', { start_time: '2026-11-16T10:30:00Z', end_time: '2026-11-16T10:31:00Z' }),
    ];
    expect(
      await ingestionOn(running.store, { clock: plainDependencies(running.store).clock }).deliver({
        m1: messageOf(organization, records),
      }),
    ).toEqual([]);
    const period = { start: '2026-11-15T00:00:00Z', end: '2026-11-16T10:30:00Z' };
    expect(await ask('evaluate/batch', { cdrs: period })).toMatchObject({
      status: 200,
      summary: { evaluated: 2, allowed: 1, denied: 1, changed: 0 },
    });
    const drafted = await ask('evaluate/batch', {
      cdrs: { ...period, end: '2026-11-17T00:00:00Z' },
      draft: { policies: [deny] },
    });
    expect(drafted).toMatchObject({
      summary: { evaluated: 3, allowed: 0, denied: 3, changed: 3 },
      changed: [
        {
          index: 0,
          before: { reason: 'POLICY_ALLOW' },
          after: { reason: 'POLICY_DENY' },
          call: { called: '+14155555678', at: '2026-11-16T10:30:00Z', cdr_id: expect.stringMatching(/^cdr_/) },
        },
        { index: 1 },
        { index: 2, before: { reason: 'OUTSIDE_HOURS' }, after: { reason: 'NO_ROUTE' } },
      ],
    });
    expect(drafted).not.toHaveProperty('results');
    expect(await ask('evaluate/batch', { cdrs: { ...period, limit: 1 } })).toMatchObject({
      summary: { evaluated: 1, allowed: 1 },
    });
  });
});
