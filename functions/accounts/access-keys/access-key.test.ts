import { describe, expect, test } from 'vitest';
import { codeOf } from '#test/support/errors.fixture.ts';
import { newAccessKey, presentKey, assertRoom, rotateKey, type Rights } from './access-key.ts';
import type { NewAccessKey } from './contract.ts';

const now = new Date('2026-11-20T12:00:00.000Z');
const rights: Rights = {
  scopes: new Set(['users:read', 'cdr:read'] as const),
  ownOnly: new Set(['cdr:read'] as const),
  reach: 'own',
};
const make = (wanted: Partial<NewAccessKey> = {}, of = rights) =>
  newAccessKey(
    { name: 'Importer', ...wanted },
    { id: 'usr_1', organization: 1001, rights: of },
    { id: 'key_1', hash: 'hash', now },
  );

describe('a new key', () => {
  test("has its creator's rights, for a year and from anywhere, unless fewer are requested", () => {
    expect(make()).toMatchObject({
      scopes: ['users:read', 'cdr:read'],
      own_only: ['cdr:read'],
      reach: 'own',
      detail: '',
      allowed_ips: [],
      expires_at: Date.parse('2027-11-20T12:00:00.000Z') / 1_000,
    });
    expect(make({ scopes: ['users:read', 'users:read'] })).toMatchObject({ scopes: ['users:read'], own_only: [] });
  });

  test('is limited to own records in each scope in which its creator is, also if it requests that scope', () => {
    expect(make({ scopes: ['cdr:read'] })).toMatchObject({ scopes: ['cdr:read'], own_only: ['cdr:read'] });
  });

  test('has no scope that its creator lacks', () => {
    expect(codeOf(() => make({ scopes: ['users:read', 'billing:write'] }))).toBe('CANNOT_GRANT');
  });

  test.each([
    ['2026-11-20T12:00:00.000Z', 'VALIDATION_FAILED'],
    ['2026-11-20T12:00:01.000Z', null],
    ['2036-11-20T12:00:00.000Z', null],
    ['2036-11-20T12:00:01.000Z', 'VALIDATION_FAILED'],
  ])('with the end %s is answered by %s', (end, answer) => {
    expect(codeOf(() => make({ expires_at: end }))).toBe(answer);
  });
});

describe('a user', () => {
  const names = (count: number, expires = now.getTime() / 1_000 + 1) =>
    Array.from({ length: count }, (_, at) => ({ name: `key ${at}`, expires_at: expires }));

  test('has at most 25 keys, not counting expired ones', () => {
    expect([codeOf(() => assertRoom(names(24), 'new', now)), codeOf(() => assertRoom(names(25), 'new', now))]).toEqual([
      null,
      'TOO_MANY_KEYS',
    ]);
    expect(codeOf(() => assertRoom(names(40, now.getTime() / 1_000), 'new', now))).toBeNull();
  });

  test('has no two live keys of one name; case does not count', () => {
    expect(codeOf(() => assertRoom(names(1), 'KEY 0', now))).toBe('NAME_TAKEN');
    expect(codeOf(() => assertRoom(names(1, now.getTime() / 1_000), 'key 0', now))).toBeNull();
  });
});

describe('a rotation', () => {
  const rotate = (overlap: number | null, of: Partial<Parameters<typeof rotateKey>[0]> = {}, by = rights) =>
    rotateKey({ ...make(), ...of }, overlap, { rights: by, hash: 'new', now });

  test('keeps the old secret valid for the overlap, by default 24 hours; with 0 it ends at once', () => {
    expect(rotate(1)).toMatchObject({
      hash: 'new',
      previous: { hash: 'hash', valid_until: '2026-11-20T13:00:00.000Z' },
      version: 2,
    });
    expect(rotate(null).previous?.valid_until).toBe('2026-11-21T12:00:00.000Z');
    expect(rotate(0, { previous: { hash: 'older', valid_until: now.toISOString() } })).not.toHaveProperty('previous');
  });

  test('is rejected while the previous overlap lasts', () => {
    const before = (until: string) => ({ previous: { hash: 'older', valid_until: until } });
    expect([
      codeOf(() => rotate(1, before('2026-11-20T12:00:00.001Z'))),
      codeOf(() => rotate(1, before('2026-11-20T12:00:00.000Z'))),
    ]).toEqual(['ROTATION_IN_PROGRESS', null]);
  });

  test('is rejected for a key with more rights than the caller', () => {
    expect(codeOf(() => rotate(1, { scopes: ['users:read', 'billing:read'] }))).toBe('CANNOT_GRANT');
    expect(codeOf(() => rotate(1, { scopes: ['cdr:read'], own_only: [] }))).toBe('CANNOT_GRANT');
    expect(codeOf(() => rotate(1, { scopes: ['cdr:read'], own_only: ['cdr:read'] }))).toBeNull();
  });
});

test('a key is shown without its secrets', () => {
  const shown = presentKey(rotateKey(make(), 1, { rights, hash: 'new', now }), undefined);
  expect(JSON.stringify(shown)).not.toMatch(/hash|new|previous/);
  expect(shown).toMatchObject({ org_id: 'org_1001', token_prefix: 'key_1', last_used_at: null });
});
