import { describe, expect, test } from 'vitest';
import { codeOf } from '#test/support/errors.fixture.ts';
import { omit } from '#schema/omit.ts';
import {
  changeSetUp,
  configuredEvent,
  hostsIn,
  isAllowedHost,
  newSecretOf,
  notConfigured,
  presentSetUp,
  redirectUriOf,
  rightsOfSetUp,
  warningsOf,
  SalesforceChange,
} from './set-up.ts';

const now = '2026-11-20T10:00:00.000Z';
const wanted: SalesforceChange = {
  client_id: 'c',
  client_secret: 'secret of the client',
  redirect_uris: ['https://portal.example.com/sso'],
};
const change = (more: SalesforceChange, before?: ReturnType<typeof changeSetUp>) =>
  changeSetUp(before, { ...(before === undefined ? wanted : { client_id: 'c' }), ...more }, ['sso.example.com'], now);

describe('a set-up', () => {
  test('has defaults at first; later absent fields stay', () => {
    const first = change({});
    expect(first).toEqual({
      client_id: 'c',
      login_url: 'https://login.salesforce.com',
      redirect_uris: ['https://portal.example.com/sso'],
      auto_link: false,
      auto_provision: false,
      default_role: 'agent',
      require_2fa: false,
      email_verified_as_text: false,
      enabled: true,
      updated_at: now,
      version: 1,
    });
    const later = change({ auto_link: true }, first);
    expect(later).toEqual({ ...first, auto_link: true, version: 2 });
    expect(change({ login_url: 'https://acme.my.salesforce.com/' }, later).login_url).toBe(
      'https://acme.my.salesforce.com',
    );
  });

  test.each([
    ['client_id', { ...wanted, client_id: undefined }],
    ['client_secret', { ...wanted, client_secret: undefined }],
    ['client_secret', { ...wanted, client_secret: '***' }],
    ['redirect_uris', { ...wanted, redirect_uris: undefined }],
  ])('needs %s at first', (path, body) => {
    expect(() => changeSetUp(undefined, body, [], now)).toThrow(
      expect.objectContaining({ code: 'MISSING_FIELD', details: [expect.objectContaining({ path })] }) as Error,
    );
  });

  test.each([
    'https://evil.example.com',
    'https://salesforce.com.evil.example.com',
    'https://evilsalesforce.com',
    'http://login.salesforce.com',
    'https://login.salesforce.com/?a=1',
    'https://login.salesforce.com/#a',
    'https://a:b@login.salesforce.com',
    'login.salesforce.com',
  ])('does not log in at %s', (login_url) => {
    expect(codeOf(() => change({ login_url }))).toBe('VALIDATION_FAILED');
  });

  test.each([
    'http://portal.example.com',
    'javascript:alert(1)',
    'https://a.example.com/#x',
    'https://u@a.example.com',
  ])('does not return to %s', (uri) => {
    expect(codeOf(() => change({ redirect_uris: [uri] }))).toBe('VALIDATION_FAILED');
  });

  test('returns to one of its pages, by default the first', () => {
    const setUp = change({ redirect_uris: ['http://localhost:8080/sso', 'https://a.example.com'] });
    expect(redirectUriOf(setUp, undefined)).toBe('http://localhost:8080/sso');
    expect(redirectUriOf(setUp, 'https://a.example.com')).toBe('https://a.example.com');
    expect(codeOf(() => redirectUriOf(setUp, 'https://a.example.com/'))).toBe('REDIRECT_URI_NOT_ALLOWED');
  });

  test('shows no secret, in answers nor in events', () => {
    const setUp = change({});
    expect(presentSetUp(setUp, 1001)).toMatchObject({ client_secret: '***', org_id: 'org_1001' });
    expect(presentSetUp(omit(setUp, 'email_verified_as_text'), 1001)).toMatchObject({ email_verified_as_text: false });
    const events = [configuredEvent(1001, undefined, setUp, true), configuredEvent(1001, setUp, setUp, false)];
    expect(JSON.stringify(events)).not.toContain('secret of the client');
    expect(events[0]).toMatchObject({ entity: { type: 'org', id: 'org_1001' }, fields: { new_secret: true } });
  });

  test('keeps its secret if it is saved as it was answered', () => {
    const answered = presentSetUp(change({}), 1001);
    expect(newSecretOf(SalesforceChange.parse(answered))).toBeUndefined();
    expect([newSecretOf({}), newSecretOf(wanted)]).toEqual([undefined, 'secret of the client']);
  });

  test('needs the rights of an administrator to link by addresses', () => {
    expect([rightsOfSetUp(change({})), rightsOfSetUp(change({ auto_link: true }))]).toEqual([
      ['agent'],
      ['agent', 'admin'],
    ]);
  });

  test('warns where users of all Salesforce organizations log in', () => {
    const mine = { login_url: 'https://acme.my.salesforce.com', auto_link: true };
    expect([change({}), change({ auto_link: true }), change(mine)].map((each) => warningsOf(each).length)).toEqual([
      0, 1, 0,
    ]);
  });
});

test('hosts are those of Salesforce and those of the setting', () => {
  const hosts = hostsIn(' SSO.example.com, sso.example.org:8443 ,');
  expect(hosts).toEqual(['sso.example.com', 'sso.example.org:8443']);
  const allowed = (url: string): boolean => isAllowedHost(new URL(url), hosts);
  expect([
    allowed('https://sso.example.com:444/'),
    allowed('https://sso.example.org:8443/'),
    allowed('https://sso.example.org/'),
    allowed('https://x.salesforce.com'),
    allowed('http://x.salesforce.com'),
  ]).toEqual([true, true, false, true, false]);
  expect(hostsIn(undefined)).toEqual([]);
});

test('an organization without a set-up has one answer', () => {
  expect(notConfigured().code).toBe('SSO_NOT_CONFIGURED');
});
