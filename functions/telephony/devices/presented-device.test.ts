import { describe, expect, test } from 'vitest';
import type { Device } from '#schema/device.ts';
import { newDevice, type NewDevice } from './device.ts';
import { matchesFilter, presentDevice, PresentedDevice, unknownActivity, type LineState } from './presented-device.ts';

const now = '2026-11-20T10:00:00.000Z';
let names = 0;
const newUsername = (): string => `name-${(names += 1)}`;
const identity = { id: 'dev_1', kind: 'phone' as const, now, kept: undefined, newUsername };
const deviceOf = (wanted: Partial<NewDevice> = {}): Device =>
  newDevice({ mac_address: '00:1A:2B:3C:4D:5E', ...wanted }, identity);

describe('the status of a device', () => {
  const line = (state: LineState['state'], since: string): LineState => ({ state, since });
  const details = (lines: readonly LineState[], more: object = {}) =>
    presentDevice(deviceOf(), {
      organization: 1001,
      include: ['status'],
      url: null,
      now: new Date('2026-11-20T10:01:00.000Z'),
      activity: { ...unknownActivity, lines: new Map(lines.map((each, at) => [at + 1, each])), ...more },
    });

  test('is online while a line is registered, with the uptime of the oldest registration', () => {
    expect(
      details([line('registered', '2026-11-20T10:00:00.000Z'), line('expired', '2026-11-20T10:00:30.000Z')]),
    ).toMatchObject({ status: 'online', status_details: { registration_state: 'registered', uptime_seconds: 60 } });
  });

  test('has the state of the line that changed last if none is registered', () => {
    expect(
      details([line('unregistered', '2026-11-20T09:00:00.000Z'), line('expired', '2026-11-20T09:30:00.000Z')]),
    ).toMatchObject({
      status: 'offline',
      status_details: { registration_state: 'expired', uptime_seconds: 0, last_registration: null },
    });
    expect(details([])).toMatchObject({ status_details: { registration_state: 'unregistered' } });
  });

  test('has a network quality only while registered', () => {
    const since = '2026-11-20T10:00:00.000Z';
    const qualityOf = (...lines: readonly LineState[]) =>
      details(lines, { network_quality: 'good' }).status_details?.network_quality;
    expect([qualityOf(line('registered', since)), qualityOf(line('expired', since)), qualityOf()]).toEqual([
      'good',
      'unknown',
      'unknown',
    ]);
  });
});

test('a device as answered has no SIP user names and no internal fields', () => {
  const presented = presentDevice(deviceOf({ lines: [{ extension: '100' }] }), {
    organization: 1001,
    include: ['lines', 'settings', 'status'],
    url: null,
    now: new Date(now),
    activity: unknownActivity,
  });
  expect(JSON.stringify(presented)).not.toMatch(/sip_username|config_version|"version"/);
  expect(PresentedDevice.safeParse(presented).success).toBe(true);
});

test('a device as answered has the included parts only', () => {
  const keysWith = (...include: ('lines' | 'settings' | 'status')[]) =>
    ['lines', 'settings', 'status_details'].filter((key) =>
      Object.hasOwn(
        presentDevice(deviceOf(), {
          organization: 1001,
          include,
          url: null,
          now: new Date(now),
          activity: unknownActivity,
        }),
        key,
      ),
    );
  expect([keysWith(), keysWith('lines'), keysWith('settings', 'status')]).toEqual([
    [],
    ['lines'],
    ['settings', 'status_details'],
  ]);
});

test.each([
  [{}, true],
  [{ kind: 'phone' as const }, true],
  [{ kind: 'ata' as const }, false],
  [{ status: 'offline' as const }, true],
  [{ status: 'online' as const }, false],
  [{ provisioning_status: 'pending' as const }, true],
  [{ provisioning_status: 'failed' as const }, false],
  [{ user_id: 'usr_1' }, false],
  [{ q: 'desk' }, true],
  [{ q: '1a:2b' }, true],
  [{ q: 'other' }, false],
])('a list with the filter %o contains the device: %s', (filter, expected) => {
  expect(matchesFilter(deviceOf({ name: 'Desk' }), unknownActivity, filter)).toBe(expected);
});
