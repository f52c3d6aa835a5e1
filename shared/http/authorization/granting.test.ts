import { callerOf, organizationOf } from '#test/support/people.fixture.ts';
import { expect, test } from 'vitest';
import type { Scope } from '../../contract/scopes.ts';
import type { CustomRoles } from '../../dynamodb/rows/role.ts';
import {
  assertGrantable,
  assertGrantableRoles,
  assertKnownRoles,
  assertManageable,
  assertMayChangeScopes,
  changedScopes,
} from './granting.ts';
import type { EffectiveRights } from './permissions.ts';

const caller = callerOf(1001, {
  scopes: new Set<Scope>(['users:read', 'users:write', 'calls:read']),
  ownOnly: new Set<Scope>(['calls:read']),
  reach: 'own',
});
const rights = (scopes: readonly Scope[], more: Partial<EffectiveRights> = {}): EffectiveRights => ({
  scopes,
  ownOnly: [],
  reach: 'own',
  ...more,
});
const role = (name: string, permissions: Partial<Record<Scope, boolean>>): CustomRoles =>
  new Map([[name, { name, permissions, holders: 0, created_at: '', updated_at: '', version: 1 }]]);

test('a caller manages users that may do no more than it', () => {
  expect(() => assertManageable(caller, rights(['users:read']))).not.toThrow();
  for (const more of [rights(['billing:read']), rights([], { reach: 'children' }), rights(['calls:read'])])
    expect(() => assertManageable(caller, more)).toThrow(expect.objectContaining({ code: 'CANNOT_MANAGE_USER' }));
});

test('a caller grants only what it has, and own-only scopes as own-only', () => {
  expect(() => assertGrantable(caller, rights(['calls:read'], { ownOnly: ['calls:read'] }), 'scopes')).not.toThrow();
  expect(() => assertGrantable(caller, rights(['calls:read']), 'scopes')).toThrow(
    expect.objectContaining({ code: 'CANNOT_GRANT', details: [expect.objectContaining({ path: 'scopes' })] }),
  );
});

test('a caller changes grants and denials of scopes that it holds in full', () => {
  expect(() => assertMayChangeScopes(caller, ['users:read', 'users:write'], 'permissions')).not.toThrow();
  for (const scope of ['calls:read', 'billing:read'] as const)
    expect(() => assertMayChangeScopes(caller, [scope], 'permissions')).toThrow(
      expect.objectContaining({ code: 'CANNOT_GRANT' }),
    );
});

test('a scope has changed if its grant or its denial differs', () => {
  expect(
    changedScopes(
      { 'users:read': true, 'users:write': false, 'calls:read': true },
      { 'users:read': true, 'users:write': true, 'billing:read': false },
    ),
  ).toEqual(['users:write', 'billing:read', 'calls:read']);
});

test('built-in roles that reach further are roles of their type of organization only', () => {
  const known = (name: string, type: 'operator' | 'reseller' | 'customer') => () =>
    assertKnownRoles([name], organizationOf(1001, { type }), new Map());
  expect(known('operator', 'operator')).not.toThrow();
  expect(known('reseller', 'reseller')).not.toThrow();
  expect(known('admin', 'customer')).not.toThrow();
  for (const [name, type] of [
    ['operator', 'reseller'],
    ['reseller', 'customer'],
    ['reseller', 'operator'],
  ] as const)
    expect(known(name, type)).toThrow(
      expect.objectContaining({ code: 'UNKNOWN_ROLE', details: [expect.objectContaining({ path: 'roles[0]' })] }),
    );
});

test('a custom role is known by its name', () => {
  const organization = organizationOf(1001);
  expect(() => assertKnownRoles(['dispatcher'], organization, role('dispatcher', {}))).not.toThrow();
  expect(() => assertKnownRoles(['admin', 'dispatcher'], organization, new Map())).toThrow(
    expect.objectContaining({ details: [expect.objectContaining({ path: 'roles[1]' })] }),
  );
});

test('a denial does not make a role grantable', () => {
  const custom = role('seller', { 'billing:write': true, 'users:read': false });
  expect(() => assertGrantableRoles(caller, ['seller'], custom)).toThrow(
    expect.objectContaining({ code: 'CANNOT_GRANT', details: [expect.objectContaining({ path: 'roles' })] }),
  );
  expect(() => assertGrantableRoles(caller, ['reader'], role('reader', { 'users:read': true }))).not.toThrow();
});
