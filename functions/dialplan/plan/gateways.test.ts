import { describe, expect, test } from 'vitest';
import { planPolicyOf } from './plan.fixture.ts';
import { decide, gatewayIdsIn, applyGatewayStatuses } from './decide.ts';
import { gatewayNumber, gatewayDirectory, referenceTo, resolveGateways } from './gateways.ts';
import { emptyPlan } from './plan-change.ts';
import { compilePlan, type PlanEdit, type PlanPolicy } from './plan.ts';
import { applyChanges } from './plan-change.ts';

const carrier = { id: 'gw_1', name: 'Carrier', enabled: true, prefix: '00', strip: 1 };
const spare = { id: 'gw_2', name: 'spare', enabled: true, prefix: '', strip: 0 };
const policy = planPolicyOf({
  ...{ name: 'Abroad', conditions: { pattern: '^9' }, gateway_ids: { carrier: 'gw_1' } },
  actions: { allow: true, gateway: 'carrier', failover_gateways: ['gw_2', 'elsewhere'] },
});
const put: PlanEdit[] = [
  { kind: 'gateways-put', gateways: [carrier, spare] },
  { kind: 'policy-put', policy },
];

function decidedAfter(...edits: readonly PlanEdit[]) {
  const plan = applyChanges(
    emptyPlan,
    [...put, ...edits].map((edit, at) => ({ ...edit, version: at + 1 })),
  );
  return decide(compilePlan(plan!, { timezone: 'UTC', country: 'US' }), { called: '9123' }, 0);
}
const routes = (...edits: readonly PlanEdit[]): string[] =>
  decidedAfter(...edits).routes.map(({ gateway, destination }) => `${gateway ?? '-'} ${destination}`);

describe('a policy routes over', () => {
  test('its gateways in order, managed ones with their present name, strip and prefix', () => {
    expect(routes()).toEqual([
      'gw_1 sofia/gateway/Carrier/00123',
      'gw_2 sofia/gateway/spare/9123',
      '- sofia/gateway/elsewhere/9123',
    ]);
  });

  test('no disabled or deleted gateway, even if another has its name', () => {
    expect(routes({ kind: 'gateways-put', gateways: [{ ...spare, enabled: false }] })).toEqual([
      'gw_1 sofia/gateway/Carrier/00123',
      '- sofia/gateway/elsewhere/9123',
    ]);
    expect(
      routes({ kind: 'gateway-deleted', id: 'gw_1' }, { kind: 'gateways-put', gateways: [{ ...carrier, id: 'gw_3' }] }),
    ).toEqual(['gw_2 sofia/gateway/spare/9123', '- sofia/gateway/elsewhere/9123']);
  });

  test('a gateway that took an unmanaged name after the save', () => {
    expect(
      routes({ kind: 'gateways-put', gateways: [{ ...spare, id: 'gw_4', name: 'ELSEWHERE', prefix: '7' }] }).at(-1),
    ).toBe('gw_4 sofia/gateway/ELSEWHERE/79123');
  });

  test('gateways that are down last', () => {
    const decision = applyGatewayStatuses(
      decidedAfter(),
      new Map([
        ['gw_1', 'down'],
        ['gw_2', 'degraded'],
      ]),
    );
    expect(decision.routes.map(({ name, status }) => `${name} ${status}`)).toEqual([
      'spare degraded',
      'elsewhere unmanaged',
      'Carrier down',
    ]);
    expect(decision.destination).toBe('sofia/gateway/spare/9123');
    expect(gatewayIdsIn([decision])).toEqual(['gw_2', 'gw_1']);
  });
});

test('a save resolves managed names, keeps resolved ids, and separates unmanaged names from unknown ids', () => {
  expect(
    resolveGateways(['Carrier', 'gw_2', 'gw_9', 'elsewhere', 'old'], [carrier, spare], {
      old: 'gw_7',
      unused: 'gw_8',
    }),
  ).toEqual({
    ids: { carrier: 'gw_1', old: 'gw_7' },
    unmanaged: ['elsewhere'],
    unknown: ['gw_9'],
  });
});

test('an id finds its gateway or nothing, never a gateway of that name', () => {
  const directory = gatewayDirectory([carrier]);
  expect(
    ['gw_1', 'gw_9', 'CARRIER', 'pstn', 'constructor'].map((reference) => directory.find(referenceTo(reference), {})),
  ).toEqual([carrier, 'gone', carrier, undefined, undefined]);
  expect(resolveGateways(['constructor'], [])).toEqual({ ids: {}, unmanaged: ['constructor'], unknown: [] });
});

test('strip removes digits before prefix adds some', () => {
  expect([gatewayNumber(carrier, '0123'), gatewayNumber({ ...carrier, strip: 16 }, '12')]).toEqual(['00123', '00']);
});

