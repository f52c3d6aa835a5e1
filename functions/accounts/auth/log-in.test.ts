import { describe, expect, test } from 'vitest';
import {
  factorRequired,
  invalidCode,
  basicCredentials,
  logInKind,
  LogInFields,
  permittedScopes,
  rejectionOf,
  serviceLogIn,
  serviceRejection,
  userLogIn,
  wantedLogIn,
} from './log-in.ts';

const credentials = { username: 'Ada', password: 'secret' };
const code = (wanted: string): unknown => expect.objectContaining({ code: wanted });

describe('the fields of a log-in', () => {
  test('may come twice with one value', () => {
    expect(userLogIn('user', [credentials, credentials])).toMatchObject({
      username: 'ada',
      password: 'secret',
      client: 'api',
    });
  });

  test.each(['username', 'password', 'org_id', 'ttl'] as const)('are rejected with two values of %s', (field) => {
    const [one, other] = field === 'org_id' || field === 'ttl' ? [1001, 1002] : ['one', 'other'];
    expect(() => userLogIn('user', [{ ...credentials, [field]: one }, { [field]: other }])).toThrow(
      code('AMBIGUOUS_CREDENTIALS'),
    );
  });

  test('take client_id and client_secret of a service account from username and password too', () => {
    expect(serviceLogIn([{ client_id: 'svc_1' }, { password: 'sk' }])).toMatchObject({
      clientId: 'svc_1',
      secret: 'sk',
      scopes: undefined,
    });
    expect(() => serviceLogIn([{ client_id: 'svc_1', client_secret: 'sk', username: 'svc_2' }])).toThrow(
      code('AMBIGUOUS_CREDENTIALS'),
    );
  });

  test('require name and secret', () => {
    expect(() => userLogIn('user', [{ username: 'ada' }])).toThrow(
      expect.objectContaining({ code: 'MISSING_FIELD', details: [{ path: 'password', message: 'is required' }] }),
    );
    expect(() => serviceLogIn([{ client_id: '' }])).toThrow(code('MISSING_FIELD'));
  });

  test('separate scopes by commas or blanks', () => {
    expect(
      serviceLogIn([{ client_id: 'svc_1', client_secret: 'sk', scope: 'cdr:write, events:write  users:read' }]).scopes,
    ).toEqual(['cdr:write', 'events:write', 'users:read']);
  });

  test.each(['3600', 3_600])('accept a ttl of %j seconds', (ttl) => expect(LogInFields.parse({ ttl }).ttl).toBe(3_600));
  test.each([59, 86_401, '1e3', 60.5])('reject a ttl of %j seconds', (ttl) =>
    expect(LogInFields.safeParse({ ttl }).success).toBe(false),
  );
  test('reject a password of more than 1,024 bytes', () => {
    expect(LogInFields.safeParse({ password: 'é'.repeat(512) }).success).toBe(true);
    expect(LogInFields.safeParse({ password: 'é'.repeat(513) }).success).toBe(false);
  });
});

test('a Basic header holds name and secret, and the secret may hold colons; other headers hold none', () => {
  expect(basicCredentials(`Basic ${Buffer.from('ada:a:b').toString('base64')}`)).toEqual({
    username: 'ada',
    password: 'a:b',
  });
  expect([
    basicCredentials('Bearer abc'),
    basicCredentials(undefined),
    basicCredentials(`Basic ${Buffer.from('nocolon').toString('base64')}`),
  ]).toEqual([{}, {}, {}]);
});

test('service, api and system are service accounts; an unknown kind is rejected', () => {
  expect(['user', 'admin', 'service', 'api', 'system'].map(logInKind)).toEqual([
    'user',
    'admin',
    'service',
    'service',
    'service',
  ]);
  expect(() => logInKind('constructor')).toThrow(code('UNKNOWN_ENTITY'));
});

test('a token has the requested scopes in the order of the account; one that the account lacks is rejected', () => {
  expect(permittedScopes(['b', 'a'], ['a', 'b', 'c'])).toEqual(['a', 'b']);
  expect(permittedScopes(undefined, ['a'])).toEqual(['a']);
  expect(() => permittedScopes(['a', 'd'], ['a'])).toThrow(code('SCOPE_NOT_PERMITTED'));
});

