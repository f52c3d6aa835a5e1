import { expect, test } from 'vitest';
import type { Scope } from '../../contract/scopes.ts';
import type { GroupItem } from '../../dynamodb/rows/group.ts';
import type { RoleItem } from '../../dynamodb/rows/role.ts';
import { activeGroupsOf, rightsOf, roleNamesOf, type RightsSources } from './rights.ts';

const times = { created_at: '2026-01-01T00:00:00.000Z', updated_at: '2026-01-01T00:00:00.000Z', version: 1 };
const group = (id: string, more: Partial<GroupItem> = {}): GroupItem => ({
  id,
  name: id,
  display_name: id,
  description: null,
  category: 'other',
  status: 'active',
  roles: [],
  roles_since: {},
  permissions: {},
  member_count: 1,
  ...times,
  ...more,
});
const role = (name: string, permissions: Partial<Record<Scope, boolean>>): RoleItem => ({
  name,
  permissions,
  holders: 1,
  ...times,
});
const sources = (groups: readonly GroupItem[], roles: readonly RoleItem[] = []): RightsSources => ({
  groups: new Map(groups.map((item) => [item.id, item])),
  roles: new Map(roles.map((item) => [item.name, item])),
});
const member = { roles: ['viewer'], permissions: {}, groups: ['grp_sales'] };

test('a user has the roles of its groups, each once', () => {
  const of = sources([group('grp_sales', { roles: ['viewer', 'billing'] })]);
  expect(roleNamesOf(member, of)).toEqual(['viewer', 'billing']);
  expect(rightsOf(member, of).scopes).toContain('billing:write');
});

test('an inactive or deleted group grants nothing', () => {
  const of = sources([
    group('grp_sales', { status: 'inactive', roles: ['admin'], permissions: { 'files:write': true } }),
  ]);
  expect(activeGroupsOf({ groups: ['grp_sales', 'grp_deleted'] }, of)).toEqual([]);
  expect(rightsOf(member, of).scopes).not.toContain('files:write');
});

test('a custom role grants and denies', () => {
  const of = sources([], [role('dispatcher', { 'calls:write': true, 'cdr:read': false })]);
  const { scopes } = rightsOf({ roles: ['viewer', 'dispatcher'], permissions: {}, groups: [] }, of);
  expect(scopes).toContain('calls:write');
  expect(scopes).not.toContain('cdr:read');
});

test('a denial of a group beats a grant of the user', () => {
  const of = sources([group('grp_sales', { permissions: { 'cdr:read': false } })]);
  expect(rightsOf({ ...member, permissions: { 'cdr:read': true } }, of).scopes).not.toContain('cdr:read');
});
