import { beforeAll, expect, test } from 'vitest';
import { commit } from '#dynamodb/commit.ts';
import { deviceLineRow, deviceRow } from '#dynamodb/rows/device.ts';
import { userRow } from '#dynamodb/rows/user.ts';
import { tableFor } from '#dynamodb/table.ts';
import { overwrite } from '#dynamodb/write.ts';
import { phoneRow } from '#dynamodb/rows/phone.ts';
import type { Device } from '#schema/device.ts';
import type { PhoneLine } from '#schema/phone.ts';
import type { BindingItem } from '#functions/telephony/rows/binding.ts';
import { manualClock } from '#test/support/dependencies.fixture.ts';
import { userOf } from '#test/support/people.fixture.ts';
import { deviceOf } from '#test/support/resources.fixture.ts';
import { testStore } from '#test/support/store.fixture.ts';
import { Directory } from './directory.ts';

const running = testStore();
const organization = 1_001;
const extension = '201';
const end = { address: '192.0.2.7', port: 5_060 };
const expires_at = '2099-01-01T00:00:00.000Z';

const binding = (sip_username: string, device_id: string): BindingItem => ({
  ...{ sip_username, contact_key: 'one', contact: `sip:${sip_username}@192.0.2.7`, device_id, line_number: 1 },
  ...{ owner: 'task_1', owner_address: '10.0.1.7:8443', flow: { transport: 'udp', remote: end, local: end } },
  ...{ registered_at: '', refreshed_at: '', expires_at, call_id: 'c1', cseq: 1, user_agent: null, q: 1 },
});

const phone = (user_id: string | null, more: Partial<Device> = {}): Device => {
  const id = `dev_${user_id ?? 'none'}${more.locked === true ? '_locked' : ''}`;
  const line = { line_number: 1, extension, label: null, type: 'primary' as const, sip_username: `u-${id}` };
  return deviceOf({ id, user_id, lines: [line], ...more });
};

const lineOf = (user_id: string | null): PhoneLine => ({
  ...{ username: `line-${user_id ?? 'none'}`, org_id: organization, user_id, domain: 'sip.example.com' },
  ...{ type: 'dynamic', allow_features: ['inbound'], event_callback: null, created_at: '', expires_at },
  ...{ ended_at: null, version: 1 },
});

const owners = ['usr_active', 'usr_pending', 'usr_disabled', 'usr_deleted', null] as const;
const devices = [...owners.map((user) => phone(user)), phone(null, { locked: true })];
const lines = owners.map(lineOf);

/** All phones are registered. */
const directory = (): Directory =>
  new Directory({
    tableOf: (of) => tableFor(running.store, of),
    clock: manualClock().now,
    knownBindings: (username) => [binding(username, username.slice(2))],
  });

beforeAll(async () => {
  await commit(running.store, organization, [
    ...(['active', 'pending', 'disabled'] as const).map((status) =>
      overwrite(userRow, userOf(`usr_${status}`, { status })),
    ),
    ...devices.map((device) => overwrite(deviceRow, device)),
    ...devices.map(({ id }) => overwrite(deviceLineRow, { extension, device_id: id, sip_usernames: [`u-${id}`] })),
    ...lines.map((line) => overwrite(phoneRow, line)),
  ]);
});

test('an extension rings no registered phones of disabled and deleted users', async () => {
  const contacts = await directory().contactsOfExtension(organization, extension);
  expect(contacts.map(({ device }) => device.id).toSorted()).toEqual(['dev_none', 'dev_usr_active', 'dev_usr_pending']);
});

test.each([
  ['usr_active', 1],
  ['usr_disabled', 0],
  ['usr_deleted', 0],
] as const)('calls to the device and the phone line of %s ring %i phones', async (user, count) => {
  const found = directory();
  const [contacts, rung] = await Promise.all([
    found.contactsOfDevice(organization, phone(user).id),
    found.ringingLine(organization, lineOf(user).username),
  ]);
  expect([contacts.length, rung.length]).toEqual([count, count]);
});
