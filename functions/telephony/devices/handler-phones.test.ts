import { randomInt } from 'node:crypto';
import { beforeAll, describe, expect, test } from 'vitest';
import { absentDependencies } from '#runtime/complete-dependencies.ts';
import type { Sidecar } from '#sidecar/client.ts';
import { commit } from '#dynamodb/commit.ts';
import { deviceRow } from '#dynamodb/rows/device.ts';
import { tableFor } from '#dynamodb/table.ts';
import { stateChange } from '#functions/telephony/rows/device-state.ts';
import { sipAccountRow } from '#functions/telephony/rows/sip-account.ts';
import { cascadesIn } from '#test/support/cascades.fixture.ts';
import { deviceExamples, initialState } from '#test/system/telephony/device-examples.fixture.ts';
import { missingFields } from '#test/system/dialplan-examples.fixture.ts';
import { newMac } from '#test/system/hardware.fixture.ts';
import { functionsOf, type TestTenant } from '#test/support/functions.fixture.ts';
import { noon } from '#test/support/dependencies.fixture.ts';
import { outcome, texts, uniqueName } from '#test/system/tenant.fixture.ts';
import type { Answer } from '#test/system/cloud.ts';
import { devices } from './contract.ts';
import { deviceHandler } from './handler.ts';
import { users } from '../../accounts/users/contract.ts';
import { usersHandler } from '../../accounts/users/handler.ts';
import { deviceControl } from '../device-control/contract.ts';
import { controlHandler } from '../device-control/handler.ts';
import { provisioning } from '../provisioning/contract.ts';
import { provisioningHandler } from '../provisioning/handler.ts';
import { events } from '../../platform/events/contract.ts';
import { eventsHandler } from '../../platform/events/handler.ts';

/** The SIP service, at which no phone is registered. */
const noPhones: Sidecar = { ...absentDependencies.sidecar, notify: async () => ({ kind: 'unreachable' }) };

const functions = functionsOf(
  [devices, deviceHandler],
  [users, usersHandler],
  [deviceControl, (dependencies) => controlHandler({ ...dependencies, sidecar: noPhones })],
  [provisioning, provisioningHandler],
  [events, eventsHandler],
);

const path = (url: string): string => new URL(url).pathname;
const fetched = (url: string, init: RequestInit = {}): Promise<Answer> =>
  functions.api(path(url), {
    headers: { 'user-agent': 'Yealink SIP-T46U 108.86.0.20', accept: 'application/json' },
    ...init,
  });

let tenant: TestTenant;
let ask: TestTenant['ask'];
const newUser = async (): Promise<string> =>
  texts(await ask('PUT', '/users', { username: uniqueName('user') }))['id'] ?? '';
const newDevice = async (body: object = {}): Promise<Readonly<Record<string, string>>> => {
  const made = await ask('PUT', '/devices/phone', { mac_address: newMac(), ...body });
  expect(outcome(made)).toBe('201');
  return texts(made);
};

beforeAll(async () => {
  tenant = await functions.newTenant();
  ({ ask } = tenant);
});

test('only the seller lets a phone call without a registration', async () => {
  const mark = { calls_without_registration: true };
  const denied = await ask('PUT', '/devices/phone', { mac_address: newMac(), ...mark });
  expect(outcome(denied)).toBe('403 NOT_THE_SELLER');
  const { id = '' } = await newDevice({ lines: [{ extension: '741' }] });
  expect(outcome(await ask('POST', `/devices/${id}`, mark))).toBe('403 NOT_THE_SELLER');
  expect(outcome(await functions.askAsOperator('POST', `/devices/${id}?org_id=${tenant.id}`, mark))).toBe('200');
  expect((await ask('GET', `/devices/${id}`)).body).toMatchObject({ data: mark });
  expect(outcome(await ask('POST', `/devices/${id}`, { ...mark, name: 'Door' }))).toBe('200');
});

