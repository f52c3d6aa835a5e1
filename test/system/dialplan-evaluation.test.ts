import { beforeAll, describe, expect, test } from 'vitest';
import { decisionIn, office, policyIn, tollFree } from './dialplan.fixture.ts';
import {
  askAsOperator,
  newAdministeredTenant,
  newTenant,
  outcome,
  type AdministeredTenant,
  type Body,
  type Tenant,
} from './tenant.fixture.ts';

/** POST /dialplan/evaluate over HTTP (functions/dialplan/README.md). */

describe('an evaluation', () => {
  let tenant: Tenant;
  let stranger: AdministeredTenant;
  const evaluate = async (json: Body, of = tenant): Promise<Body> =>
    decisionIn(await of.ask('POST', '/dialplan/evaluate', json));

  beforeAll(async () => {
    tenant = await newTenant();
    stranger = await newAdministeredTenant('dialplan');
    await tenant.ask('PUT', '/dialplan/template', office);
    await tenant.ask('PUT', '/dialplan/policy', {
      ...tollFree,
      actions: { ...tollFree.actions, failover_gateways: ['pstn'], max_duration: 3600 },
    });
    await tenant.ask('PUT', '/dialplan/policy', {
      name: 'International',
      status: 'active',
      priority: 10,
      actions: { allow: true, gateway: 'intl' },
      conditions: {
        pattern: '^011[0-9]+$',
        user_groups: ['international_enabled'],
        time_of_day: { start: '08:00', end: '18:00' },
      },
    });
  });

  test('answers the whole decision, as documented', async () => {
    const { status, body } = await tenant.ask('POST', '/dialplan/evaluate', {
      called: '18005550100',
      at: '2026-03-02T12:00:00+01:00',
      explain: true,
    });
    expect(status).toBe(200);
    const policy = { id: expect.any(String), name: tollFree.name, priority: 50 };
    const route = (name: string) => ({
      gateway: null,
      name,
      destination: `sofia/gateway/${name}/18005550100`,
      status: 'unmanaged',
    });
    expect(body).toEqual({
      success: true,
      decision: {
        allowed: true,
        reason: 'POLICY_ALLOW',
        policy: { ...policy, version: 1 },
        rule: null,
        action: 'bridge',
        destination: 'sofia/gateway/tollfree_gateway/18005550100',
        captures: ['800'],
        routes: [route('tollfree_gateway'), route('pstn')],
        limits: { max_duration: 3600, rate_limit: null, reservation: null },
        record: false,
        bypass_restrictions: false,
        emergency: false,
      },
      plan_version: '3',
      evaluated_at: '2026-03-02T11:00:00.000Z',
      trace: [{ policy_id: expect.any(String), name: tollFree.name, priority: 50, outcome: 'applied' }],
    });
  });

  test('uses the template if no policy matches', async () => {
    expect(await evaluate({ called: '92125550100' })).toMatchObject({
      allowed: true,
      reason: 'TEMPLATE',
      policy: null,
      rule: { priority: 1, pattern: '^9([0-9]{10})$' },
      destination: 'sofia/gateway/pstn/2125550100',
      captures: ['2125550100'],
    });
    expect(await evaluate({ called: '204' })).toMatchObject({ destination: 'user/204@sip.example.com', routes: [] });
    expect(await evaluate({ called: '0' })).toMatchObject({
      allowed: false,
      reason: 'NO_ROUTE',
      policy: null,
      action: null,
      destination: null,
    });
  });

  test('checks groups, hours in the time zone of the organization, and the caller', async () => {
    const noonInNewYork = '2026-01-15T17:00:00Z';
    expect(await evaluate({ called: '01144', at: noonInNewYork })).toMatchObject({
      allowed: false,
      reason: 'NOT_IN_GROUP',
    });
    expect(await evaluate({ called: '01144', at: noonInNewYork, groups: ['International_Enabled'] })).toMatchObject({
      allowed: true,
      destination: 'sofia/gateway/intl/01144',
    });
    expect(
      await evaluate({ called: '01144', at: '2026-01-15T12:59:00Z', groups: ['international_enabled'] }),
    ).toMatchObject({ reason: 'OUTSIDE_HOURS' });
    expect(
      await evaluate({ called: '01144', at: '2026-01-15T13:00:00Z', groups: ['international_enabled'] }),
    ).toMatchObject({ reason: 'POLICY_ALLOW' });
  });

  test('rejects numbers that cannot be dialled, and users of other organizations', async () => {
    for (const called of ['', '1 800', '1'.repeat(65), '12/34', 'é'])
      expect(outcome(await tenant.ask('POST', '/dialplan/evaluate', { called }))).toBe('400 INVALID_PARAMETER');
    expect(outcome(await tenant.ask('POST', '/dialplan/evaluate', {}))).toBe('400 MISSING_FIELD');
    expect(outcome(await tenant.ask('POST', '/dialplan/evaluate', { called: '1', at: 'noon' }))).toBe(
      '422 VALIDATION_FAILED',
    );
    expect(outcome(await tenant.ask('POST', '/dialplan/evaluate', { called: '1', user_id: stranger.userId }))).toBe(
      '422 UNKNOWN_USER',
    );
    expect(
      decisionIn(await stranger.ask('POST', '/dialplan/evaluate', { called: '1', user_id: stranger.userId })),
    ).toMatchObject({ reason: 'NO_ROUTE' });
  });

  test('uses the plan of one organization; the operator names which', async () => {
    expect(await evaluate({ called: '18005550100' }, stranger)).toMatchObject({ reason: 'NO_ROUTE' });
    expect(
      outcome(await stranger.ask('POST', '/dialplan/evaluate', { called: '18005550100', org_id: tenant.id })),
    ).toBe('403 FORBIDDEN_ORG');
    expect(
      decisionIn(await askAsOperator('POST', '/dialplan/evaluate', { called: '18005550100', org_id: tenant.id })),
    ).toMatchObject({ reason: 'POLICY_ALLOW' });
    expect(
      decisionIn(
        await askAsOperator('POST', '/dialplan/evaluate', {
          called: '18005550100',
          org_id: Number(tenant.id.slice(4)),
        }),
      ),
    ).toMatchObject({ reason: 'POLICY_ALLOW' });
  });

  test('a gate denies no emergency call, and a policy that would deny one is saved with a warning', async () => {
    const own = await newTenant({ country: 'GB' });
    await own.ask('PUT', '/dialplan/template', {
      name: 'Emergency',
      rules: [{ pattern: '^(999|112)$', action: 'bridge', destination: 'sofia/gateway/pstn/$1' }],
    });
    await own.ask('PUT', '/dialplan/policy', {
      name: 'Gate',
      status: 'active',
      conditions: { pattern: '.', user_groups: ['vip'] },
      actions: { allow: true },
    });
    expect(await evaluate({ called: '999' }, own)).toMatchObject({
      allowed: true,
      reason: 'TEMPLATE',
      emergency: true,
    });
    const denies = await own.ask('PUT', '/dialplan/policy', {
      name: 'Deny',
      status: 'active',
      conditions: { pattern: '^99' },
      actions: { allow: false },
    });
    expect(denies.body).toMatchObject({ warnings: ['calls to the emergency number 999 are denied by this policy'] });
    expect(await evaluate({ called: '999' }, own)).toMatchObject({
      allowed: false,
      reason: 'POLICY_DENY',
      emergency: true,
    });
  });

  test('a save that leaves no way for emergency calls is answered with a warning', async () => {
    const own = await newTenant();
    const warning = (number: string): unknown =>
      expect.stringMatching(`^calls to the emergency number ${number} are denied: no managed gateway is enabled`);
    const rules = [{ pattern: '^9([0-9]{10})$', action: 'bridge', destination: 'sofia/gateway/pstn/$1' }];
    const template = await own.ask('PUT', '/dialplan/template', { name: 'Office', rules });
    expect(template.body).toMatchObject({ warnings: [warning('112'), warning('911')] });
    const gateway = await own.ask('PUT', '/sipgateways/new', {
      ...{ name: 'carrier', host: 'sip.example.com', ping: { enabled: false } },
    });
    expect(gateway.body).not.toHaveProperty('warnings');
    expect(await evaluate({ called: '911' }, own)).toMatchObject({ allowed: true, reason: 'TEMPLATE' });
    const { id } = (gateway.body as { data: { id: string } }).data;
    const disabled = await own.ask('POST', `/sipgateways/${id}`, { enabled: false });
    expect(disabled.body).toMatchObject({ warnings: [warning('112'), warning('911')] });
    expect(await evaluate({ called: '911' }, own)).toMatchObject({ allowed: false, reason: 'NO_ROUTE' });
    const gate = await own.ask('PUT', '/dialplan/policy', {
      name: 'Gate',
      status: 'active',
      conditions: { pattern: '^91', caller_id_required: true },
      actions: { allow: true },
    });
    expect(gate.body).toMatchObject({ warnings: [warning('911')] });
  });
});

