import { beforeAll, describe, expect, test } from 'vitest';
import { decisionIn, office, tollFree } from '#test/system/dialplan.fixture.ts';
import { invokeEmergencyWarnings } from '#test/support/emergency-warnings.fixture.ts';
import { functionsAsking, type TestTenant } from '#test/support/functions.fixture.ts';
import { type Body, outcome } from '#test/system/tenant.fixture.ts';
import { dialplanEvaluator } from './contract.ts';
import { evaluator } from './handler.ts';
import { dialplanPolicies } from '../dialplan-policies/contract.ts';
import { policyApi } from '../dialplan-policies/handler.ts';
import { dialplanTemplate } from '../dialplan-template/contract.ts';
import { templateApi } from '../dialplan-template/handler.ts';
import { sipGateways } from '../../telephony/sip-gateways/contract.ts';
import { gatewaysHandler } from '../../telephony/sip-gateways/handler.ts';

const functions = functionsAsking(
  invokeEmergencyWarnings,
  [dialplanEvaluator, evaluator],
  [dialplanPolicies, policyApi],
  [dialplanTemplate, templateApi],
  [sipGateways, gatewaysHandler],
);

/** POST /dialplan/evaluate over HTTP (functions/dialplan/README.md). */

describe('an evaluation', () => {
  let tenant: TestTenant;
  let stranger: TestTenant;
  const evaluate = async (json: Body, of = tenant): Promise<Body> =>
    decisionIn(await of.ask('POST', '/dialplan/evaluate', json));

  beforeAll(async () => {
    tenant = await functions.newTenant({ timezone: 'America/New_York' });
    stranger = await functions.newTenant();
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
    for (const called of [
      '9-212-555-0100;npdi;rn=12125550199',
      'tel:9(212)5550100;ext=4',
      'sip:92125550100@pbx.example',
    ])
      expect((await evaluate({ called }))['destination']).toBe(
        (await evaluate({ called: '92125550100' }))['destination'],
      );
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
    for (const called of ['', '1 800', '1'.repeat(65), '12/34', 'é', '92125550100#12', '+12125550100x1'])
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
      decisionIn(
        await functions.askAsOperator('POST', '/dialplan/evaluate', { called: '18005550100', org_id: tenant.id }),
      ),
    ).toMatchObject({ reason: 'POLICY_ALLOW' });
    expect(
      decisionIn(
        await functions.askAsOperator('POST', '/dialplan/evaluate', {
          called: '18005550100',
          org_id: Number(tenant.id.slice(4)),
        }),
      ),
    ).toMatchObject({ reason: 'POLICY_ALLOW' });
  });

  test('a gate denies no emergency call, and a policy that would deny one is saved with a warning', async () => {
    const own = await functions.newTenant({ country: 'GB' });
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
    const own = await functions.newTenant();
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
