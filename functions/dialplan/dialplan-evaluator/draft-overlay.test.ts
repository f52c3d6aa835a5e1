import { describe, expect, test } from 'vitest';
import { errorOf } from '#test/support/errors.fixture.ts';
import { newPolicy } from '../schema/policy.ts';
import { Draft } from './draft.ts';
import { overlayDraft, type StoredState } from './draft-overlay.ts';
import { emptyPlan } from '../plan/plan-change.ts';
import { planPolicy, type Plan } from '../plan/plan.ts';
import { applyChanges } from '../plan/plan-change.ts';

const at = '2026-11-20T12:00:00.000Z';
const stored = newPolicy(
  {
    name: 'Sales',
    description: undefined,
    status: 'active',
    priority: 10,
    conditions: { pattern: '^1' },
    actions: { allow: true, gateway: 'pstn' },
  },
  'pol_1',
  { group_ids: {} },
  { by: 'usr_1', at },
);
const live: Plan =
  applyChanges(emptyPlan, [{ version: 1, kind: 'policy-put', policy: planPolicy(stored) }]) ?? emptyPlan;
const present: StoredState = {
  policies: new Map([['pol_1', stored]]),
  names: new Map([
    ['sales', 'pol_1'],
    ['support', 'pol_2'],
  ]),
  template: undefined,
  groups: [],
  count: 1,
  load: 4,
  country: 'US',
};

const overlay = (draft: unknown, around: Partial<StoredState> = {}) =>
  overlayDraft(live, Draft.parse(draft), { ...present, ...around }, at);
const problemOf = (draft: unknown, around: Partial<StoredState> = {}) => {
  const { code = 'none', details = [] } = errorOf(() => overlay(draft, around)) ?? {};
  return { code, details: details.map(({ path, message }) => `${path}: ${message}`) };
};

const created = { name: 'New', status: 'active', conditions: { pattern: '^2' }, actions: { allow: false } };

