import { describe, expect, test } from 'vitest';
import { userOf } from '#test/support/people.fixture.ts';
import {
  AccessChange,
  accessOf,
  actionsOf,
  assertNotLockedOut,
  assertNotOwn,
  assertNotOwnAccess,
  changeAccess,
  changeClient,
  changesAccount,
  changesSettings,
  levelOf,
  revokeAccess,
  rolesAtLevel,
  withoutShown,
} from './access.ts';

const user = userOf('usr_1', { password_changed_at: '2026-01-01T00:00:00.000Z' });
const { access } = user;
const clocks = { timezone: 'Europe/Berlin', now: '2026-03-02T12:00:00.000Z' };
const windows = [{ days: ['mon' as const], start: '08:00', end: '18:00' }];
const hours = { timezone: 'UTC', windows };
const change = (wanted: unknown, of = access) => changeAccess(of, AccessChange.parse(wanted), clocks);
const isAccepted = (wanted: unknown): boolean => AccessChange.safeParse(wanted).success;

describe('the level', () => {
  test.each([
    [['admin'], 'admin'],
    [['viewer', 'reseller'], 'admin'],
    [['operator'], 'admin'],
    [['viewer'], 'restricted'],
    [['viewer', 'agent'], 'standard'],
    [[], 'standard'],
  ])('of the roles %j is %s', (roles, level) => expect(levelOf(roles)).toBe(level));

  test.each([
    ['admin', ['agent'], ['agent', 'admin']],
    ['admin', ['admin'], ['admin']],
    ['standard', ['admin', 'billing'], ['billing']],
    ['standard', ['admin'], ['agent']],
    ['standard', ['viewer'], ['viewer', 'agent']],
    ['standard', ['reseller', 'admin'], ['reseller']],
    ['restricted', ['admin', 'billing'], ['viewer']],
  ] as const)('%s turns the roles %j into %j', (level, roles, after) => {
    expect(rolesAtLevel(roles, level, 'user')).toEqual(after);
  });

  test('that the account has already, as its state, is no change', () => {
    const of = (wanted: AccessChange, roles: readonly string[]) => withoutShown(wanted, { status: 'active', roles });
    expect(of({ status: 'active', accessLevel: 'admin', permissions: {} }, ['reseller'])).toEqual({ permissions: {} });
    expect(of({ accessLevel: 'standard' }, [])).toEqual({});
    const changes = { status: 'disabled', accessLevel: 'standard' } as const;
    expect(of(changes, ['admin'])).toEqual(changes);
  });

  test('gives a service account no role of people, and no one an eleventh role', () => {
    const ten = Array.from({ length: 10 }, (_, at) => `role_${at}`);
    expect(rolesAtLevel(['admin'], 'standard', 'service')).toEqual([]);
    expect(() => rolesAtLevel(ten, 'admin', 'user')).toThrow(expect.objectContaining({ code: 'VALIDATION_FAILED' }));
  });
});

