import { describe, expect, test } from 'vitest';
import { stored } from './connector.fixture.ts';
import type { DataConnector, Secrets } from './data-connector.ts';
import {
  isExpected,
  readRequestOf,
  tokenRequestOf,
  tokensIn,
  tokenUrlOf,
  type ServiceRequest,
} from './service-request.ts';

const settings = { microsoftLogin: 'https://login.microsoftonline.com' };
const connector = (more: Partial<DataConnector>): DataConnector => ({
  ...stored,
  ...{ server: 'https://a.example.com', username: 'anna', client_id: 'c:1', organization: 'tenant.example.com' },
  ...more,
});
const secrets: Secrets = { password: 'p&w', client_secret: 's=1', token: 'tok' };

function tokenRequest(more: Partial<DataConnector>, assertion?: string) {
  const of = connector(more);
  const {
    method,
    url,
    headers,
    body = '',
  } = tokenRequestOf(of, secrets, {
    url: tokenUrlOf(of, settings) ?? '',
    assertion,
  });
  return {
    method,
    url,
    authorization: headers['authorization'],
    fields: Object.fromEntries(new URLSearchParams(body)),
  };
}

describe('the request for a token', () => {
  test('of Salesforce exchanges the refresh token, or an assertion', () => {
    const url = 'https://a.example.com/services/oauth2/token';
    expect(tokenRequest({ kind: 'salesforce', auth_type: 'oauth' })).toMatchObject({
      method: 'POST',
      url,
      fields: { grant_type: 'refresh_token', refresh_token: 'tok', client_id: 'c:1', client_secret: 's=1' },
    });
    expect(tokenRequest({ kind: 'salesforce', auth_type: 'jwt' }, 'a.b.c')).toMatchObject({
      url,
      fields: { grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer', assertion: 'a.b.c' },
    });
  });

  test('of Dynamics goes to the tenant at Microsoft', () => {
    expect(tokenRequest({ kind: 'dynamics', auth_type: 'client_credentials' })).toMatchObject({
      url: 'https://login.microsoftonline.com/tenant.example.com/oauth2/v2.0/token',
      fields: { grant_type: 'client_credentials', client_secret: 's=1', scope: 'https://a.example.com/.default' },
    });
    const named = tokenRequest({ kind: 'dynamics', resource_id: 'api://x/.default' });
    expect(named.fields['scope']).toBe('api://x/.default');
  });

  test('of Oracle goes to the identity domain, with the client in the header', () => {
    expect(tokenRequest({ kind: 'oracle_fusion', auth_type: 'oauth' })).toEqual({
      method: 'POST',
      url: 'https://tenant.example.com/oauth2/v1/token',
      authorization: `Basic ${Buffer.from('c%3A1:s%3D1').toString('base64')}`,
      fields: { grant_type: 'client_credentials', scope: 'urn:opc:resource:consumer::all' },
    });
  });

  test('of Sugar is JSON', () => {
    const sugar = connector({ kind: 'sugar', auth_type: 'password' });
    const url = tokenUrlOf(sugar, settings) ?? '';
    const { body = '' } = tokenRequestOf(sugar, secrets, { url, assertion: undefined });
    expect([url, JSON.parse(body)]).toEqual([
      'https://a.example.com/rest/v11/oauth2/token',
      {
        grant_type: 'password',
        client_id: 'c:1',
        client_secret: 's=1',
        username: 'anna',
        password: 'p&w',
        platform: 'base',
      },
    ]);
  });

  test('is not needed by a direct credential', () => {
    for (const kind of ['zendesk', 'gooddata', 'http'] as const)
      expect(tokenUrlOf(connector({ kind }), settings)).toBeUndefined();
    expect(tokenUrlOf(connector({ kind: 'oracle_fusion', auth_type: 'basic' }), settings)).toBeUndefined();
  });
});

const basic = (credential: string): string => `Basic ${Buffer.from(credential).toString('base64')}`;

describe('what is read', () => {
  const read = (more: Partial<DataConnector>, token?: string): ServiceRequest | undefined =>
    readRequestOf(connector(more), secrets, token);

  test.for([
    [{ kind: 'salesforce' }, '/services/oauth2/userinfo'],
    [{ kind: 'dynamics' }, '/api/data/v9.2/WhoAmI'],
    [{ kind: 'oracle_fusion' }, '/fscmRestApi/resources/latest/'],
    [{ kind: 'gooddata' }, '/api/v1/profile'],
    [{ kind: 'http', test_path: '/me?a=b' }, '/me?a=b'],
  ] as const)('of %o is %s', ([of, path]) => {
    expect(read(of, 'access')).toMatchObject({
      url: `https://a.example.com${path}`,
      headers: { authorization: 'Bearer access' },
    });
  });

  test.for([
    [{ kind: 'zendesk', auth_type: 'token' }, { authorization: basic('anna/token:tok') }],
    [{ kind: 'zendesk', auth_type: 'oauth' }, { authorization: 'Bearer tok' }],
    [{ kind: 'oracle_fusion', auth_type: 'basic' }, { authorization: basic('anna:p&w') }],
    [{ kind: 'http', auth_type: 'bearer' }, { authorization: 'Bearer tok' }],
    [{ kind: 'http', auth_type: 'header', header_name: 'X-Key' }, { 'x-key': 'tok' }],
  ] as const)('by %o has its credential', ([of, credential]) => {
    expect(read(of)?.headers).toMatchObject(credential);
  });

  test('without a credential has none', () => {
    const headers = read({ kind: 'http', auth_type: 'none' })?.headers;
    expect(Object.keys(headers ?? {})).toEqual(['accept', 'user-agent']);
  });

  test('of Sugar is nothing', () => {
    expect(read({ kind: 'sugar' }, 'access')).toBeUndefined();
  });
});

test('a token that cannot be sent is none', () => {
  expect(tokensIn('{"access_token":"abc","refresh_token":"r"}')).toEqual({ access_token: 'abc', refresh_token: 'r' });
  expect(tokensIn('{"access_token":"abc","refresh_token":7}')).toEqual({ access_token: 'abc' });
  for (const body of ['', '[]', '{"access_token":"a\\r\\nb"}', '{"access_token":""}', '{"access_token":7}'])
    expect(tokensIn(body)).toBeUndefined();
});

test('Zendesk answers a stranger with a user without id', () => {
  const of = connector({ kind: 'zendesk' });
  expect([isExpected(of, '{"user":{"id":null}}'), isExpected(of, 'no'), isExpected(of, '{"user":{"id":7}}')]).toEqual([
    false,
    false,
    true,
  ]);
  expect(isExpected(connector({ kind: 'http' }), 'anything')).toBe(true);
});
