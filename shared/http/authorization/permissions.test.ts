import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { builtInRoles, scopes, type BuiltInRole, type Scope } from '../../contract/scopes.ts';
import { builtInRolesOf, covers, directPermissions, effectiveRights, type Holdings } from './permissions.ts';

const holding = (roles: readonly BuiltInRole[], more: Partial<Holdings> = {}) =>
  effectiveRights({ roles: builtInRolesOf(roles), granted: [], denied: [], ...more });

const someScopes = fc.uniqueArray(fc.constantFrom(...scopes));
const someRoles = fc.uniqueArray(fc.constantFrom(...(Object.keys(builtInRoles) as BuiltInRole[])));
const anyHoldings = fc.record({ roles: someRoles.map(builtInRolesOf), granted: someScopes, denied: someScopes });

test('there are 22 scopes, and the operator, resellers and admins hold them all', () => {
  expect(new Set(scopes).size).toBe(22);
  for (const role of ['operator', 'reseller', 'admin'] as const) expect(holding([role]).scopes).toEqual(scopes);
});

test.each<[BuiltInRole, number]>([
  ['manager', 16],
  ['billing', 6],
  ['agent', 9],
  ['viewer', 7],
  ['ingest', 2],
])('%s has %i scopes', (role, count) => {
  expect(holding([role]).scopes).toHaveLength(count);
});

describe('effective rights', () => {
  test('are the union of all sources', () => {
    expect(holding(['ingest'], { granted: ['users:read'] }).scopes).toEqual([
      'users:read',
      'cdr:write',
      'events:write',
    ]);
  });

  test('lack what any source denies', () => {
    fc.assert(
      fc.property(anyHoldings, (holdings) => {
        const { scopes: allowed } = effectiveRights(holdings);
        for (const scope of scopes) {
          const given = holdings.granted.includes(scope) || holdings.roles.some((role) => role.scopes.includes(scope));
          expect(allowed.includes(scope)).toBe(given && !holdings.denied.includes(scope));
        }
      }),
    );
  });

  test('are own-only if every source grants them so', () => {
    expect(holding(['agent']).ownOnly).toEqual([
      'telephony:read',
      'cdr:read',
      'messaging:read',
      'messaging:write',
      'files:read',
      'calls:read',
      'calls:write',
    ]);
    expect(holding(['agent', 'viewer']).ownOnly).toEqual(['messaging:read', 'messaging:write', 'calls:write']);
    expect(holding(['agent'], { granted: ['calls:write'] }).ownOnly).not.toContain('calls:write');
  });

  test('list own-only scopes among the scopes', () => {
    fc.assert(
      fc.property(anyHoldings, (holdings) => {
        const { scopes: allowed, ownOnly } = effectiveRights(holdings);
        expect(ownOnly.every((scope) => allowed.includes(scope))).toBe(true);
      }),
    );
  });

  test('have the widest reach of all roles', () => {
    expect(
      [holding([]), holding(['agent', 'reseller']), holding(['operator', 'viewer'])].map(({ reach }) => reach),
    ).toEqual(['own', 'children', 'all']);
  });

  test('have nothing from an unknown role', () => {
    expect(builtInRolesOf(['toString', 'root', 'viewer'])).toEqual([builtInRoles.viewer]);
  });
});

test('direct permissions are grants and denials', () => {
  expect(
    directPermissions({ 'users:read': true, 'users:write': false } satisfies Partial<Record<Scope, boolean>>),
  ).toEqual({ granted: ['users:read'], denied: ['users:write'] });
});

describe('rights cover', () => {
  test('themselves', () => {
    fc.assert(
      fc.property(anyHoldings, (holdings) => {
        expect(covers(effectiveRights(holdings), effectiveRights(holdings))).toBe(true);
      }),
    );
  });

  test.each<[BuiltInRole, BuiltInRole, boolean]>([
    ['operator', 'admin', true],
    ['admin', 'operator', false],
    ['admin', 'reseller', false],
    ['manager', 'admin', false],
    ['admin', 'agent', true],
    ['agent', 'viewer', false],
    ['manager', 'agent', true],
  ])('%s covers %s: %s', (mine, theirs, answer) => {
    expect(covers(holding([mine]), holding([theirs]))).toBe(answer);
  });

  test('own-only scopes with own-only scopes only', () => {
    const full = effectiveRights({ roles: [], granted: ['calls:read'], denied: [] });
    const own = effectiveRights({
      roles: [{ scopes: ['calls:read'], ownOnly: ['calls:read'], reach: 'own' }],
      granted: [],
      denied: [],
    });
    expect([covers(own, full), covers(full, own), covers(own, own)]).toEqual([false, true, true]);
  });
});