describe('a draft', () => {
  test('is applied as its saves would be, and does not change the live plan', () => {
    const { plan, warnings } = overlay({
      policies: [created, { id: 'pol_1', priority: 5, actions: { gateway: null } }],
      template: { name: 'T', rules: [{ pattern: '^3', action: 'bridge', destination: 'user/3' }] },
    });
    expect(plan.policies).toMatchObject([
      { id: 'pol_1', priority: 5, version: 2, actions: { allow: true } },
      { id: 'pol_draft_0', name: 'New', priority: 1000 },
    ]);
    expect(plan.policies[0]?.actions).not.toHaveProperty('gateway');
    expect(plan.template?.rules).toHaveLength(1);
    expect([live.version, live.policies.length, warnings]).toEqual([1, 1, []]);
  });

  test('is rejected if its patterns exceed the load of the plan', () => {
    const large = { ...created, conditions: { pattern: '^((1?){30}){30}$' } };
    expect(problemOf({ policies: [large] }, { load: 950_000 }).code).toBe('none');
    expect(problemOf({ policies: [large] }, { load: 990_000 })).toEqual({
      code: 'INVALID_PATTERN',
      details: [
        'draft.policies[0].conditions.pattern: ' +
          'expression too large together with the other patterns, at position 0 (INVALID_PATTERN)',
      ],
    });
    const [small, other] = ['^5', '^6'].map((pattern) => ({ ...created, name: pattern, conditions: { pattern } }));
    expect(
      problemOf({ policies: [small, large, other], delete: ['pol_1'] }, { load: 999_999 }).details.map(
        (detail) => detail.split(':')[0],
      ),
    ).toEqual(['draft.policies[1].conditions.pattern', 'draft.policies[2].conditions.pattern']);
    expect(problemOf({ policies: [{ ...large, status: 'draft' }] }, { load: 990_000 }).code).toBe('none');
  });

  test('may repeat the name of the policy that it updates', () => {
    expect(overlay({ policies: [{ id: 'pol_1', name: 'SALES' }] }).plan.policies).toMatchObject([{ name: 'SALES' }]);
  });

  test('may delete a policy, and use a name that it releases', () => {
    expect(overlay({ delete: ['pol_1'] }).plan.policies).toEqual([]);
    expect(overlay({ delete: ['pol_1'], policies: [{ ...created, name: 'Sales' }] }).plan.policies).toMatchObject([
      { name: 'Sales' },
    ]);
    expect(
      overlay({
        policies: [
          { id: 'pol_1', name: 'Revenue' },
          { ...created, name: 'SALES' },
        ],
      }).plan.policies,
    ).toHaveLength(2);
  });

  test('that is empty changes nothing', () => {
    expect(overlay({}).plan).toBe(live);
  });

  test('has the warnings of its saves, and warns of policies that are not active', () => {
    expect(
      overlay({ policies: [{ ...created, status: undefined, actions: { allow: true, gateway: 'tin-can' } }] }).warnings,
    ).toEqual([
      'draft.policies[0] has the status draft, so it does not take part in decisions',
      'draft.policies[0]: gateway tin-can is not managed by the platform; its name is passed to the switch unchanged',
    ]);
  });

  test('is rejected with a detail for each item that cannot be saved', () => {
    expect(
      problemOf({
        policies: [
          { ...created, conditions: { pattern: '^(' } },
          { id: 'pol_9' },
          { ...created, name: 'support' },
          { id: 'pol_1', actions: { gateway: 'gw_none' } },
          { name: 'Halved', status: 'active' },
        ],
        template: {
          name: 'T',
          rules: [{ pattern: '1', action: 'bridge', destination: 'user/$3' }],
          policies: ['pol_7'],
        },
        delete: ['pol_8'],
      }),
    ).toEqual({
      code: 'INVALID_PATTERN',
      details: [
        'draft.policies[0].conditions.pattern: missing closing ) at position 1 (INVALID_PATTERN)',
        'draft.policies[1].id: pol_9 is not a policy of the organization (UNKNOWN_POLICY)',
        'draft.policies[2].name: a policy named support exists (POLICY_NAME_EXISTS)',
        'draft.policies[3].actions.gateway: gw_none is not a gateway of the organization (UNKNOWN_GATEWAY)',
        expect.stringMatching(/^draft\.policies\[4\]\.conditions.*\(VALIDATION_FAILED\)$/),
        expect.stringMatching(/^draft\.policies\[4\]\.actions.*\(VALIDATION_FAILED\)$/),
        'draft.template.policies[0]: pol_7 is not a policy of the organization (UNKNOWN_POLICY)',
        'draft.template.rules[0].destination: $3 is not captured by the pattern (VALIDATION_FAILED)',
        'draft.delete[0]: pol_8 is not a policy of the organization (UNKNOWN_POLICY)',
      ],
    });
  });

  test('gives no two policies the same name', () => {
    expect(problemOf({ policies: [created, { ...created, name: 'NEW' }] })).toMatchObject({
      code: 'POLICY_NAME_EXISTS',
      details: [expect.stringMatching(/^draft\.policies\[1\]\.name/)],
    });
  });

  test('does not exceed the number of policies', () => {
    expect(problemOf({ policies: [created] }, { count: 10_000 })).toEqual({
      code: 'LIMIT_EXCEEDED',
      details: ['draft.policies[0]: The organization may have 10000 policies (LIMIT_EXCEEDED)'],
    });
    expect(problemOf({ policies: [created], delete: ['pol_1'] }, { count: 10_000 })).toMatchObject({ code: 'none' });
    const three = [created, { id: 'pol_1', priority: 1 }, { ...created, name: 'Third' }];
    expect(problemOf({ policies: three }, { count: 9_999 })).toEqual({
      code: 'LIMIT_EXCEEDED',
      details: [expect.stringMatching(/^draft\.policies\[2\]: /)],
    });
  });
});
