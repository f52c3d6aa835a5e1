import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventually } from '#test/support/eventually.ts';
import { organizationOf, userOf } from '#test/support/people.fixture.ts';
import { testStore } from '#test/support/store.fixture.ts';
import { bindingRow, bindingsOfDevice, type BindingItem } from '../../telephony/rows/binding.ts';
import { deviceStateRow, lineRegistration } from '../../telephony/rows/device-state.ts';
import { eventRow, eventsOfEntity } from '#dynamodb/rows/event.ts';
import { tableFor } from '#dynamodb/table.ts';
import { commit } from '#dynamodb/commit.ts';
import { sipAccountRow } from '../../telephony/rows/sip-account.ts';
import { organizationRow, type OrganizationItem } from '#dynamodb/rows/organization.ts';
import { userRow, type UserItem } from '#dynamodb/rows/user.ts';
import { create, overwrite, remove } from '#dynamodb/write.ts';
import { header } from '#sip/header-kinds.ts';
import type { SipResponse } from '#sip/message.ts';
import { sidecarClient } from '#sidecar/client.ts';
import { addAccount, runSidecar, type Account, type Running } from './sidecar.fixture.ts';

const running = testStore();
let sidecar: Running;
const everything = new AsyncDisposableStack();
beforeAll(async () => {
  sidecar = await runSidecar(running.store);
  everything.defer(() => sidecar.close());
});
afterAll(() => everything.disposeAsync());

const table = () => tableFor(running.store, 1_001);
const bindingsOf = async (device: string): Promise<readonly BindingItem[]> =>
  (await table().queryIndex(bindingRow, 'GSI1', bindingsOfDevice(1_001, device))).items;
const eventsOf = async (device: string): Promise<string[]> =>
  (
    await table().queryIndex(eventRow, 'GSI1', eventsOfEntity(1_001, { type: 'device', id: device }), { order: 'asc' })
  ).items.map(({ type }) => type);
const stateOf = async (device: string) => lineRegistration(await table().get(deviceStateRow, { id: device }), 1)?.state;

let devices = 0;
/** A phone with an account and a device of its own. */
async function phoneOf(more: Parameters<Running['phone']>[1] = {}) {
  devices += 1;
  const device = `dev_${devices}`;
  const account = await addAccount(running.store, { device });
  const phone = await sidecar.phone(account, more);
  everything.defer(() => phone.close());
  return { device, account, phone };
}
/** A phone with any credentials. */
const phoneWith = async (account: Account = { username: 'unknown', password: 'guess' }) => {
  const phone = await sidecar.phone(account);
  everything.defer(() => phone.close());
  return phone;
};

const notify = (device: string, more: object = {}) =>
  sidecarClient({
    store: running.store,
    secrets: { read: async () => JSON.stringify({ key: 'k'.repeat(64) }), putOnce: async () => '' },
    clock: () => new Date(),
    fetch,
  }).notify({
    id: sidecar.dependencies.nextId('cmd'),
    organization: 1_001,
    device,
    event: 'check-sync;reboot=true',
    timeout_seconds: 2,
    ...more,
  });

describe.each(['udp', 'tcp'] as const)('over %s a phone', (transport) => {
  test('registers, refreshes and unregisters', async () => {
    const { device, phone } = await phoneOf({ transport });
    const first = await phone.register();
    expect([first.status, first.headers.all(header.contact)]).toMatchObject([200, [{ uri: { port: phone.port } }]]);
    const [binding] = await bindingsOf(device);
    expect(binding).toMatchObject({
      device_id: device,
      line_number: 1,
      owner: sidecar.id,
      flow: { transport, remote: { address: '127.0.0.1', port: phone.port } },
      user_agent: 'TestPhone/1.0',
    });
    expect(await stateOf(device)).toBe('registered');
    expect((await phone.register()).status).toBe(200);
    expect(await eventsOf(device)).toEqual(['device.registered']);
    expect((await phone.register({ expires: 0 })).headers.all(header.contact)).toEqual([]);
    expect([await bindingsOf(device), await stateOf(device), await eventsOf(device)]).toEqual([
      [],
      'unregistered',
      ['device.registered', 'device.unregistered'],
    ]);
  });

  test('receives NOTIFY on its flow, and its response is the outcome', async () => {
    const { device, phone } = await phoneOf({ transport });
    await phone.register();
    expect(await notify(device)).toEqual({ kind: 'answered', response_code: 200 });
    expect(phone.notified.map(({ method, headers }) => [method, headers.one(header.event)])).toMatchObject([
      ['NOTIFY', { value: 'check-sync' }],
    ]);
    phone.answers = 481;
    expect(await notify(device, { content_type: 'text/plain', body: 'now' })).toEqual({
      kind: 'answered',
      response_code: 481,
    });
    expect(phone.notified.at(-1)?.body.toString()).toBe('now');
    phone.answers = null;
    expect(await notify(device, { timeout_seconds: 1 })).toEqual({ kind: 'timeout' });
  });
});

