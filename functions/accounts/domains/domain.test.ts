import { describe, expect, test } from 'vitest';
import type { Domain } from '#schema/domain.ts';
import { domainOf } from './domain.fixture.ts';
import {
  activateDomain,
  changeDomain,
  demotePrimary,
  DomainChange,
  DomainSettings,
  needsVerification,
  newDomain,
  promoteAlias,
  replaceDomain,
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