test('whether a phone is encrypted is said by its device, and makes a new file', async () => {
  const { id = '' } = await newDevice({ lines: [{ extension: '742' }], media_encryption: 'prefer' });
  const { body } = await ask('GET', `/devices/${id}/config?secrets=true`);
  expect(body).toMatchObject({ accounts: [{ transport: 'tls', media_encryption: 'prefer' }] });
  expect((await ask('POST', `/devices/${id}`, { media_encryption: 'require' })).body).toMatchObject({
    data: { media_encryption: 'require' },
  });
  expect(outcome(await ask('POST', `/devices/${id}`, { media_encryption: 'always' }))).toBe('422 VALIDATION_FAILED');
});

describe('the documented examples, in order', () => {
  const ids = new Map<string, string>();
  const live = (text: string): string => text.replace(/<(\w+)>/g, (_, name: string) => ids.get(name) ?? name);
  const liveBody = (body: unknown): unknown => JSON.parse(live(JSON.stringify(body)));

  beforeAll(async () => {
    const known = {
      organization: tenant.id,
      john: await newUser(),
      jane: await newUser(),
      mac: newMac(),
      janesMac: newMac(),
    };
    for (const [name, id] of Object.entries(known)) ids.set(name, id);
    const {
      id = '',
      provisioning_url: url = '',
      mac_address: mac = '',
    } = texts(await ask('PUT', '/devices/phone', liveBody(initialState)));
    ids.set('device', id);
    expect((await fetched(`${url}${mac.replaceAll(':', '').toLowerCase()}-reg.cfg`)).status).toBe(200);
    const since = noon.toISOString();
    const registered = { state: 'registered', since } as const;
    await commit(functions.store, tenant.organization, [
      stateChange(id, { ip_address: '192.168.1.100' }, { lines: { 1: registered, 2: registered } }),
    ]);
  });

  test.each(deviceExamples)('$title', async ({ request, body, status, answer: documented }) => {
    const [method = '', to = ''] = live(request).split(' ');
    const answer = await ask(method, to, body === undefined ? undefined : liveBody(body));
    expect({ status: answer.status, missingFields: missingFields(answer.body, documented) }).toEqual({
      status,
      missingFields: [],
    });
    if (status === 201) ids.set('created', texts(answer)['id'] ?? '');
  });
});

test('a NOTIFY or reboot of a device without a registered phone is 503', async () => {
  const { id = '' } = await newDevice();
  expect(outcome(await ask('POST', `/devices/sipnotify/${id}`, { event: 'check-sync' }))).toBe(
    '503 DEVICE_UNREACHABLE',
  );
  expect(outcome(await ask('PUT', `/devices/reboot/${id}`, { delay: 0 }))).toBe('503 DEVICE_UNREACHABLE');
});

test.each([
  [{ event: 'dance' }, '400 INVALID_EVENT'],
  [{}, '400 MISSING_FIELD'],
  [{ event: 'talk', body: 'x' }, '400 VALIDATION_FAILED'],
  [{ event: 'talk', timeout: 23 }, '400 VALIDATION_FAILED'],
  [{ event: 'talk', content_type: 'a/b\r\nVia: x', body: 'x' }, '400 VALIDATION_FAILED'],
  [{ event: 'talk', content_type: 'a/b', body: 'x'.repeat(4_097) }, '400 VALIDATION_FAILED'],
])('a NOTIFY of %o is rejected with %s', async (body, expected) => {
  const { id = '' } = await newDevice();
  expect(outcome(await ask('POST', `/devices/sipnotify/${id}`, body))).toBe(expected);
});

test('a reboot is delayed by at most one day', async () => {
  const { id = '' } = await newDevice();
  expect(outcome(await ask('PUT', `/devices/reboot/${id}`, { delay: 86_401 }))).toBe('400 VALIDATION_FAILED');
  expect(outcome(await ask('PUT', '/devices/reboot/dev_none', { delay: 60 }))).toBe('404 NOT_FOUND');
});