test('a task sends what is not answered again by its T1', async () => {
  const hurried = await runSidecar(running.store, { t1: 50 });
  everything.defer(() => hurried.close());
  const phone = await hurried.phone(await addAccount(running.store, { device: 'dev_mute' }));
  everything.defer(() => phone.close());
  await phone.register();
  phone.answers = null;
  // Until the tasks know each other, it may be unreachable.
  await eventually(async () => expect(await notify('dev_mute')).toEqual({ kind: 'timeout' }), 20_000);
  // With a T1 of 500 ms, a NOTIFY is sent three times in two seconds.
  expect(phone.notified.length).toBeGreaterThan(4);
});

test('a device without binding, or whose connection is closed, is unreachable', async () => {
  const { device, phone } = await phoneOf({ transport: 'tcp' });
  expect(await notify(device)).toEqual({ kind: 'unreachable' });
  await phone.register();
  phone.close();
  await eventually(async () => expect(await notify(device)).toEqual({ kind: 'unreachable' }));
});

test('an unknown user gets the same response as a wrong password', async () => {
  const { account } = await phoneOf();
  const answers = [
    await (await phoneWith()).register(),
    await (await phoneWith({ ...account, password: 'wrong' })).register(),
  ];
  expect(answers.map(({ status, reason }) => [status, reason])).toEqual([
    [403, 'Forbidden'],
    [403, 'Forbidden'],
  ]);
});

test('phones of a closed organization cannot register, those of a suspended one can', async () => {
  const statusIn = async (organization: number, status: 'closed' | 'suspended') => {
    await commit(running.store, organization, [
      create<'organization', OrganizationItem, object>(organizationRow, organizationOf(organization, { status })),
    ]);
    const phone = await phoneWith(await addAccount(running.store, { organization, device: `dev_${status}` }));
    return (await phone.register()).status;
  };
  expect([await statusIn(1_008, 'closed'), await statusIn(1_009, 'suspended')]).toEqual([403, 200]);
});

test('a softphone of a user can register only while the user may use softphones', async () => {
  const access = { web_portal: true, mobile_app: true, api_access: true, max_sessions: 5 };
  const userMay = (softphone: boolean) =>
    overwrite<'user', UserItem, { id: string }>(
      userRow,
      userOf(`usr_${softphone}`, { access: { ...access, softphone } }),
    );
  await commit(running.store, 1_001, [userMay(true), userMay(false)]);
  const statusOf = async (kind: 'phone' | 'softphone', user: string | null) => {
    const phone = await phoneWith(await addAccount(running.store, { device: `dev_${kind}_${user}`, kind, user }));
    return (await phone.register()).status;
  };
  expect([
    await statusOf('softphone', 'usr_true'),
    await statusOf('softphone', null),
    await statusOf('softphone', 'usr_false'),
    await statusOf('phone', 'usr_false'),
  ]).toEqual([200, 200, 403, 200]);
});

