import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Domain } from '#schema/domain.ts';
import { domainOf } from './domain.fixture.ts';
import {
  activateDomain,
  assertNotReserved,
  assertVerified,
  changeDomain,
  demotePrimary,
  DomainChange,
  DomainName,
  DomainSettings,
  needsVerification,
  newDomain,
  promoteAlias,
  recordNames,
  replaceDomain,
  verificationRecord,
} from './domain.ts';

const now = '2026-11-21T10:00:00.000Z';
const origin = { id: 'dom_1', organization: 1_001, parent: 1_000, record: 'voiceplatform-verify=second', now };
const body = { domain: 'new.example', organization_id: 1_001 };
const active = (domain: string, more: Partial<Domain> = {}): Domain =>
  domainOf(domain, { status: 'active', verified_at: now, ...more });
const error = (code: string): unknown => expect.objectContaining({ code });

describe('a new domain', () => {
  test('is pending with the defaults', () => {
    expect(newDomain(body, [], origin)).toMatchObject({
      status: 'pending',
      type: 'primary',
      ssl_enabled: true,
      settings: { default_transport: 'udp', nat_keepalive: true },
      dns_verification_record: 'voiceplatform-verify=second',
      verified_at: null,
      email_status: null,
    });
  });

  test('is an alias beside a primary domain, unless it asks to be primary', () => {
    const others = [domainOf('a.example')];
    expect(newDomain(body, others, origin).type).toBe('alias');
    expect(newDomain(body, [domainOf('a.example', { type: 'alias' })], origin).type).toBe('primary');
    const after = newDomain({ ...body, type: 'primary' }, others, origin);
    expect(demotePrimary(after, others, now)).toMatchObject({
      before: { domain: 'a.example' },
      after: { type: 'alias', version: 2 },
    });
    expect(demotePrimary({ ...after, type: 'alias' }, others, now)).toBeUndefined();
  });
});

describe('replacing', () => {
  test('returns absent fields to their defaults and keeps state and record', () => {
    const before = active('a.example', {
      ssl_enabled: false,
      settings: { default_transport: 'tls', nat_keepalive: false },
    });
    expect(replaceDomain(before, { ...body, domain: 'a.example' }, [], origin)).toEqual({
      ...active('a.example'),
      updated_at: now,
      version: 2,
    });
  });

  test('renames a pending domain, which has another record then', () => {
    expect(replaceDomain(domainOf('a.example'), body, [], origin)).toMatchObject({
      domain: 'new.example',
      dns_verification_record: 'voiceplatform-verify=second',
    });
    for (const status of ['active', 'inactive'] as const)
      expect(() => replaceDomain(domainOf('a.example', { status }), body, [], origin)).toThrow(
        error('IMMUTABLE_FIELD'),
      );
  });
});

describe('a change', () => {
  test('merges settings', () => {
    const before = active('a.example', { settings: { default_transport: 'tls', nat_keepalive: true } });
    expect(changeDomain(before, { settings: { nat_keepalive: false } }, now)).toMatchObject({
      settings: { default_transport: 'tls', nat_keepalive: false },
      status: 'active',
      version: 2,
    });
  });

  test('sets an active domain inactive and active again without a look-up, but no pending one', () => {
    const inactive = changeDomain(active('a.example'), { status: 'inactive' }, now);
    expect(inactive).toMatchObject({ status: 'inactive', verified_at: now });
    expect(needsVerification(inactive, { status: 'active' })).toBe(false);
    expect(needsVerification(domainOf('a.example'), { status: 'active' })).toBe(true);
    expect(needsVerification(domainOf('a.example'), {})).toBe(false);
    expect(() => changeDomain(domainOf('a.example'), { status: 'inactive' }, now)).toThrow(error('INVALID_STATUS'));
  });

  test('has no other status, and no unknown setting', () => {
    expect(DomainChange.safeParse({ status: 'pending' }).error?.issues).toMatchObject([
      { path: ['status'], params: { code: 'INVALID_STATUS' } },
    ]);
    expect(DomainSettings.safeParse({ codec: 'opus' }).success).toBe(false);
  });
});

test('a verified domain is active', () => {
  expect(activateDomain(domainOf('a.example'), now)).toMatchObject({ status: 'active', verified_at: now, version: 2 });
});

