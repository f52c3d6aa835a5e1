import { describe, expect, test } from 'vitest';
import { newPolicy } from '../schema/policy.ts';
import { newTemplate } from '../schema/dialplan-template.ts';
import {
  dependenciesOfGroup,
  dependenciesOfPolicy,
  dependenciesOfTemplate,
  presentDependencies,
} from './dependencies.ts';

const at = '2026-01-01T00:00:00.000Z';
const policy = newPolicy(
  {
    name: 'Abroad',
    description: undefined,
    status: 'active',
    priority: 1,
    conditions: { pattern: '^011', user_groups: ['Sales', 'Night', 'Gone'] },
    actions: { allow: true, gateway: 'intl', failover_gateways: ['gw_1'] },
  },
  'pol_1',
  { group_ids: { sales: 'grp_1', gone: 'grp_9' } },
  { by: 'usr_1', at },
);
const template = newTemplate({ name: 'Office', rules: [], variables: {}, policies: ['pol_1'] }, 'tpl_1', at);
const revenue = { id: 'grp_1', name: 'Revenue' };

describe('dependencies', () => {
  test('of a policy are the template that lists it, its groups with their present names, and its gateways', () => {
    expect(
      presentDependencies(
        dependenciesOfPolicy(policy, template, { groups: [revenue], gateways: [{ id: 'gw_1', name: 'far' }] }),
        'both',
      ),
    ).toEqual({
      entity: { id: 'pol_1', type: 'policy', name: 'Abroad' },
      dependencies: {
        upstream: [{ id: 'tpl_1', type: 'template', name: 'Office', relationship: 'included_in' }],
        downstream: [
          { id: 'grp_1', type: 'group', name: 'Revenue', relationship: 'references' },
          { id: null, type: 'group', name: 'Night', relationship: 'references' },
          { id: null, type: 'group', name: 'Gone', relationship: 'references' },
          { id: null, type: 'gateway', name: 'intl', relationship: 'routes_to' },
          { id: 'gw_1', type: 'gateway', name: 'far', relationship: 'routes_to' },
        ],
      },
      dependency_count: { upstream: 1, downstream: 5, total: 6 },
      can_delete: false,
      delete_blocked_reason: "Policy is referenced by template 'Office'",
    });
  });

  test('in one direction exclude the other, and can_delete stays', () => {
    const of = dependenciesOfPolicy(policy, template, { groups: [revenue], gateways: [{ id: 'gw_1', name: 'far' }] });
    expect(presentDependencies(of, 'downstream')).toMatchObject({
      dependencies: { upstream: [] },
      dependency_count: { upstream: 0, downstream: 5, total: 5 },
      can_delete: false,
    });
    expect(presentDependencies(of, 'upstream')).toMatchObject({
      dependencies: { downstream: [] },
      dependency_count: { total: 1 },
    });
  });

  test('of a policy that no template lists allow its deletion', () => {
    expect(
      presentDependencies(dependenciesOfPolicy(policy, undefined, { groups: [], gateways: [] }), 'both'),
    ).toMatchObject({ can_delete: true, delete_blocked_reason: null });
  });

  test('of a template are the policies that it includes', () => {
    expect(dependenciesOfTemplate(template, [policy]).downstream).toEqual([
      { id: 'pol_1', type: 'policy', name: 'Abroad', relationship: 'includes' },
    ]);
  });

  test('of a group are the policies that resolved it, not those that only list its name', () => {
    expect(dependenciesOfGroup(revenue, [policy]).upstream).toEqual([
      { id: 'pol_1', type: 'policy', name: 'Abroad', relationship: 'referenced_by' },
    ]);
    expect(presentDependencies(dependenciesOfGroup({ id: 'grp_2', name: 'Night' }, [policy]), 'both')).toMatchObject({
      can_delete: true,
    });
  });
});