describe('a change', () => {
  test('merges by key: what it does not name stays', () => {
    const limited = { ...access, ip_whitelist: ['192.0.2.0/24'], hours, device_limit: 3 };
    expect(change({ permissions: { webPortal: false } }, limited)).toEqual({ ...limited, web_portal: false });
    expect(change({ restrictions: { deviceLimit: 7 } }, limited)).toEqual({ ...limited, device_limit: 7 });
    expect(change({ sessions: { maxSessions: 2 } }, limited)).toEqual({ ...limited, max_sessions: 2 });
    expect(change({ restrictions: { timeRestrictions: { timezone: 'Asia/Tokyo' } } }, limited).hours).toEqual({
      timezone: 'Asia/Tokyo',
      windows,
    });
  });

  test('restores defaults by null, and an empty list allows any address', () => {
    const limited = { ...access, ip_whitelist: ['192.0.2.0/24'], hours, device_limit: 3, max_sessions: 1 };
    const cleared = { ipWhitelist: null, timeRestrictions: null, deviceLimit: null };
    const standard = { ...access, device_limit: 5 };
    expect(change({ restrictions: cleared, sessions: { maxSessions: null } }, limited)).toEqual(standard);
    expect(change({ restrictions: { ipWhitelist: [] } }, limited)).not.toHaveProperty('ip_whitelist');
  });

  test('uses the time zone of the user or organization, and needs windows', () => {
    expect(change({ restrictions: { timeRestrictions: { windows } } }).hours).toEqual({
      timezone: 'Europe/Berlin',
      windows,
    });
    expect(() => change({ restrictions: { timeRestrictions: { timezone: 'UTC' } } })).toThrow(
      expect.objectContaining({ code: 'VALIDATION_FAILED' }),
    );
  });

  test.each([
    ['no CIDR block', { restrictions: { ipWhitelist: ['192.0.2.1'] } }],
    ['51 CIDR blocks', { restrictions: { ipWhitelist: Array.from({ length: 51 }, (_, at) => `10.0.${at}.0/24`) } }],
    ['no window', { restrictions: { timeRestrictions: { timezone: 'UTC', windows: [] } } }],
    ['15 windows', { restrictions: { timeRestrictions: { windows: Array.from({ length: 15 }, () => windows[0]) } } }],
    ['an unknown day', { restrictions: { timeRestrictions: { windows: [{ ...windows[0], days: ['sunday'] }] } } }],
    ['a window without length', { restrictions: { timeRestrictions: { windows: [{ ...windows[0], end: '08:00' }] } } }],
    ['a window after 24:00', { restrictions: { timeRestrictions: { windows: [{ ...windows[0], end: '24:01' }] } } }],
    ['an unknown zone', { restrictions: { timeRestrictions: { timezone: 'Mars/Base', windows } } }],
    ['101 devices', { restrictions: { deviceLimit: 101 } }],
    ['no device', { restrictions: { deviceLimit: 0 } }],
    ['51 sessions', { sessions: { maxSessions: 51 } }],
    ['no session', { sessions: { maxSessions: 0 } }],
    ['an unknown level', { accessLevel: 'root' }],
    ['an unknown status', { status: 'closed' }],
    ['a flag that is no boolean', { permissions: { apiAccess: 'no' } }],
  ])('with %s is rejected', (_title, wanted) => expect(isAccepted(wanted)).toBe(false));

  test('at the limits is accepted', () => {
    const most = { ipWhitelist: Array.from({ length: 50 }, (_, at) => `10.0.${at}.0/24`), deviceLimit: 100 };
    const window = { days: ['sun'], start: '22:00', end: '24:00' };
    const timeRestrictions = { timezone: 'UTC', windows: Array.from({ length: 14 }, () => window) };
    expect(isAccepted({ restrictions: { ...most, timeRestrictions }, sessions: { maxSessions: 50 } })).toBe(true);
  });

  test('of state and level changes the user; a reset removes the second factor', () => {
    const secured = { ...user, two_factor_enabled: true };
    const after = changeClient(
      secured,
      { status: 'disabled', accessLevel: 'restricted', security: { resetTwoFactor: true } },
      clocks,
    );
    expect(after).toMatchObject({
      status: 'disabled',
      roles: ['viewer'],
      two_factor_enabled: false,
      updated_at: clocks.now,
      version: user.version + 1,
    });
    expect(changeClient(secured, { permissions: {} }, clocks).two_factor_enabled).toBe(true);
    expect(revokeAccess(user, clocks.now).status).toBe('disabled');
  });

  test('concerns settings, the account, or neither', () => {
    const wanted: AccessChange[] = [{}, { security: { unlock: true } }, { security: { resetTwoFactor: true } }];
    expect(wanted.map(changesSettings)).toEqual([false, false, false]);
    expect(wanted.map(changesAccount)).toEqual([false, false, true]);
    expect(changesSettings({ status: 'active' })).toBe(true);
    expect(wanted.map(actionsOf)).toEqual([
      { resets: false, unlocks: false },
      { resets: false, unlocks: true },
      { resets: true, unlocks: false },
    ]);
  });
});

test('flags and limits are shown with their defaults', () => {
  expect(accessOf(access)).toEqual({
    webPortal: true,
    mobileApp: true,
    apiAccess: true,
    softphone: true,
    maxSessions: 5,
    deviceLimit: 5,
    ipWhitelist: [],
    hours: null,
  });
});

describe('the own account', () => {
  const own = (wanted: AccessChange) => () => assertNotOwn(true, wanted);

  test('keeps its state, its level and its second factor', () => {
    for (const wanted of [
      { status: 'active' },
      { accessLevel: 'admin' },
      { security: { resetTwoFactor: true } },
    ] as const)
      expect(own(wanted)).toThrow(expect.objectContaining({ code: 'OWN_ACCOUNT' }));
    expect(own({ permissions: { webPortal: false }, security: { unlock: true } })).not.toThrow();
    expect(() => assertNotOwn(false, { status: 'disabled' })).not.toThrow();
    expect(() => assertNotOwnAccess(true)).toThrow(expect.objectContaining({ code: 'OWN_ACCOUNT' }));
    expect(() => assertNotOwnAccess(false)).not.toThrow();
  });

  test('is not locked out by its own change', () => {
    const at =
      (more: object, isWithin: boolean, now = '2026-03-02T12:00:00Z') =>
      () =>
        assertNotLockedOut({ access: { ...access, ...more } }, { now: new Date(now), isWithin: () => isWithin });
    expect(at({}, false)).not.toThrow();
    expect(at({ ip_whitelist: ['192.0.2.0/24'] }, true)).not.toThrow();
    expect(at({ ip_whitelist: ['192.0.2.0/24'] }, false)).toThrow(expect.objectContaining({ code: 'WOULD_LOCK_OUT' }));
    expect(at({ hours }, true)).not.toThrow();
    expect(at({ hours }, true, '2026-03-02T18:00:00Z')).toThrow(expect.objectContaining({ code: 'WOULD_LOCK_OUT' }));
  });
});
