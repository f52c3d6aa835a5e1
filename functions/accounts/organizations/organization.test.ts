import { describe, expect, test } from 'vitest';
import { defaultLimits } from './limits.ts';
import {
  firstProfile,
  foldName,
  matches,
  mergeByKey,
  NewOrganization,
  newOrganization,
  operatorOrganization,
} from './organization.ts';

const stamp = { number: 1001, pageKey: 'key', now: '2026-11-20T10:00:00.000Z' };
const operator = { org_id: 1000, type: 'operator', limits: defaultLimits } as const;
const make = (fields: object = {}) =>
  newOrganization(
    NewOrganization.parse({ name: 'Acme', country: 'us', timezone: 'Europe/Berlin', ...fields }),
    operator,
    stamp,
  );

describe('a new organization', () => {
  test('is an active customer with the defaults', () => {
    expect(make()).toMatchObject({
      org_id: 1001,
      name: 'Acme',
      alias: null,
      type: 'customer',
      parent_id: 1000,
      status: 'active',
      country: 'US',
      limits: defaultLimits,
      security: { require_2fa: false, password_rotation_days: 0, session_ttl_max: 604_800, ip_whitelist: [] },
      retention: { cdr_days: 730, log_days: 365 },
      version: 1,
    });
  });

  test('takes what is given over the defaults, and no address line that is null', () => {
    expect(
      make({
        security: { session_ttl_max: 300 },
        retention: { log_days: 30 },
        address: { city: 'Bonn', street: null },
      }),
    ).toMatchObject({
      security: { session_ttl_max: 300, password_rotation_days: 0 },
      retention: { cdr_days: 730, log_days: 30 },
      address: { city: 'Bonn' },
    });
    expect(make({ address: { street: null } }).address).toEqual({});
  });

  test('has the notice of recordings that it wants, if its country permits it', () => {
    const settings = { recording_notice: 'none' };
    expect(make({ country: 'JP', settings }).settings).toEqual(settings);
    expect(() => make({ settings })).toThrow(
      expect.objectContaining({
        code: 'RECORDING_NOTICE_REQUIRED',
        details: [expect.objectContaining({ path: 'settings.recording_notice' })],
      }),
    );
  });

  test.each([
    [{ settings: { fax: {} } }, 'settings'],
    [{ settings: { toString: {} } }, 'settings'],
  ])('rejects what has no effect yet: %j', (fields, path) => {
    expect(() => make(fields)).toThrow(
      expect.objectContaining({ code: 'NOT_YET_SUPPORTED', details: [{ path, message: 'is not supported yet' }] }),
    );
  });

  test('has the number format that is given', () => {
    const numbers = { strip: ['9'], sources: { 'pbx-1': { country: 'DE' } } };
    expect(make({ settings: { numbers } }).settings).toEqual({ numbers });
    expect(make({ settings: { numbers: null } }).settings).toEqual({});
    for (const wrong of [{ strip: ['+'] }, { country: 'XX' }, { sources: { a: { strip: '9' } } }])
      expect(() => make({ settings: { numbers: wrong } })).toThrow();
  });

  test('has the settings of e-mail that are given', () => {
    const email = { enabled: false, default_from_name: 'Acme', platform_templates: ['welcome_email' as const] };
    expect(make({ settings: { email } }).settings).toEqual({ email });
    expect(make({ settings: { email: { ...email, enabled: null } } }).settings.email).not.toHaveProperty('enabled');
    for (const wrong of [{ default_from: 'acme' }, { platform_templates: ['password_reset'] }, { enabled: 'no' }])
      expect(() => make({ settings: { email: wrong } })).toThrow();
  });

  test('has the limit of notices that is given', () => {
    expect(make({ settings: { email: { notice_limit: 5 } } }).settings).toEqual({ email: { notice_limit: 5 } });
    expect(make({ settings: { email: { notice_limit: null } } }).settings).toEqual({});
    for (const wrong of [-1, 0.5, 100_001, '5'])
      expect(() => make({ settings: { email: { notice_limit: wrong } } })).toThrow();
  });

  test('has the settings of SMS that are given', () => {
    const sms = { sender_ids: ['Acme'], daily_limit: 5 };
    expect(make({ settings: { sms } }).settings).toEqual({ sms });
    expect(make({ settings: { sms: { daily_limit: null } } }).settings).toEqual({});
    expect(make({ settings: { sms: {} } }).settings).toEqual({});
    expect(() => make({ settings: { sms: { sender_ids: ['4711'] } } })).toThrow();
  });

  test('accepts those fields with the value that changes nothing', () => {
    expect(make({ security: { require_2fa: false }, settings: {} }).settings).toEqual({});
  });

  test('has no contacts, as it has no users', () => {
    expect(make({ contacts: { admin_user_id: null } }).contacts).toEqual({});
    expect(() => make({ contacts: { tech_user_id: 'usr_1' } })).toThrow(
      expect.objectContaining({
        code: 'UNKNOWN_USER',
        details: [expect.objectContaining({ path: 'contacts.tech_user_id' })],
      }),
    );
  });
});

