import { describe, expect, test } from 'vitest';
import {
  basicCredentials,
  foldedUsername,
  kindOf,
  LogInFields,
  permittedScopes,
  serviceLogIn,
  userLogIn,
} from './log-in.ts';

const credentials = { username: 'Ada', password: 'secret' };
const code = (wanted: string): unknown => expect.objectContaining({ code: wanted });

describe('the fields of a log-in', () => {
  test('may say the same thing twice', () => {
    expect(userLogIn('user', [credentials, credentials])).toMatchObject({
      username: 'ada',
      password: 'secret',
      client: 'api',
    });
  });

  test.each(['username', 'password', 'org_id', 'ttl'] as const)('say two things about %s in vain', (field) => {
    const [one, other] = field === 'org_id' || field === 'ttl' ? [1001, 1002] : ['one', 'other'];
    expect(() => userLogIn('user', [{ ...credentials, [field]: one }, { [field]: other }])).toThrow(
      code('AMBIGUOUS_CREDENTIALS'),
    );
  });

  test('name a service account in either way, but not in two different ones', () => {
    expect(serviceLogIn([{ client_id: 'svc_1' }, { password: 'sk' }])).toMatchObject({
      clientId: 'svc_1',
      secret: 'sk',
      scopes: undefined,
    });
    expect(() => serviceLogIn([{ client_id: 'svc_1', client_secret: 'sk', username: 'svc_2' }])).toThrow(
      code('AMBIGUOUS_CREDENTIALS'),
    );
  });

  test('need name and secret', () => {
    expect(() => userLogIn('user', [{ username: 'ada' }])).toThrow(
      expect.objectContaining({ code: 'MISSING_FIELD', details: [{ path: 'password', message: 'is required' }] }),
    );
    expect(() => serviceLogIn([{ client_id: '' }])).toThrow(code('MISSING_FIELD'));
  });

  test('list scopes by comma or blank', () => {
    expect(
      serviceLogIn([{ client_id: 'svc_1', client_secret: 'sk', scope: 'cdr:write, events:write  users:read' }]).scopes,
    ).toEqual(['cdr:write', 'events:write', 'users:read']);
  });

  test.each(['3600', 3_600])('take a lifetime of %j seconds', (ttl) =>
    expect(LogInFields.parse({ ttl }).ttl).toBe(3_600),
  );
  test.each([59, 86_401, '1e3', 60.5])('take no lifetime of %j seconds', (ttl) =>
    expect(LogInFields.safeParse({ ttl }).success).toBe(false),
  );
  test('take no password of more than 1,024 bytes', () => {
    expect(LogInFields.safeParse({ password: 'é'.repeat(512) }).success).toBe(true);
    expect(LogInFields.safeParse({ password: 'é'.repeat(513) }).success).toBe(false);
  });
});

test.each([
  ['Straße', 'straße'],
  ['ＡＤＡ', 'ada'],
  [' Ada@Example.COM ', 'ada@example.com'],
])('%j is the same name as %j', (one, other) => expect(foldedUsername(one)).toBe(foldedUsername(other)));

test('a Basic header gives name and secret, which may hold colons; a Bearer header gives nothing', () => {
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

test('three names stand for service accounts, and others for nobody', () => {
  expect(['user', 'admin', 'service', 'api', 'system'].map(kindOf)).toEqual([
    'user',
    'admin',
    'service',
    'service',
    'service',
  ]);
  expect(() => kindOf('constructor')).toThrow(code('UNKNOWN_ENTITY'));
});

test('scopes asked for are given in the order in which they are held, and none beyond', () => {
  expect(permittedScopes(['b', 'a'], ['a', 'b', 'c'])).toEqual(['a', 'b']);
  expect(permittedScopes(undefined, ['a'])).toEqual(['a']);
  expect(() => permittedScopes(['a', 'd'], ['a'])).toThrow(code('SCOPE_NOT_PERMITTED'));
});
