import { describe, expect, test } from 'vitest';
import { MacAddress, primaryExtensions, type DeviceLine } from '../../../shared/schema/device.ts';
import { changedDevice, kindOf, macIn, newDevice, type NewDevice } from './device.ts';
import { linesFrom } from './lines.ts';
import { presentDevice, unknownActivity, type LineState } from './presented-device.ts';
import { ha1Of } from './sip-secret.ts';
import { guessedManufacturer, vendorOf } from './vendor.ts';

let names = 0;
const newUsername = (): string => `name-${(names += 1)}`;
const now = '2026-11-20T10:00:00.000Z';
const stamp = { id: 'dev_1', kind: 'phone' as const, now, kept: undefined, newUsername };
const make = (wanted: Partial<NewDevice> = {}) => newDevice({ mac_address: '00:1A:2B:3C:4D:5E', ...wanted }, stamp);
const change = { now, newUsername };

describe('a MAC address', () => {
  test.each(['001a2b3c4d5e', '00:1a:2B:3C:4D:5E', '00-1A-2B-3C-4D-5E'])('is read as %s', (mac) => {
    expect(MacAddress.parse(mac)).toBe('00:1A:2B:3C:4D:5E');
  });

  test.each(['000000000000', '01:1A:2B:3C:4D:5E', '00:1A-2B:3C:4D:5E', '001A2B3C4D5', '001A2B3C4D5G', ''])(
    'is not %s',
    (mac) => {
      expect(MacAddress.safeParse(mac).success).toBe(false);
      expect(() => macIn(mac)).toThrow(expect.objectContaining({ code: 'INVALID_MAC' }));
    },
  );
});

describe('lines', () => {
  const lines = (wanted: Parameters<typeof linesFrom>[0], before: readonly DeviceLine[] = []) =>
    linesFrom(wanted, before, newUsername);

  test('take the next free number, and are primary as the first and shared as another', () => {
    expect(
      lines([{ extension: '1' }, { extension: '3', line_number: 2 }, { extension: '2' }]).map(
        ({ line_number: number, extension, type }) => [number, extension, type],
      ),
    ).toEqual([
      [1, '1', 'primary'],
      [2, '3', 'shared'],
      [3, '2', 'shared'],
    ]);
  });

  test('have each number once, and at most 16 that register', () => {
    expect(() =>
      lines([
        { extension: '1', line_number: 2 },
        { extension: '2', line_number: 2 },
      ]),
    ).toThrow('line 2 is there twice');
    expect(() => lines(Array.from({ length: 17 }, () => ({ extension: '1' })))).toThrow('at most 16');
    expect(
      lines(Array.from({ length: 48 }, (_, at) => ({ extension: '1', type: at < 16 ? 'shared' : 'blf' }))),
    ).toHaveLength(48);
  });

  test('keep their accounts; one whose number went gets used again', () => {
    const before = lines([{ extension: '1' }, { extension: '2' }]);
    const after = lines(
      [
        { extension: '9', line_number: 1 },
        { extension: '8', line_number: 5, type: 'shared' },
        { extension: '7', line_number: 6, type: 'blf' },
      ],
      before,
    );
    expect(after.map(({ sip_username: name }) => name)).toEqual([
      before[0]?.sip_username,
      before[1]?.sip_username,
      null,
    ]);
  });
});