test('the kind decides which fields a log-in has', () => {
  const fields = [{ username: 'svc_1', password: 'sk' }];
  expect(wantedLogIn('service', fields)).toMatchObject({ kind: 'service', clientId: 'svc_1', secret: 'sk' });
  expect(wantedLogIn('admin', fields)).toMatchObject({ kind: 'admin', username: 'svc_1', password: 'sk' });
});

test('other grant types are rejected', () => {
  expect(() => serviceLogIn([{ client_id: 'svc_1', client_secret: 'sk', grant_type: 'password' }])).toThrow(
    code('UNSUPPORTED_GRANT_TYPE'),
  );
});

test('a code comes with the password, or with the token of a log-in that waits for it', () => {
  expect(userLogIn('user', [{ ...credentials, totp_code: '123456' }])).toMatchObject({
    kind: 'user',
    code: { kind: 'totp', code: '123456' },
  });
  expect(userLogIn('user', [{ session_token: '2fa_x', recovery_code: 'a' }])).toEqual({
    kind: 'waiting',
    token: '2fa_x',
    code: { kind: 'recovery', code: 'a' },
  });
  expect(() => userLogIn('user', [{ session_token: '2fa_x' }])).toThrow(code('MISSING_FIELD'));
  expect(() => userLogIn('user', [{ ...credentials, totp_code: '1', recovery_code: 'a' }])).toThrow(
    code('AMBIGUOUS_CREDENTIALS'),
  );
});

test('the error of a log-in without its code carries the token that continues it', () => {
  expect([factorRequired('2fa_x', false), factorRequired('2fa_x', true), invalidCode()]).toMatchObject([
    {
      code: 'TWO_FACTOR_REQUIRED',
      facts: { session_token: '2fa_x' },
      message: expect.stringContaining('Send the code'),
    },
    { code: 'TWO_FACTOR_REQUIRED', facts: { session_token: '2fa_x' }, message: expect.stringContaining('set it up') },
    { code: 'INVALID_TOTP_CODE' },
  ]);
});

const account = { status: 'active', roles: ['agent'], access: { web_portal: false, mobile_app: true } } as const;
const attempt = { kind: 'user', client: 'api', isAddressAllowed: true, isInHours: true } as const;

test.each([
  ['an active account', account, attempt, undefined],
  ['a disabled account', { ...account, status: 'disabled' as const }, attempt, 'ACCOUNT_DISABLED'],
  ['a pending account', { ...account, status: 'pending' as const }, attempt, 'ACCOUNT_DISABLED'],
  ['an address that is not listed', account, { ...attempt, isAddressAllowed: false }, 'IP_NOT_ALLOWED'],
  ['an account outside its hours', account, { ...attempt, isInHours: false }, 'OUTSIDE_HOURS'],
  ['an agent as admin', account, { ...attempt, kind: 'admin' as const }, 'NOT_ADMIN'],
  ['an admin as admin', { ...account, roles: ['admin'] }, { ...attempt, kind: 'admin' as const }, undefined],
  ['a web client without web access', account, { ...attempt, client: 'web' as const }, 'CLIENT_NOT_ALLOWED'],
  ['a mobile client with mobile access', account, { ...attempt, client: 'mobile' as const }, undefined],
])('the log-in of %s', (_, of, conditions, expected) => expect(rejectionOf(of, conditions)?.code).toBe(expected));

test('a service account must be active, its address allowed, and its hours open', () => {
  const rejection = (status: 'active' | 'disabled', isAddressAllowed: boolean, isInHours: boolean) =>
    serviceRejection({ status }, { isAddressAllowed, isInHours })?.code;
  expect([
    rejection('active', true, true),
    rejection('active', true, false),
    rejection('active', false, false),
    rejection('disabled', false, false),
  ]).toEqual([undefined, 'OUTSIDE_HOURS', 'IP_NOT_ALLOWED', 'ACCOUNT_DISABLED']);
});
