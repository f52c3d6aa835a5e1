import { expect, test } from 'vitest';
import { defaultLimits } from './limits.ts';
import { Organization, presentCounts, presentOrganization } from './organization-answer.ts';
import { NewOrganization, newOrganization, operatorOrganization } from './organization.ts';

const stamp = { number: 1001, pageKey: 'secret page key', now: '2026-11-20T10:00:00.000Z' };

test('an organization is shown with text ids and all contacts, without its secrets', () => {
  const stored = newOrganization(
    NewOrganization.parse({ name: 'Acme', country: 'US', timezone: 'UTC' }),
    { org_id: 1000, type: 'operator', limits: defaultLimits },
    stamp,
  );
  const shown = Organization.parse(presentOrganization({ ...stored, contacts: { tech_user_id: 'usr_1' } }));
  expect(shown).toMatchObject({
    id: 'org_1001',
    org_id: 1001,
    alias: null,
    parent_id: 'org_1000',
    contacts: { admin_user_id: null, tech_user_id: 'usr_1', finance_user_id: null },
  });
  expect(JSON.stringify(shown)).not.toContain('secret page key');
});

test('the operator has no parent', () => {
  expect(presentOrganization(operatorOrganization({ ...stamp, name: 'Operator', country: 'US' })).parent_id).toBeNull();
});

test('a kind of resource without a count has none', () => {
  expect(presentCounts({ users: 3, groups: 9 })).toEqual({
    users: 3,
    devices: 0,
    trunks: 0,
    numbers: 0,
    domains: 0,
    children: 0,
  });
});