test('a deleted device is unreachable at once', async () => {
  const { device, phone } = await phoneOf();
  await phone.register();
  expect(await notify(device)).toEqual({ kind: 'answered', response_code: 200 });
  await commit(
    running.store,
    1_001,
    (await bindingsOf(device)).map((binding) =>
      remove<'binding', Pick<BindingItem, 'sip_username' | 'contact_key'>>(bindingRow, binding),
    ),
  );
  expect(await notify(device)).toEqual({ kind: 'unreachable' });
});

test('a phone whose device was deleted cannot register, even while its account is cached', async () => {
  const { device, account, phone } = await phoneOf();
  await phone.register();
  await commit(running.store, 1_001, [
    remove<'sip-credential', { sip_username: string }>(sipAccountRow, { sip_username: account.username }),
    ...(await bindingsOf(device)).map((binding) =>
      remove<'binding', Pick<BindingItem, 'sip_username' | 'contact_key'>>(bindingRow, binding),
    ),
  ]);
  expect([(await phone.register()).status, await bindingsOf(device)]).toEqual([403, []]);
});

test('a user cannot bind a contact for another user', async () => {
  const [one, other] = [await phoneOf(), await phoneOf()];
  expect((await one.phone.register({ as: other.account.username })).status).toBe(403);
  expect(await bindingsOf(other.device)).toEqual([]);
});

const algorithmsIn = ({ headers }: SipResponse) =>
  headers.fields({ key: 'www-authenticate' }).map(({ value }) => /algorithm=([\w-]+)/.exec(value)?.[1]);

test('both algorithms are offered, SHA-256 first, unless the challenge would be longer than a datagram', async () => {
  const offered = async (transport: 'udp' | 'tcp', filler = '') => {
    const { phone } = await phoneOf({ transport });
    return algorithmsIn(await phone.ask('REGISTER', { headers: [['X-Filler', filler]] }));
  };
  expect([await offered('tcp'), await offered('udp', 'x'.repeat(400)), await offered('udp')]).toEqual([
    ['SHA-256', 'MD5'],
    ['SHA-256', 'MD5'],
    ['MD5'],
  ]);
});

test('a phone is offered MD5 only if it was offered both algorithms and did not use SHA-256', async () => {
  const { phone, account } = await phoneOf({ transport: 'tcp' });
  const offersTo = async (agent: string, asker = phone) =>
    algorithmsIn(await asker.ask('REGISTER', { headers: [['User-Agent', agent]] }));
  expect([await offersTo('Old/1.0'), await offersTo('Old/1.0')]).toEqual([['SHA-256', 'MD5'], ['MD5']]);
  const stranger = await sidecar.phone(account, { transport: 'tcp', from: '127.0.0.9' });
  everything.defer(() => stranger.close());
  await offersTo('TestPhone/1.0', stranger);
  await phone.register();
  expect([await offersTo('TestPhone/1.0'), await offersTo('TestPhone/1.0')]).toEqual([
    ['SHA-256', 'MD5'],
    ['SHA-256', 'MD5'],
  ]);
});

test('an interval that is too brief gets 423 with the minimum', async () => {
  const { phone } = await phoneOf();
  const answer = await phone.register({ expires: 30 });
  expect([answer.status, answer.headers.one(header.minExpires)]).toEqual([423, 60]);
});

test('a request of an unauthenticated client gets the response that the RFC demands', async () => {
  const phone = await phoneWith();
  const statuses = Object.fromEntries(
    await Promise.all(
      ['OPTIONS', 'INVITE', 'MESSAGE', 'SUBSCRIBE', 'BYE', 'NOTIFY', 'PUBLISH', 'FROBNICATE'].map(
        async (method) => [method, (await phone.ask(method)).status] as const,
      ),
    ),
  );
  expect(statuses).toEqual({
    OPTIONS: 200,
    INVITE: 407,
    MESSAGE: 403,
    SUBSCRIBE: 401,
    BYE: 481,
    NOTIFY: 481,
    PUBLISH: 405,
    FROBNICATE: 501,
  });
  expect((await phone.ask('OPTIONS', { headers: [['Require', 'nothing-known']] })).status).toBe(420);
  expect((await phone.ask('OPTIONS', { uri: 'urn:service:sos' })).status).toBe(416);
});