test('the oldest active alias follows a deleted primary domain', () => {
  const alias = (id: string, status: Domain['status']) => domainOf(`${id}.example`, { id, type: 'alias', status });
  const others = [alias('dom_3', 'active'), alias('dom_1', 'pending'), alias('dom_2', 'active')];
  expect(promoteAlias(domainOf('a.example'), others, now)).toMatchObject({
    before: { id: 'dom_2' },
    after: { type: 'primary', version: 2 },
  });
  expect(promoteAlias(domainOf('a.example', { type: 'alias' }), others, now)).toBeUndefined();
  expect(promoteAlias(domainOf('a.example'), [alias('dom_1', 'pending')], now)).toBeUndefined();
});

const accepts = (name: string): string | undefined => DomainName.safeParse(name).data;

test('a domain is a host name of two labels or more, in lower case', () => {
  expect(accepts(' Sip.Company-1.Example.COM ')).toBe('sip.company-1.example.com');
  expect(accepts('xn--bcher-kva.example')).toBe('xn--bcher-kva.example');
  expect(accepts(`${'a'.repeat(63)}.example`)).toBeDefined();
});

test.each([
  ['one label', 'localhost'],
  ['a trailing dot', 'example.com.'],
  ['an empty label', 'a..example'],
  ['an IPv4 address', '192.0.2.1'],
  ['an address in another form', '0x7f.1'],
  ['an IPv6 address', '::1'],
  ['a label of more than 63 characters', `${'a'.repeat(64)}.example`],
  ['more than 253 characters', `${'a.'.repeat(126)}example`],
  ['a label that begins with a hyphen', '-a.example'],
  ['an underscore', '_sip.example.com'],
  ['a letter beyond ASCII', 'bücher.example'],
  ['a wildcard', '*.example.com'],
  ['a line end inside', 'a.exam\nple.com'],
  ['nothing', ''],
])('%s is no domain', (_, name) => {
  expect(accepts(name)).toBeUndefined();
});

test('an accepted name is accepted unchanged, and is the host of its URL', () => {
  const names = fc.oneof(fc.domain(), fc.stringMatching(/^[a-z0-9.-]{1,30}$/));
  fc.assert(
    fc.property(names, (name) => {
      const accepted = accepts(name);
      fc.pre(accepted !== undefined);
      expect([accepts(accepted), new URL(`http://${accepted}`).hostname]).toEqual([accepted, accepted]);
    }),
  );
});

test("the platform's domains and those below them are the operator's", () => {
  const rejects = (host: string, isOperator: boolean): boolean => {
    try {
      assertNotReserved(host, ['sip.example.com'], isOperator);
      return false;
    } catch {
      return true;
    }
  };
  expect(['sip.example.com', 'a.sip.example.com'].map((host) => rejects(host, false))).toEqual([true, true]);
  expect(['example.com', 'notsip.example.com'].map((host) => rejects(host, false))).toEqual([false, false]);
  expect(rejects('sip.example.com', true)).toBe(false);
});

const expected = verificationRecord('x');
const judge = (records: readonly string[], isComplete = true): unknown => {
  try {
    assertVerified('a.example', expected, { records, isComplete });
    return 'verified';
  } catch (error) {
    return error;
  }
};

test('the record verifies, whatever else the DNS has or does not answer', () => {
  expect([judge([expected]), judge(['v=spf1 -all', expected], false)]).toEqual(['verified', 'verified']);
  expect(expected).toBe('voiceplatform-verify=x');
  expect(recordNames('a.example')).toEqual(['a.example', '_voiceplatform.a.example']);
});

test('without it the error names it and what was found', () => {
  expect(judge(['v=spf1 -all', `${expected} `])).toMatchObject({
    code: 'DOMAIN_NOT_VERIFIED',
    details: [
      { path: 'expected', message: expected },
      { path: 'found', message: 'v=spf1 -all' },
      { path: 'found', message: `${expected} ` },
    ],
  });
});

test('an incomplete answer without it is no proof of its absence', () => {
  expect(judge(['other'], false)).toMatchObject({ code: 'DNS_UNAVAILABLE', retryAfter: 30 });
});

test('an error shows ten records of 255 characters, and no control characters', () => {
  const { details } = judge(Array.from({ length: 500 }, () => `\r\n\u202e${'a'.repeat(4_000)}`)) as {
    details: { message: string }[];
  };
  expect(details).toHaveLength(11);
  expect(details[1]?.message).toBe(`\ufffd\ufffd\ufffd${'a'.repeat(252)}`);
});