describe('a device', () => {
  test('is of a kind', () => {
    expect(() => kindOf('toaster')).toThrow(expect.objectContaining({ code: 'INVALID_DEVICE_TYPE' }));
  });

  test('is provisioned anew when what stands in its file changes, and not when its name does', () => {
    const device = { ...make({ lines: [{ extension: '1' }] }), provisioning_status: 'provisioned' as const };
    const statusAfter = (wanted: Parameters<typeof changedDevice>[1]) =>
      changedDevice(device, wanted, change).provisioning_status;
    expect([{ name: 'Other' }, { lines: [{ extension: '1' }] }].map(statusAfter)).toEqual([
      'provisioned',
      'provisioned',
    ]);
    expect(
      [
        { lines: [{ extension: '2' }] },
        { settings: { timezone: 'UTC' } },
        { user_id: 'usr_1' },
        { rotate_credentials: true },
        { rotate_secret: true },
        { settings: { admin_password: 'x' } },
      ].map(statusAfter),
    ).toEqual(Array(6).fill('needs_update'));
  });

  test('has another file by another name, which lines without a label show', () => {
    const versionAfter = (wanted: Parameters<typeof changedDevice>[1]) =>
      changedDevice(make({ name: 'Desk' }), wanted, change).config_version;
    expect(
      [{ name: 'Other' }, { name: null }, { name: 'Desk' }, { settings: { language: 'en' } }].map(versionAfter),
    ).toEqual([2, 2, 1, 2]);
  });

  test('keeps its MAC address', () => {
    expect(() => changedDevice(make(), { mac_address: '00:1A:2B:3C:4D:5F' }, change)).toThrow('does not change');
    expect(changedDevice(make(), { mac_address: '00:1A:2B:3C:4D:5E' }, change).version).toBe(2);
  });

  test('takes up what was kept, unless it brings lines and settings of its own', () => {
    const kept = {
      template_id: 'tmpl_standard',
      lines: [{ line_number: 1, extension: '7', label: null, type: 'primary' as const }],
      settings: { ringtone: 'old' },
    };
    expect(newDevice({ mac_address: '00:1A:2B:3C:4D:5E' }, { ...stamp, kept })).toMatchObject({
      lines: [{ extension: '7' }],
      settings: { ringtone: 'old' },
    });
    expect(
      newDevice({ mac_address: '00:1A:2B:3C:4D:5E', settings: { ringtone: 'new' } }, { ...stamp, kept }).settings,
    ).toEqual({ ringtone: 'new' });
  });

  test('never holds the password of the phone itself', () => {
    expect(make({ settings: { admin_password: 'x', language: 'en' } }).settings).toEqual({ language: 'en' });
  });

  test('a template that is a file is not there yet, and another is none', () => {
    expect(() => make({ template_id: 'file_1' })).toThrow(expect.objectContaining({ code: 'NOT_YET_SUPPORTED' }));
    expect(() => make({ template_id: 'tmpl_other' })).toThrow(expect.objectContaining({ code: 'VALIDATION_FAILED' }));
  });

  test('has its primary extensions as its own', () => {
    expect([
      ...primaryExtensions(
        make({ lines: [{ extension: '1' }, { extension: '2' }, { extension: '3', type: 'blf' }] }).lines,
      ),
    ]).toEqual(['1']);
  });
});

describe('its maker', () => {
  const known = { mac_address: '00:1A:2B:3C:4D:5E', model: null, manufacturer: null, kind: 'phone' } as const;

  test('is guessed from the MAC address, or the model', () => {
    expect(
      [{ ...known, mac_address: '00:15:65:00:00:01' }, { ...known, model: 'VVX 450' }, known].map(guessedManufacturer),
    ).toEqual(['Yealink', 'Polycom', null]);
  });

  test('decides the form of its file; one that makes several families by the model', () => {
    expect(
      [
        { ...known, manufacturer: 'Cisco', model: 'SPA504G' },
        { ...known, manufacturer: 'Cisco', model: '8845' },
        { ...known, manufacturer: 'snom' },
        { ...known, kind: 'softphone' as const, manufacturer: 'Snom' },
      ].map(vendorOf),
    ).toEqual(['cisco-spa', 'other', 'snom', 'other']);
  });
});

describe('shown with what its phone does', () => {
  const line = (state: LineState['state'], since: string): LineState => ({ state, since });
  const details = (lines: readonly LineState[], more: object = {}) =>
    presentDevice(make(), {
      organization: 1001,
      include: ['status'],
      url: null,
      now: new Date('2026-11-20T10:01:00.000Z'),
      activity: { ...unknownActivity, lines: new Map(lines.map((each, at) => [at + 1, each])), ...more },
    });

  test('it is online while a line is registered, since the first of these', () => {
    expect(
      details([line('registered', '2026-11-20T10:00:00.000Z'), line('expired', '2026-11-20T10:00:30.000Z')]),
    ).toMatchObject({ status: 'online', status_details: { registration_state: 'registered', uptime_seconds: 60 } });
  });

  test('else it is as its newest line is', () => {
    expect(
      details([line('unregistered', '2026-11-20T09:00:00.000Z'), line('expired', '2026-11-20T09:30:00.000Z')]),
    ).toMatchObject({
      status: 'offline',
      status_details: { registration_state: 'expired', uptime_seconds: 0, last_registration: null },
    });
    expect(details([])).toMatchObject({ status_details: { registration_state: 'unregistered' } });
  });

  test('its network is known while it is registered', () => {
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

test('HA1 as RFC 7616 §3.9.1 gives its parts', () => {
  // HA1 of the example: MD5 and SHA-256 of "Mufasa:http-auth@example.org:Circle of Life".
  expect(ha1Of({ username: 'Mufasa', realm: 'http-auth@example.org', password: 'Circle of Life' })).toEqual({
    realm: 'http-auth@example.org',
    md5: '3d78807defe7de2157e2b0b6573a855f',
    sha256: '7987c64c30e25f1b74be53f966b49b90f2808aa92faf9a00262392d7b4794232',
  });
});