describe('MAC addresses', () => {
  test('are unique on the platform, and free again after their device is deleted', async () => {
    const other = await functions.newTenant();
    const mac_address = newMac();
    const { id = '' } = await newDevice({ mac_address });
    const taken = await other.ask('PUT', '/devices/ata', {
      mac_address: mac_address.replaceAll(':', '-').toLowerCase(),
    });
    expect(outcome(taken)).toBe('409 MAC_EXISTS');
    expect(JSON.stringify(taken.body)).not.toContain(tenant.id);
    expect(outcome(await other.ask('GET', `/devices/mac/${mac_address}`))).toBe('404 NOT_FOUND');
    expect(texts(await ask('GET', `/devices/mac/${mac_address.replaceAll(':', '').toLowerCase()}`))['id']).toBe(id);
    expect(outcome(await ask('DELETE', `/devices/${id}`))).toBe('200');
    expect(outcome(await other.ask('PUT', '/devices/ata', { mac_address }))).toBe('201');
  });

  test('that are invalid are 422 in a body, and 400 in a path', async () => {
    expect(outcome(await ask('PUT', '/devices/phone', { mac_address: '01:00:5E:00:00:01' }))).toBe('422 INVALID_MAC');
    expect(
      await Promise.all(
        ['01-00-5E-00-00-01', 'x', '000000000000'].map(async (mac) => outcome(await ask('GET', `/devices/mac/${mac}`))),
      ),
    ).toEqual(Array(3).fill('400 INVALID_MAC'));
    expect((await ask('GET', '/devices/mac/nonsense')).status).toBe(400);
    expect(outcome(await ask('PUT', '/devices/toaster', { mac_address: newMac() }))).toBe('400 INVALID_DEVICE_TYPE');
    expect(outcome(await ask('PUT', '/devices/phone', {}))).toBe('400 MISSING_FIELD');
  });
});

describe('extensions', () => {
  test('are primary on devices of one user only', async () => {
    const [one, other] = [await newUser(), await newUser()];
    const lines = [{ extension: '701' }];
    await newDevice({ user_id: one, lines });
    const second = await newDevice({ user_id: one, lines });
    const put = async (more: object) => outcome(await ask('PUT', '/devices/phone', { mac_address: newMac(), ...more }));
    expect([
      await put({ user_id: other, lines }),
      await put({ lines }),
      await put({ user_id: other, lines: [{ extension: '701', type: 'shared' }] }),
    ]).toEqual(['409 EXTENSION_IN_USE', '409 EXTENSION_IN_USE', '201']);
    // One of the two devices cannot move to another user with its extension; the last one can.
    expect(outcome(await ask('POST', `/devices/${second['id']}`, { user_id: other }))).toBe('409 EXTENSION_IN_USE');
    const { data } = (await ask('GET', '/devices?extension=701')).body as { data: { user_id: string }[] };
    expect(data.map(({ user_id: user }) => user).sort()).toEqual([one, one, other].sort());
  });

  test('of another user are rejected', async () => {
    const user = await newUser();
    const extension = '2714';
    await ask('PUT', '/users', { username: uniqueName('user'), extension });
    expect(
      outcome(await ask('PUT', '/devices/phone', { mac_address: newMac(), user_id: user, lines: [{ extension }] })),
    ).toBe('409 EXTENSION_IN_USE');
  });

  test('are free again when their line or device is deleted, and concurrent requests get one each', async () => {
    const { id } = await newDevice({ lines: [{ extension: '703' }] });
    expect(outcome(await ask('POST', `/devices/${id}`, { lines: [{ extension: '704' }] }))).toBe('200');
    const users = [await newUser(), await newUser(), await newUser()];
    const made = await Promise.all(
      users.map((user_id) =>
        ask('PUT', '/devices/phone', { mac_address: newMac(), user_id, lines: [{ extension: '703' }] }),
      ),
    );
    expect(made.map(outcome).sort()).toEqual(['201', '409 EXTENSION_IN_USE', '409 EXTENSION_IN_USE']);
  });
});

test('a user of the organization has at most five devices', async () => {
  const user_id = await newUser();
  for (let at = 0; at < 5; at += 1) await newDevice({ user_id });
  expect((await ask('GET', `/devices?user_id=${user_id}`)).body).toMatchObject({ total: 5 });
  expect(outcome(await ask('PUT', '/devices/phone', { mac_address: newMac(), user_id }))).toBe('409 DEVICE_LIMIT');
  expect(outcome(await ask('PUT', '/devices/phone', { mac_address: newMac(), user_id: 'usr_nobody' }))).toBe(
    '422 UNKNOWN_USER',
  );
});

