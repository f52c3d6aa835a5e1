import { describe, expect, test } from 'vitest';
import { callerOf } from '#test/support/people.fixture.ts';
import type { Caller } from '#http/authorization/caller.ts';
import { assertRoom, createdEvent, maxLive, NewTemporaryToken, newToken, presentToken } from './temporary-token.ts';

const now = new Date('2026-11-20T12:00:00.000Z');
const seconds = now.getTime() / 1_000;
const tokenFor = (wanted: object, caller: Partial<Caller> = {}) =>
  newToken(NewTemporaryToken.parse({ purpose: 'report', ...wanted }), callerOf(1001, caller), { hash: 'ab', now });
const some = { scopes: new Set(['files:write', 'files:read', 'cdr:read', 'users:read'] as const) };
const fails = (code: string) => expect.objectContaining({ code }) as Error;

describe('the scopes of a token', () => {
  test.each([
    ['file_upload', ['files:write']],
    ['device_provision', []],
    ['report_download', ['files:read', 'cdr:read']],
    ['anything_else', ['files:read', 'cdr:read', 'users:read']],
    ['constructor', ['files:read', 'cdr:read', 'users:read']],
  ])('of purpose %s are by default %j', (purpose, scopes) => {
    expect(tokenFor({ purpose }, some).scopes).toEqual(scopes);
  });

  test.each([[['cdr:read', 'files:write']], ['cdr:read,files:write'], [' cdr:read  files:write ']])(
    'are those that %j names, in the order of the caller',
    (scope) => expect(tokenFor({ scope }, some).scopes).toEqual(['files:write', 'cdr:read']),
  );

  test('are part of those of the caller, also where they cover own records only', () => {
    expect(() => tokenFor({ scope: 'billing:read' }, some)).toThrow(fails('SCOPE_EXCEEDS'));
    expect(() => tokenFor({ scope: ['no:scope'] })).toThrow(fails('SCOPE_EXCEEDS'));
    expect(tokenFor({ scope: [] }).scopes).toEqual([]);
    const own = { ...some, ownOnly: new Set(['cdr:read'] as const) };
    expect(tokenFor({ scope: 'cdr:read files:read' }, own).own_only).toEqual(['cdr:read']);
  });
});

test.each(['', 'a', 'Upper', '1st', 'with space', 'x'.repeat(65)])('the purpose %j is rejected', (purpose) => {
  expect(() => tokenFor({ purpose })).toThrow(fails('INVALID_PURPOSE'));
});

test('a token lives 300 s or its ttl, and never longer than what made it', () => {
  const until = (ttl: number | undefined, end: number) =>
    tokenFor({ ttl }, { credential: { kind: 'session', id: 'ses_1', expiresAt: seconds + end } }).expires_at - seconds;
  expect([until(undefined, 9_999), until(10, 9_999), until(3_600, 9_999), until(3_600, 60)]).toEqual([
    300, 10, 3_600, 60,
  ]);
  expect([9, 3_601, 1.5].map((ttl) => NewTemporaryToken.safeParse({ purpose: 'ab', ttl }).success)).toEqual([
    false,
    false,
    false,
  ]);
});

test('a token names the session or key that made it, and the epoch of its user', () => {
  expect(tokenFor({}, { sessionEpoch: 7 })).toMatchObject({
    parent: { kind: 'session', id: 'ses_1001' },
    session_epoch: 7,
    single_use: false,
  });
  const key = { kind: 'accesskey', id: 'key_1', expiresAt: seconds + 60 } as const;
  expect(tokenFor({}, { credential: key })).toMatchObject({ parent: { kind: 'accesskey', id: 'key_1' } });
});

describe('the metadata of an upload', () => {
  const limits = (metadata: object, purpose = 'file_upload') => tokenFor({ purpose, metadata }).upload;

  test('limit size and types; other fields and other purposes do not', () => {
    expect(limits({ max_file_size: 10, allowed_types: ['Audio/WAV', 'image/*'], note: 'x' })).toEqual({
      max_file_size: 10,
      allowed_types: ['audio/wav', 'image/*'],
    });
    expect(limits({ note: 'x' })).toBeUndefined();
    expect(limits({ max_file_size: 'many' }, 'report')).toBeUndefined();
  });

  test.each([
    [{ max_file_size: 0 }, 'metadata.max_file_size'],
    [{ max_file_size: '10' }, 'metadata.max_file_size'],
    [{ allowed_types: [] }, 'metadata.allowed_types'],
    [{ allowed_types: ['audio'] }, 'metadata.allowed_types.0'],
    [{ allowed_types: ['*/*'] }, 'metadata.allowed_types.0'],
  ])('%j are rejected', (metadata, path) => {
    expect(() => limits(metadata)).toThrow(expect.objectContaining({ details: [expect.objectContaining({ path })] }));
  });

  test('have at most 4 KiB', () => {
    const isAccepted = (length: number): boolean =>
      NewTemporaryToken.safeParse({ purpose: 'ab', metadata: { a: 'x'.repeat(length) } }).success;
    expect([isAccepted(4_088), isAccepted(4_089)]).toEqual([true, false]);
  });
});

test('the answer shows the token, the event does not', () => {
  const stored = tokenFor({ scope: 'cdr:read files:read', single_use: true }, some);
  expect(presentToken(stored, 'tmp_x', undefined)).toEqual({
    temp_token: 'tmp_x',
    expires_at: '2026-11-20T12:05:00.000Z',
    purpose: 'report',
    scope: 'files:read,cdr:read',
    single_use: true,
    metadata: {},
    created_by: { user_id: 'usr_1001', org_id: 1001 },
  });
  expect(createdEvent(stored)).toEqual({
    entity: { type: 'user', id: 'usr_1001' },
    description: 'Temporary token for report created',
    fields: {
      purpose: 'report',
      scopes: ['files:read', 'cdr:read'],
      single_use: true,
      expires_at: '2026-11-20T12:05:00.000Z',
    },
  });
});

test('a user has at most 1,000 live tokens; the answer names when the first ends', () => {
  const live = (count: number) =>
    Array.from({ length: count }, () => ({ single_use: false, expires_at: seconds + 42 }));
  expect(() => assertRoom(live(maxLive - 1), now)).not.toThrow();
  expect(() => assertRoom(live(maxLive), now)).toThrow(
    expect.objectContaining({ code: 'RATE_LIMITED', retryAfter: 42 }),
  );
});
