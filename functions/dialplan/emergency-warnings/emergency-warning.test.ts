import { describe, expect, test } from 'vitest';
import { planPolicyOf } from '../plan/plan.fixture.ts';
import { emergencyNumbersAtStake, emergencyWarnings, unroutedEmergencyNumbers } from './emergency-warning.ts';
import { emptyPlan } from '../plan/plan-change.ts';
import type { Plan, PlanPolicy } from '../plan/plan.ts';

const locale = { timezone: 'UTC', country: 'US' };
const policy = (conditions: PlanPolicy['conditions'], actions: PlanPolicy['actions']): PlanPolicy =>
  planPolicyOf({ name: 'one', conditions, actions });
const routing = policy({ pattern: '^(911|112)$' }, { allow: true, gateway: 'pstn' });
const gateway = { id: 'gw_1', name: 'Carrier', enabled: true, prefix: '', strip: 0 };

describe('an emergency number has a way', () => {
  const bridge = { priority: 1, pattern: '^911$', action: 'bridge', destination: 'sofia/gateway/pstn/$0' } as const;
  test.each<[string, Partial<Plan>, string[]]>([
    ['not in an empty plan', {}, ['112', '911']],
    ['over an enabled gateway', { gateways: [gateway] }, []],
    ['not over a disabled gateway', { gateways: [{ ...gateway, enabled: false }] }, ['112', '911']],
    ['by a rule of the template', { template: { rules: [bridge], variables: {}, gateway_ids: {} } }, ['112']],
    ['by a policy', { policies: [routing] }, []],
    [
      'not by a policy with conditions',
      { policies: [policy({ pattern: '.', user_groups: ['sales'] }, { allow: true, gateway: 'pstn' })] },
      ['112', '911'],
    ],
  ])('%s', (_name, plan, expected) => {
    expect(unroutedEmergencyNumbers({ ...emptyPlan, ...plan }, locale)).toEqual(expected);
  });
});

test('a number that a policy denies is no number without a way: the save of that policy warns', () => {
  expect(
    unroutedEmergencyNumbers({ ...emptyPlan, policies: [policy({ pattern: '.' }, { allow: false })] }, locale),
  ).toEqual([]);
});

test('each number without a way that a save concerns is one warning', () => {
  const numbersIn = (numbers?: readonly string[]) =>
    emergencyWarnings(emptyPlan, { ...locale, country: 'GB' }, numbers).map((text) => text.split(' ')[5]);
  expect([numbersIn(), numbersIn(['999', '110'])]).toEqual([['112', '911', '999'], ['999']]);
});

describe('the save of a policy concerns the emergency numbers', () => {
  const gate = policy({ pattern: '^9', caller_id_required: true }, { allow: true, gateway: 'pstn' });
  const managed = { ...routing, gateway_ids: { pstn: 'gw_1' } };
  const other = policy({ pattern: '^011' }, { allow: true });
  test.each<[string, PlanPolicy | undefined, PlanPolicy | undefined, string[]]>([
    ['that it routed before its deletion', routing, undefined, ['112', '911']],
    ['that it routed before it became a draft', routing, { ...routing, status: 'draft' }, ['112', '911']],
    ['that it matches with conditions', undefined, gate, ['911']],
    ['that it routes over managed gateways, which can be disabled', undefined, managed, ['112', '911']],
    ['but not those that it routes over a gateway of the switch', routing, routing, []],
    ['but not those that it does not match', other, undefined, []],
  ])('%s', (_name, before, after, expected) => {
    expect(emergencyNumbersAtStake(before, after, 'US')).toEqual(expected);
  });
});