test('retained lines and settings are restored with the MAC address, with new credentials', async () => {
  const mac_address = newMac();
  const first = await newDevice({
    mac_address,
    lines: [{ extension: '800', label: 'Front desk' }],
    settings: { ringtone: 'loud' },
  });
  await ask('DELETE', `/devices/${first['id']}?keep_config=true`);
  const back = await newDevice({ mac_address });
  expect(back).toMatchObject({
    restored: true,
    lines: [{ extension: '800', label: 'Front desk' }],
    settings: { ringtone: 'loud' },
  });
  expect(back['provisioning_url']).not.toBe(first['provisioning_url']);
  await ask('DELETE', `/devices/${back['id']}`);
  expect(await newDevice({ mac_address })).not.toHaveProperty('restored');
});

describe('provisioning', () => {
  const yealink = {
    manufacturer: 'Yealink',
    lines: [{ extension: '810', label: 'A <&> B' }],
    settings: { timezone: 'Europe/Stockholm', admin_password: 'phone-admin' },
  };
  const nameOf = ({ mac_address: mac = '' }: Readonly<Record<string, string>>): string =>
    `${mac.replaceAll(':', '').toLowerCase()}.cfg`;
  const passwordIn = ({ body }: Answer): string => /^account\.1\.password = (.*)$/m.exec(String(body))?.[1] ?? '';

  test('a phone that fetches its file is provisioned', async () => {
    const device = await newDevice(yealink);
    const url = `${device['provisioning_url']}${nameOf(device)}`;
    const answer = await fetched(url);
    expect([answer.status, answer.headers.get('content-type'), answer.headers.get('cache-control')]).toEqual([
      200,
      expect.stringContaining('text/plain'),
      'no-store',
    ]);
    expect(String(answer.body)).toMatch(/^#!version:1\.0\.0\.1\naccount\.1\.enable = 1\n/);
    expect(String(answer.body)).toContain('admin:phone-admin');
    expect(passwordIn(answer)).toMatch(/^[A-Za-z0-9]{32}$/);
    const shown = texts(await ask('GET', `/devices/${device['id']}`));
    expect(shown).toMatchObject({
      provisioning_status: 'provisioned',
      firmware_version: 'Yealink SIP-T46U 108.86.0.20',
      last_seen: expect.any(String) as string,
    });
    expect(JSON.stringify(shown)).not.toContain('phone-admin');

    const etag = answer.headers.get('etag') ?? '';
    expect((await fetched(url, { headers: { 'if-none-match': etag } })).status).toBe(304);
    expect((await fetched(url, { method: 'HEAD' })).status).toBe(200);
    const { body } = await ask('GET', `/events/device/${device['id']}?type=device.provisioned`);
    expect((body as { data: { events: unknown[] } }).data.events).toHaveLength(1);
    await ask('POST', `/devices/${device['id']}`, { settings: { timezone: 'UTC' } });
    expect((await fetched(url, { headers: { 'if-none-match': etag } })).status).toBe(200);
  });

  test('readers see no passwords; writers may, and each such read is an event', async () => {
    const device = await newDevice(yealink);
    const config = (query: string) => ask('GET', `/devices/${device['id']}/config${query}`);
    expect(passwordIn(await config(''))).toBe('********');
    const open = await config('?secrets=true');
    expect([passwordIn(open), open.headers.get('content-disposition')]).toEqual([
      expect.stringMatching(/^\w{32}$/),
      `attachment; filename="${nameOf(device)}"`,
    ]);
    expect((await config('?file=other.cfg')).status).toBe(404);
    const { body } = await ask('GET', `/events/device/${device['id']}?type=device.config_read`);
    expect((body as { data: { events: unknown[] } }).data.events).toHaveLength(1);
  });

  test('old credentials and the old URL end when the new file is fetched from the new URL', async () => {
    const device = await newDevice(yealink);
    const file = nameOf(device);
    const before = await fetched(`${device['provisioning_url']}${file}`);
    const changed = texts(
      await ask('POST', `/devices/${device['id']}`, { rotate_credentials: true, rotate_secret: true }),
    );
    expect(changed['provisioning_status']).toBe('needs_update');
    expect(changed['provisioning_url']).not.toBe(device['provisioning_url']);
    const after = await fetched(`${device['provisioning_url']}${file}`);
    expect(after.status).toBe(200);
    expect(passwordIn(after)).not.toBe(passwordIn(before));
    expect((await fetched(`${changed['provisioning_url']}${file}`)).status).toBe(200);
    expect((await fetched(`${device['provisioning_url']}${file}`)).status).toBe(404);
  });

  test('a file that cannot be rendered is 409 for the owner, and sets the device to failed', async () => {
    const lines = Array.from({ length: 7 }, (_, at) => ({ extension: `82${at}`, type: 'shared' }));
    const device = await newDevice({ manufacturer: 'Grandstream', lines });
    expect(outcome(await ask('GET', `/devices/${device['id']}/config`))).toBe('409 NOT_RENDERABLE');
    const status = async () => texts(await ask('GET', `/devices/${device['id']}`))['provisioning_status'];
    expect(await status()).toBe('failed');
    await ask('POST', `/devices/${device['id']}`, { settings: { language: 'en' } });
    expect(await status()).toBe('needs_update');
    expect((await fetched(`${device['provisioning_url']}cfg${nameOf(device).replace('cfg', 'xml')}`)).status).toBe(404);
    expect(await status()).toBe('failed');
  });
});

test('devices of a deleted user have no user', async () => {
  const user_id = await newUser();
  const { id } = await newDevice({ user_id, lines: [{ extension: '790' }] });
  expect(outcome(await ask('DELETE', `/users/${user_id}`))).toBe('200');
  await cascadesIn(functions.store)(tenant.organization, 'user.deleted', user_id);
  expect(texts(await ask('GET', `/devices/${id}`))['user_id']).toBeNull();
  await newDevice({ lines: [{ extension: '790' }] });
});

describe('the phone of a deleted user', () => {
  /** A device after the deletion of its user, and requests for its file. */
  async function lockedDevice() {
    const user_id = await newUser();
    const device = await newDevice({ user_id, lines: [{ extension: String(randomInt(1e9)) }] });
    const name = `${device['mac_address']?.replaceAll(':', '').toLowerCase()}.json`;
    const statusOf = async ({ provisioning_url: url = '' }: Readonly<Record<string, string>>) =>
      (await fetched(`${url}${name}`)).status;
    const before = await statusOf(device);
    await ask('DELETE', `/users/${user_id}`);
    await cascadesIn(functions.store)(tenant.organization, 'user.deleted', user_id);
    const [line] =
      (await tableFor<'device'>(functions.store, tenant.organization).get(deviceRow, { id: idOf(device) }))?.lines ??
      [];
    const account = () =>
      tableFor<'sip-credential'>(functions.store, 0).get(sipAccountRow, { sip_username: line?.sip_username ?? '' });
    return { device, id: idOf(device), before, statusOf, account };
  }
  const idOf = ({ id = '' }: Readonly<Record<string, string>>): string => id;

  test('gets no file, and its accounts are locked', async () => {
    const { device, id, before, statusOf, account } = await lockedDevice();
    expect([before, await statusOf(device)]).toEqual([200, 404]);
    expect((await ask('GET', `/devices/${id}`)).body).toMatchObject({ data: { locked: true } });
    expect(await account()).toMatchObject({ user_id: null, locked: true });
  });

  test('stays locked when other fields of its device change', async () => {
    const { device, id, statusOf, account } = await lockedDevice();
    expect(outcome(await ask('POST', `/devices/${id}`, { name: 'Lobby', settings: { language: 'de' } }))).toBe('200');
    expect([await statusOf(device), (await account())?.locked]).toEqual([404, true]);
  });

  test.each([
    ['another user', async () => ({ user_id: await newUser() })],
    ['new credentials', async () => ({ rotate_credentials: true })],
    ['a new URL', async () => ({ rotate_secret: true })],
  ])('works again with %s, by a new URL and new passwords only', async (_title, change) => {
    const { device, id, statusOf, account } = await lockedDevice();
    const former = await account();
    const changed = texts(await ask('POST', `/devices/${id}`, await change()));
    expect([await statusOf(device), await statusOf(changed)]).toEqual([404, 200]);
    const present = await account();
    expect([present?.locked, present?.previous]).toEqual([undefined, undefined]);
    expect(present?.ha1).not.toEqual(former?.ha1);
  });
});
