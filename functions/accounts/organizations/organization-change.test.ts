import { describe, expect, test } from 'vitest';
import { defaultLimits } from './limits.ts';
import {
  assertContactsExist,
  assertNotLockedOut,
  changeEvent,
  changeOrganization,
  newContacts,
  OrganizationChange,
} from './organization-change.ts';
import { NewOrganization, newOrganization, operatorOrganization } from './organization.ts';

const stamp = { number: 1001, pageKey: 'key', now: '2026-11-20T10:00:00.000Z' };
const later = '2026-11-21T10:00:00.000Z';
const parent = { org_id: 1000, type: 'operator', limits: defaultLimits } as const;
const acme = newOrganization(
  NewOrganization.parse({
    name: 'Acme',
    alias: 'acme',
    country: 'US',
    timezone: 'UTC',
    address: { city: 'Bonn', phone: '+49228' },
  }),
  parent,
  stamp,
);
const change = (fields: object) => changeOrganization(acme, OrganizationChange.parse(fields), parent, later);

describe('a change', () => {
  test('is a new version that keeps what it does not name', () => {
    expect(change({ name: 'Acme Ltd' })).toEqual({ ...acme, name: 'Acme Ltd', updated_at: later, version: 2 });
  });

  test('merges objects by key', () => {
    const changed = change({
      address: { city: null, street: 'Main Street 1' },
      security: { session_ttl_max: 600 },
      retention: { log_days: 40 },
      limits: { max_users: 7 },
      contacts: { tech_user_id: 'usr_1' },
    });
    expect(changed).toMatchObject({
      security: { session_ttl_max: 600, password_rotation_days: 0 },
      retention: { log_days: 40, cdr_days: 730 },
      limits: { ...defaultLimits, max_users: 7 },
      contacts: { tech_user_id: 'usr_1' },
    });
    expect(changed.address).toEqual({ phone: '+49228', street: 'Main Street 1' });
  });

  test('clears the alias by null', () => {
    expect(change({ alias: null }).alias).toBeNull();
  });

  test('accepts the current type and parent, and rejects others', () => {
    expect(change({ type: 'customer', parent_id: 1000 }).version).toBe(2);
    expect(() => change({ type: 'reseller' })).toThrow(
      expect.objectContaining({ code: 'VALIDATION_FAILED', details: [expect.objectContaining({ path: 'type' })] }),
    );
    expect(() => change({ parent_id: 1002 })).toThrow(
      expect.objectContaining({ code: 'VALIDATION_FAILED', details: [expect.objectContaining({ path: 'parent_id' })] }),
    );
  });

  test('never suspends the operator', () => {
    const operator = operatorOrganization({ ...stamp, name: 'Operator', country: 'US' });
    expect(() => changeOrganization(operator, { status: 'suspended' }, undefined, later)).toThrow(
      expect.objectContaining({ code: 'OPERATOR_ORG' }),
    );
  });

  test('sets the notice of recordings within what the country demands, and null restores its default', () => {
    const noticed = change({ country: 'jp', settings: { recording_notice: 'none' } });
    expect(noticed.settings).toEqual({ recording_notice: 'none' });
    const next = (fields: object) => changeOrganization(noticed, OrganizationChange.parse(fields), parent, later);
    expect(next({ name: 'Acme Ltd' }).settings).toEqual({ recording_notice: 'none' });
    expect(next({ country: 'DE', settings: { recording_notice: null } }).settings).toEqual({});
    expect(() => next({ country: 'DE' })).toThrow(
      expect.objectContaining({
        code: 'RECORDING_NOTICE_REQUIRED',
        details: [expect.objectContaining({ path: 'country' })],
      }),
    );
  });

  test('rejects what has no effect yet', () => {
    expect(() => change({ settings: { fax: {} } })).toThrow(expect.objectContaining({ code: 'NOT_YET_SUPPORTED' }));
  });
});

test('contacts that are cleared are not looked up; each unknown one is named', () => {
  const contacts = newContacts({ contacts: { admin_user_id: 'usr_1', tech_user_id: null, finance_user_id: 'usr_2' } });
  expect(contacts).toEqual([
    ['contacts.admin_user_id', 'usr_1'],
    ['contacts.finance_user_id', 'usr_2'],
  ]);
  expect(newContacts({ contacts: null })).toEqual([]);
  assertContactsExist(contacts, [{}, {}]);
  expect(() => {
    assertContactsExist(contacts, [{}, undefined]);
  }).toThrow(
    expect.objectContaining({
      code: 'UNKNOWN_USER',
      details: [{ path: 'contacts.finance_user_id', message: 'is no user of the organization' }],
    }),
  );
});

test('a list of networks must hold the address of the caller who sets it for its own organization', () => {
  const listing = { security: { ...acme.security, ip_whitelist: ['192.0.2.0/24'] } };
  const assertWith =
    (isOwn: boolean, isWithin: boolean, of = listing) =>
    (): void => {
      assertNotLockedOut(of, isOwn, () => isWithin);
    };
  expect(assertWith(true, false)).toThrow(expect.objectContaining({ code: 'WOULD_LOCK_OUT' }));
  expect(assertWith(true, true)).not.toThrow();
  expect(assertWith(false, false)).not.toThrow();
  expect(assertWith(true, false, { security: { ...acme.security, ip_whitelist: [] } })).not.toThrow();
});

test('a change of the status has an event of its own', () => {
  const [active, suspended] = [{ status: 'active' }, { status: 'suspended' }];
  expect([
    changeEvent(active, active),
    changeEvent(active, suspended),
    changeEvent(suspended, active),
    changeEvent(suspended, suspended),
  ]).toEqual(['org.updated', 'org.suspended', 'org.resumed', 'org.updated']);
});
