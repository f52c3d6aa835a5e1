import { describe, expect, test } from 'vitest';
import {
  entityOf,
  grantsOf,
  isRoleName,
  listPermissions,
  newRole,
  PermissionsChange,
  rolesSince,
} from './permission.ts';

const scopes = ['users:read', 'users:write', 'cdr:read'] as const;

test.each([
  ['usr_1', { type: 'user', id: 'usr_1' }],
  ['svc_1', { type: 'user', id: 'svc_1' }],
  ['grp_1', { type: 'group', id: 'grp_1' }],
  ['role_admin', { type: 'role', id: 'admin' }],
  ['admin', { type: 'role', id: 'admin' }],
  ['role_', { type: 'role', id: 'role_' }],
])('%s names %j', (name, entity) => expect(entityOf(name)).toEqual(entity));

test.each([
  ['ab', true],
  ['a', false],
  ['a1_b', true],
  ['A1', false],
  ['1a', false],
  ['a-b', false],
  [`a${'b'.repeat(31)}`, true],
  [`a${'b'.repeat(32)}`, false],
])('%s is a name for a custom role: %s', (name, isName) => expect(isRoleName(name)).toBe(isName));

describe('a change', () => {
  test.each([
    [{ permissions: [{ permission: 'users.read', granted: true }] }, true],
    [
      {
        permissions: [
          { permission: 'users.read', granted: true },
          { permission: 'users:read', granted: false },
        ],
      },
      false,
    ],
    [{ roles: ['agent', 'agent'] }, false],
    [{ roles: Array.from({ length: 11 }, (_, at) => `role${at}`) }, false],
    [{}, true],
  ])('%j is accepted: %s', (fields, isAccepted) =>
    expect(PermissionsChange.safeParse(fields).success).toBe(isAccepted),
  );

  test('names permissions with a dot or a colon', () => {
    expect(
      grantsOf(
        [
          { permission: 'users.read', granted: true },
          { permission: 'cdr:read', granted: false },
        ],
        scopes,
      ),
    ).toEqual({ 'users:read': true, 'cdr:read': false });
  });

  test('is rejected with all permissions that do not exist', () => {
    const list = ['users.read', 'users.fly', 'toString'].map((permission) => ({ permission, granted: true }));
    expect(() => grantsOf(list, scopes)).toThrow(
      expect.objectContaining({
        code: 'UNKNOWN_PERMISSION',
        details: [
          { path: 'permissions[1].permission', message: 'users.fly is no permission' },
          { path: 'permissions[2].permission', message: 'toString is no permission' },
        ],
      }),
    );
  });

  test('of roles keeps since when the others are held; without a record, since the creation', () => {
    const holder = {
      roles: ['agent', 'viewer'],
      roles_since: { viewer: '2026-02-01T00:00:00.000Z' },
      created_at: '2026-01-01T00:00:00.000Z',
    };
    expect(rolesSince(holder, ['agent', 'viewer', 'manager'], '2026-03-01T00:00:00.000Z')).toEqual({
      agent: '2026-01-01T00:00:00.000Z',
      viewer: '2026-02-01T00:00:00.000Z',
      manager: '2026-03-01T00:00:00.000Z',
    });
  });
});

describe('a list of permissions', () => {
  const held = { scopes: ['users:read', 'cdr:read'], ownOnly: ['cdr:read'], reach: 'own' } as const;

  test('holds all, each with its nearest source; one that no source gives has none', () => {
    const sources = [
      { name: 'direct', granted: ['users:read'], denied: [] },
      { name: 'role:agent', granted: ['users:read', 'cdr:read'], denied: [] },
    ] as const;
    expect(listPermissions(scopes, sources, held)).toEqual([
      { permission: 'users.read', scope: 'org', granted: true, source: 'direct' },
      { permission: 'users.write', scope: 'org', granted: false, source: null },
      { permission: 'cdr.read', scope: 'resource', granted: true, source: 'role:agent' },
    ]);
  });

  test('names the source of a denial before that of a grant', () => {
    const sources = [
      { name: 'direct', granted: ['users:read'], denied: [] },
      { name: 'group:grp_1', granted: [], denied: ['users:read'] },
    ] as const;
    expect(listPermissions(['users:read'], sources, { scopes: [], ownOnly: [], reach: 'all' })).toEqual([
      { permission: 'users.read', scope: 'global', granted: false, source: 'deny:group:grp_1' },
    ]);
  });
});

test('a new role has no holders', () => {
  expect(newRole('dispatcher', { 'users:read': true }, '2026-01-01T00:00:00.000Z')).toMatchObject({
    name: 'dispatcher',
    permissions: { 'users:read': true },
    holders: 0,
    version: 1,
  });
});