describe('an emergency call that nothing takes', () => {
  const gate: PlanPolicy = { ...policy, conditions: { pattern: '.', user_groups: ['empty'] } };
  const routeEmergency = (
    statuses: Readonly<Record<string, 'healthy' | 'degraded' | 'down'>>,
    ...edits: readonly PlanEdit[]
  ) => {
    const plan = applyChanges(
      emptyPlan,
      [{ kind: 'gateways-put', gateways: [carrier, spare] } as const, ...edits].map((edit, at) => ({
        ...edit,
        version: at + 1,
      })),
    );
    const { allowed, reason, routes, destination } = applyGatewayStatuses(
      decide(compilePlan(plan!, { timezone: 'UTC', country: 'US' }), { called: '911' }, 0),
      new Map(Object.entries(statuses)),
    );
    return allowed
      ? [reason, destination, ...routes.map(({ gateway, status }) => `${gateway ?? '-'} ${status}`)]
      : reason;
  };

  test('goes over all enabled gateways, healthy ones first, without strip', () => {
    expect(routeEmergency({ gw_1: 'degraded', gw_2: 'healthy' }, { kind: 'policy-put', policy: gate })).toEqual([
      'TEMPLATE',
      'sofia/gateway/spare/911',
      'gw_2 healthy',
      'gw_1 degraded',
    ]);
    expect(routeEmergency({ gw_1: 'healthy', gw_2: 'down' })).toEqual([
      'TEMPLATE',
      'sofia/gateway/Carrier/00911',
      'gw_1 healthy',
      'gw_2 down',
    ]);
  });

  test.each([
    ['US', '911'],
    ['US', '112'],
    ['SE', '112'],
    ['DE', '110'],
    ['GB', '999'],
  ])('is in %s a call to %s, which is sent as it is dialed', (country, called) => {
    const plan = applyChanges(emptyPlan, [{ kind: 'gateways-put', gateways: [spare], version: 1 }]);
    expect(decide(compilePlan(plan!, { timezone: 'UTC', country }), { called }, 0)).toMatchObject({
      ...{ allowed: true, emergency: true, destination: `sofia/gateway/spare/${called}` },
    });
  });

  test.each([
    ['bridge', 'user/$0@pbx.example.com'],
    ['bridge', 'user/911'],
    ['transfer', '$0'],
    ['hangup', 'NO_ROUTE_DESTINATION'],
  ] as const)('is taken by no rule that reaches no one: %s %s', (action, destination) => {
    const template = { rules: [{ priority: 1, pattern: '^.+$', action, destination }], variables: {}, gateway_ids: {} };
    const edit: PlanEdit = { kind: 'template-put', template };
    const over = ['TEMPLATE', 'sofia/gateway/Carrier/00911', 'gw_1 unknown', 'gw_2 unknown'];
    const allowing: PlanPolicy = { ...policy, conditions: { pattern: '.' }, actions: { allow: true } };
    expect([
      routeEmergency({}, edit),
      routeEmergency({}, edit, { kind: 'policy-put', policy: gate }),
      routeEmergency({}, edit, { kind: 'policy-put', policy: allowing }),
    ]).toEqual([over, over, over]);
  });

  test('is taken by a rule that rings another extension', () => {
    const rule = { priority: 1, pattern: '.', action: 'bridge', destination: 'user/100' } as const;
    const template = { rules: [rule], variables: {}, gateway_ids: {} };
    expect(routeEmergency({}, { kind: 'template-put', template })).toEqual(['TEMPLATE', 'user/100']);
  });

  test('goes over gateways that are not pinged, then over those that are down', () => {
    expect(routeEmergency({})).toEqual(['TEMPLATE', 'sofia/gateway/Carrier/00911', 'gw_1 unknown', 'gw_2 unknown']);
    expect(routeEmergency({ gw_1: 'down' }, { kind: 'policy-put', policy: gate })).toEqual([
      'TEMPLATE',
      'sofia/gateway/spare/911',
      'gw_2 unknown',
      'gw_1 down',
    ]);
  });

  test('is denied if no gateway is enabled, or a policy denies it', () => {
    const disabled = [carrier, spare].map((gateway) => ({ ...gateway, enabled: false }));
    expect([
      routeEmergency({}, { kind: 'gateways-put', gateways: disabled }),
      routeEmergency({}, { kind: 'gateways-put', gateways: disabled }, { kind: 'policy-put', policy: gate }),
    ]).toEqual(['NO_ROUTE', 'NOT_IN_GROUP']);
    expect(
      routeEmergency(
        { gw_1: 'healthy' },
        { kind: 'policy-put', policy: { ...policy, conditions: { pattern: '.' }, actions: { allow: false } } },
      ),
    ).toBe('POLICY_DENY');
    expect(
      routeEmergency({ gw_1: 'healthy' }, { kind: 'gateways-put', gateways: [{ ...carrier, enabled: false }] }),
    ).toEqual(['TEMPLATE', 'sofia/gateway/spare/911', 'gw_2 unknown']);
  });
});
