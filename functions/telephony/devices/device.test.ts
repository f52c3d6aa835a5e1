import { describe, expect, test } from 'vitest';
import { MacAddress, primaryExtensions, type Device } from '#schema/device.ts';
import {
  adminPassword,
  assertDeviceLimit,
  assertMayMark,
  changeDevice,
  clearTemplate,
  DeviceChange,
  followTemplate,
  NewDevice,
  newDevice,
  parseKind,
  parseMac,
  rotatedSecrets,
  templateOf,
} from './device.ts';
import { examples } from './examples.ts';

const now = '2026-11-20T10:00:00.000Z';
let names = 0;
const newUsername = (): string => `name-${(names += 1)}`;
const identity = { id: 'dev_1', kind: 'phone' as const, now, kept: undefined, newUsername };
const deviceOf = (wanted: Partial<NewDevice> = {}): Device =>
  newDevice({ mac_address: '00:1A:2B:3C:4D:5E', ...wanted }, identity);
const changed = (device: Device, wanted: DeviceChange): Device => changeDevice(device, wanted, { now, newUsername });

describe('a MAC address', () => {
  test.each(['001a2b3c4d5e', '00:1a:2B:3C:4D:5E', '00-1A-2B-3C-4D-5E'])('is read as %s', (mac) => {
    expect(MacAddress.parse(mac)).toBe('00:1A:2B:3C:4D:5E');
  });

  test.each(['000000000000', '01:1A:2B:3C:4D:5E', '00:1A-2B:3C:4D:5E', '001A2B3C4D5', '001A2B3C4D5G', ''])(
    'is not "%s"',
    (mac) => {
      expect(MacAddress.safeParse(mac).success).toBe(false);
      expect(() => parseMac(mac)).toThrow(expect.objectContaining({ code: 'INVALID_MAC' }));
    },
  );
});

describe('a template', () => {
  const content = { number: 2, content_type: 'text/plain', size: 10, sha256: 'ab' };
  const file = { id: 'file_1', kind: 'provisioning_template', content } as const;

  test('is built in, or a ready file that can be read', () => {
    expect(templateOf('tmpl_standard', { file: undefined, text: undefined })).toBeUndefined();
    expect(templateOf('file_1', { file, text: '{{device.name}}' })).toEqual({ id: 'file_1', number: 2 });
  });

  test.each([
    ['that does not exist', { file: undefined, text: undefined }],
    ['of another kind', { file: { ...file, kind: 'greeting' as const }, text: 'x' }],
    ['without content', { file: { ...file, content: null }, text: undefined }],
  ])('is no file %s', (_case, read) => {
    expect(() => templateOf('file_1', read)).toThrow(
      expect.objectContaining({
        code: 'VALIDATION_FAILED',
        details: [expect.objectContaining({ path: 'template_id' })],
      }),
    );
  });

  test('that cannot be read is rejected with line and column', () => {
    expect(() => templateOf('file_1', { file, text: 'a\n {{#each lines}}' })).toThrow(
      expect.objectContaining({
        code: 'INVALID_TEMPLATE',
        details: [{ path: 'template_id', message: 'line 2, column 2: {{#each}} is not closed' }],
      }),
    );
  });
});