describe('consistency of the plan', () => {
  test('an evaluation that begins after a save sees it, and equals the version that it names', async () => {
    const tenant = await newTenant();
    const saves = 100;
    // Actions of version n: odd versions route over a gateway of their own, even ones deny.
    const wanted = (version: number) =>
      version % 2 === 1 ? { allow: true, gateway: `gateway-${version}` } : { allow: false, gateway: null };
    const common = {
      rule: null,
      captures: [],
      limits: { max_duration: null, rate_limit: null, reservation: null },
      record: false,
      bypass_restrictions: false,
      emergency: false,
    };
    const expected = (version: number): Body => {
      const policy = version === 0 ? null : { id: expect.any(String), name: 'Moving', priority: 1000, version };
      if (version % 2 === 0)
        return {
          ...common,
          policy,
          allowed: false,
          reason: version === 0 ? 'NO_ROUTE' : 'POLICY_DENY',
          action: null,
          destination: null,
          routes: [],
        };
      const route = {
        gateway: null,
        name: `gateway-${version}`,
        destination: `sofia/gateway/gateway-${version}/5551234`,
        status: 'unmanaged',
      };
      return {
        ...common,
        policy,
        allowed: true,
        reason: 'POLICY_ALLOW',
        action: 'bridge',
        destination: route.destination,
        routes: [route],
      };
    };
    let answered = 0;
    let seen = 0;

    const write = async (): Promise<void> => {
      const made = await tenant.ask('PUT', '/dialplan/policy', {
        name: 'Moving',
        status: 'active',
        conditions: { pattern: '^555' },
        actions: wanted(1),
      });
      answered = 1;
      for (let version = 2; version <= saves; version += 1) {
        const saved = await tenant.ask('POST', '/dialplan/policy', {
          id: policyIn(made).id,
          actions: wanted(version),
        });
        expect(saved.status).toBe(200);
        answered = version;
      }
    };
    const read = async (): Promise<void> => {
      for (let last = 0; last < saves;) {
        const begun = answered;
        const { body } = await tenant.ask('POST', '/dialplan/evaluate', { called: '5551234' });
        const { decision, plan_version: version } = body as { decision: Body; plan_version: string };
        last = Number(version);
        expect(last).toBeGreaterThanOrEqual(begun);
        expect({ version, decision }).toEqual({ version, decision: expected(last) });
        seen += 1;
      }
    };
    await Promise.all([write(), ...Array.from({ length: 8 }, read)]);
    expect(seen).toBeGreaterThan(saves);
  });

  test('concurrent writers all succeed, and no write is lost', async () => {
    const tenant = await newTenant();
    const names = Array.from({ length: 12 }, (_, at) => at);
    const made = await Promise.all(
      names.map((at) =>
        tenant.ask('PUT', '/dialplan/policy', {
          name: `Policy ${at}`,
          status: 'active',
          conditions: { pattern: `^${100 + at}$` },
          actions: { allow: true, gateway: `gateway-${at}` },
        }),
      ),
    );
    expect(made.map(({ status }) => status)).toEqual(names.map(() => 201));
    for (const at of names) {
      const { body } = await tenant.ask('POST', '/dialplan/evaluate', { called: String(100 + at) });
      expect(body).toMatchObject({
        decision: { destination: `sofia/gateway/gateway-${at}/${100 + at}` },
        plan_version: '12',
      });
    }
  });

  test('each change records an event', async () => {
    const tenant = await newTenant();
    const { id } = policyIn(await tenant.ask('PUT', '/dialplan/policy', tollFree));
    await tenant.ask('POST', '/dialplan/policy', { id, priority: 1 });
    await tenant.ask('PUT', '/dialplan/template', office);
    await tenant.ask('DELETE', `/dialplan/policy?id=${id}`);
    const { body } = await tenant.ask('GET', `/events/org/${tenant.id}?type=policy.*`);
    const { data } = body as { data: unknown };
    const types = JSON.stringify(data)
      .match(/"policy\.[a-z]+"/g)
      ?.map((type) => type.slice(1, -1));
    expect([...new Set(types)].sort()).toEqual(['policy.created', 'policy.deleted', 'policy.updated']);
  });
});
