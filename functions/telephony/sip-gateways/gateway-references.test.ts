import { describe, expect, test } from 'vitest';
import type { ErrorDetail } from '#errors.ts';
import { errorOf } from '#test/support/errors.fixture.ts';
import { assertNameNotReferenced, assertNotReferenced, type DialPlan } from './gateway-references.ts';
import { newGateway } from './sip-gateway.ts';

const gateway = newGateway({ name: 'PSTN', host: 'gw.example.com' }, null, {
  id: 'gw_1',
  organization: 1001,
  now: '2026-11-20T10:00:00.000Z',
});
const policy = (id: string, to: string): DialPlan['policies'][number] => ({
  id,
  name: id,
  priority: 10,
  conditions: { pattern: '^1' },
  actions: { allow: true, gateway: to },
});
const planWith = (...policies: DialPlan['policies']): DialPlan => ({ policies, template: undefined });

const detailsOf = (work: () => void): readonly ErrorDetail[] => {
  const error = errorOf(work);
  if (error !== undefined) expect(error.code).toBe('GATEWAY_IN_USE');
  return error?.details ?? [];
};

describe('a gateway that policies reference', () => {
  const plan = planWith(policy('pol_1', 'pstn'), policy('pol_2', 'gw_1'), policy('pol_3', 'other'));

  test('is not deleted, and the error names them', () => {
    expect(detailsOf(() => assertNotReferenced(gateway, plan))).toEqual([
      { path: 'pol_1', message: 'policy pol_1 routes to it' },
      { path: 'pol_2', message: 'policy pol_2 routes to it' },
    ]);
  });

  test('keeps its name while one references it by name', () => {
    expect(detailsOf(() => assertNameNotReferenced(gateway, plan)).map(({ path }) => path)).toEqual(['pol_1']);
    expect(detailsOf(() => assertNameNotReferenced(gateway, planWith(policy('pol_2', 'gw_1'))))).toEqual([]);
  });

  test('gives at most 20 details', () => {
    const policies = Array.from({ length: 21 }, (_value, at) => policy(`pol_${at}`, 'pstn'));
    expect(detailsOf(() => assertNotReferenced(gateway, planWith(...policies)))).toHaveLength(20);
  });
});

test('a gateway that nothing references can be deleted and renamed', () => {
  const plan = planWith(policy('pol_3', 'other'));
  expect(detailsOf(() => assertNotReferenced(gateway, plan))).toEqual([]);
  expect(detailsOf(() => assertNameNotReferenced(gateway, plan))).toEqual([]);
});