test.each([
  [{ name: '' }, false],
  [{ name: 'a'.repeat(200) }, true],
  [{ name: 'a'.repeat(201) }, false],
  [{ alias: 'ab' }, true],
  [{ alias: 'a' }, false],
  [{ alias: 'Ab' }, false],
  [{ alias: `a${'b'.repeat(62)}` }, true],
  [{ alias: `a${'b'.repeat(63)}` }, false],
  [{ type: 'operator' }, false],
  [{ country: 'UK' }, false],
  [{ security: { session_ttl_max: 299 } }, false],
  [{ security: { password_rotation_days: 366 } }, false],
  [{ retention: { cdr_days: 89 } }, false],
  [{ retention: { log_days: 29 } }, false],
])('%j is accepted: %s', (fields, isAccepted) =>
  expect(NewOrganization.safeParse({ name: 'Acme', country: 'US', timezone: 'UTC', ...fields }).success).toBe(
    isAccepted,
  ),
);

test('the operator has no parent and is of a kind that no request creates', () => {
  expect(operatorOrganization({ ...stamp, number: 1000, name: 'Operator', country: 'DE' })).toMatchObject({
    org_id: 1000,
    type: 'operator',
    parent_id: null,
    country: 'DE',
    timezone: 'UTC',
  });
});

test('the first billing profile has the name of the organization', () => {
  expect(firstProfile(make(), { id: 'bp_1', currency: 'EUR', now: stamp.now })).toMatchObject({
    id: 'bp_1',
    currency: 'EUR',
    billingName: 'Acme',
  });
});

test('objects merge by key: null removes a key, or all in place of the object', () => {
  const current = { a: 1, b: 2 };
  expect([
    mergeByKey(current, undefined),
    mergeByKey(current, { a: 3 }),
    mergeByKey(current, { a: null, b: undefined }),
    mergeByKey(current, null),
  ]).toEqual([current, { a: 3, b: 2 }, {}, {}]);
});

test('names are the same in any case and width', () => {
  expect(foldName(' ＡＣＭＥ Ltd ')).toBe('acme ltd');
});

test.each([
  [{ q: 'ac' }, true],
  [{ q: 'ÁC' }, true],
  [{ q: 'cme' }, false],
  [{ q: 'roadr' }, true],
  [{ type: 'customer' }, true],
  [{ type: 'reseller' }, false],
  [{ status: 'suspended' }, false],
  [{ q: 'acme', type: 'customer', status: 'active' }, true],
  [{}, true],
])('the filter %j matches: %s', (filter, isMatch) =>
  expect(matches({ name: 'Acme', alias: 'roadrunner', type: 'customer', status: 'active' }, filter)).toBe(isMatch),
);