describe('a device', () => {
  test('has a known kind', () => {
    expect(() => parseKind('toaster')).toThrow(expect.objectContaining({ code: 'INVALID_DEVICE_TYPE' }));
  });

  test('needs an update when its file changes, except by a new name', () => {
    const device = { ...deviceOf({ lines: [{ extension: '1' }] }), provisioning_status: 'provisioned' as const };
    const statusAfter = (wanted: DeviceChange) => changed(device, wanted).provisioning_status;
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

  test('has a new file after a new name, which lines without a label show', () => {
    const versionAfter = (wanted: DeviceChange) => changed(deviceOf({ name: 'Desk' }), wanted).config_version;
    expect(
      [{ name: 'Other' }, { name: null }, { name: 'Desk' }, { settings: { language: 'en' } }].map(versionAfter),
    ).toEqual([2, 2, 1, 2]);
  });

  test('cannot change its MAC address', () => {
    expect(() => changed(deviceOf(), { mac_address: '00:1A:2B:3C:4D:5F' })).toThrow('cannot change');
    expect(changed(deviceOf(), { mac_address: '00:1A:2B:3C:4D:5E' }).version).toBe(2);
  });

  test('gets the kept configuration, unless the body has its own', () => {
    const kept = {
      template_id: 'tmpl_standard',
      lines: [{ line_number: 1, extension: '7', label: null, type: 'primary' as const }],
      settings: { ringtone: 'old' },
    };
    expect(newDevice({ mac_address: '00:1A:2B:3C:4D:5E' }, { ...identity, kept })).toMatchObject({
      lines: [{ extension: '7' }],
      settings: { ringtone: 'old' },
    });
    expect(
      newDevice({ mac_address: '00:1A:2B:3C:4D:5E', settings: { ringtone: 'new' } }, { ...identity, kept }).settings,
    ).toEqual({ ringtone: 'new' });
  });

  test('is stored without the admin password', () => {
    expect(deviceOf({ settings: { admin_password: 'x', language: 'en' } }).settings).toEqual({ language: 'en' });
  });

  test('has the built-in template, or a file', () => {
    expect(deviceOf()).toMatchObject({ template_id: 'tmpl_standard', template_number: null });
    const template = { id: 'file_1', number: 2 };
    const withFile = newDevice({ mac_address: '00:1A:2B:3C:4D:5E' }, { ...identity, template });
    expect(withFile).toMatchObject({ template_id: 'file_1', template_number: 2 });
    expect(changed(withFile, { name: 'Other' })).toMatchObject({ template_id: 'file_1', template_number: 2 });
    const other = changeDevice(withFile, { template_id: 'tmpl_standard' }, { now, newUsername });
    expect(other).toMatchObject({ template_id: 'tmpl_standard', template_number: null, config_version: 2 });
  });

  test('needs an update when its template changes or is deleted', () => {
    const template = { id: 'file_1', number: 2 };
    const device: Device = {
      ...newDevice({ mac_address: '00:1A:2B:3C:4D:5E' }, { ...identity, template }),
      provisioning_status: 'provisioned',
    };
    const next = { provisioning_status: 'needs_update', config_version: 2, version: 2 };
    expect(followTemplate(device, 3)).toMatchObject({ ...next, template_id: 'file_1', template_number: 3 });
    expect(clearTemplate(device)).toMatchObject({ ...next, template_id: 'tmpl_standard', template_number: null });
  });

  test('owns its primary extensions', () => {
    expect([
      ...primaryExtensions(
        deviceOf({ lines: [{ extension: '1' }, { extension: '2' }, { extension: '3', type: 'blf' }] }).lines,
      ),
    ]).toEqual(['1']);
  });
});

describe('a body', () => {
  test('of the examples is accepted', () => {
    expect(NewDevice.safeParse(examples.createDevice).success).toBe(true);
    expect(DeviceChange.safeParse(examples.updateDevice).success).toBe(true);
  });

  test.each([
    [{ timezone: 'Europe/Stockholm' }, true],
    [{ timezone: 'Mars/Olympus' }, false],
    [{ language: 'zh-Hant' }, true],
    [{ language: 'not a language' }, false],
    [{ admin_password: null }, true],
    [{ admin_password: 'x'.repeat(128) }, true],
    [{ admin_password: 'x'.repeat(129) }, false],
    [{ ringtone: 'x'.repeat(512) }, true],
    [{ ringtone: 'x'.repeat(513) }, false],
    [{ 'sip.timer_1': 30 }, true],
    [{ Ringtone: 'upper case' }, false],
    [{ nested: {} }, false],
  ])('with the settings %o is accepted: %s', (settings, expected) => {
    expect(DeviceChange.safeParse({ settings }).success).toBe(expected);
  });

  test('has at most 100 settings', () => {
    const settings = (count: number) =>
      Object.fromEntries(Array.from({ length: count }, (_value, at) => [`s${at}`, at]));
    expect([100, 101].map((count) => DeviceChange.safeParse({ settings: settings(count) }).success)).toEqual([
      true,
      false,
    ]);
  });
});

test('the admin password is absent, removed or set', () => {
  expect([adminPassword({}), adminPassword(DeviceChange.parse({ settings: { admin_password: null } }))]).toEqual([
    undefined,
    null,
  ]);
});

test('a user has devices up to the limit', () => {
  expect(() => assertDeviceLimit(4, 5)).not.toThrow();
  expect(() => assertDeviceLimit(5, 5)).toThrow(expect.objectContaining({ code: 'DEVICE_LIMIT' }));
});

test('a rotation is named in its event', () => {
  expect([rotatedSecrets({}), rotatedSecrets({ rotate_credentials: true, rotate_secret: true })]).toEqual([
    [],
    ['credentials', 'provisioning secret'],
  ]);
});

test('only the seller lets a phone call without a registration; others may send the mark unchanged', () => {
  const mark = (calls_without_registration: boolean | undefined, current: object, isSeller: boolean) => () =>
    assertMayMark(DeviceChange.parse({ calls_without_registration }), current, isSeller);
  const marked = deviceOf({ calls_without_registration: true });
  const denied = expect.objectContaining({ code: 'NOT_THE_SELLER' });
  expect(mark(true, {}, false)).toThrow(denied);
  expect(mark(false, marked, false)).toThrow(denied);
  for (const allowed of [
    mark(true, {}, true),
    mark(false, marked, true),
    mark(true, marked, false),
    mark(false, deviceOf(), false),
    mark(undefined, marked, false),
  ])
    expect(allowed).not.toThrow();
  expect(changed(marked, { name: 'Desk' }).calls_without_registration).toBe(true);
});
