import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventually } from '../../test/support/eventually.ts';
import { organizationOf, userOf } from '../../test/support/tenants.fixture.ts';
import { startStore, type TestStore } from '../../test/support/store.fixture.ts';
import { bindingRow, bindingsOfDevice, type BindingItem } from '../telephony/rows/binding.ts';
import { deviceStateRow, lineRegistration } from '../telephony/rows/device-state.ts';
import { eventRow, eventsOfEntity } from '../../shared/dynamodb/rows/event.ts';
import { tableFor } from '../../shared/dynamodb/table.ts';
import { commit } from '../../shared/dynamodb/commit.ts';
import { gatewayHealthRow, healthBegun } from '../../shared/dynamodb/rows/gateway-health.ts';
import { sipAccountRow } from '../telephony/rows/sip-account.ts';
import { gatewayRow, type GatewayItem } from '../../shared/dynamodb/rows/gateway.ts';
import {
  trunkRegistrationRow,
  trunkRow,
  type TrunkItem,
  type TrunkRegistrationItem,
} from '../../shared/dynamodb/rows/trunk.ts';
import { organizationRow, type OrganizationItem } from '../../shared/dynamodb/rows/organization.ts';
import { userRow, type UserItem } from '../../shared/dynamodb/rows/user.ts';
import { create, overwrite, remove } from '../../shared/dynamodb/write.ts';
import { sealsFrom } from '../../shared/secrets/seals.ts';
import { header } from '../../shared/sip/header-kinds.ts';
import type { SipResponse } from '../../shared/sip/message.ts';
import { newRegistration, type TrunkRegistration } from '../../shared/telephony/trunk-registration.ts';
import { sidecarClient } from '../../shared/sidecar/client.ts';
import { addAccount, runSidecar, type Account, type Running } from './sidecar.fixture.ts';

let running: TestStore;
let sidecar: Running;
const everything = new AsyncDisposableStack();
beforeAll(async () => {
  running = await startStore();
  everything.defer(() => running.stop());
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
/** A phone with an account, that nobody else uses. */
async function phoneOf(more: Parameters<Running['phone']>[1] = {}) {
  devices += 1;
  const device = `dev_${devices}`;
  const account = await addAccount(running.store, { device });
  const phone = await sidecar.phone(account, more);
  everything.defer(() => phone.close());
  return { device, account, phone };
}
const strangerOf = async (account: Account = { username: 'nobody', password: 'guess' }) => {
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
  test('registers, refreshes, and is gone when it says so', async () => {
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

  test('gets NOTIFY on its flow, and what it answers comes back', async () => {
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

test('a device that is not registered, or whose connection is gone, is unreachable', async () => {
  const { device, phone } = await phoneOf({ transport: 'tcp' });
  expect(await notify(device)).toEqual({ kind: 'unreachable' });
  await phone.register();
  phone.close();
  await eventually(async () => expect(await notify(device)).toEqual({ kind: 'unreachable' }));
});

test('who does not exist is answered as who has the wrong password', async () => {
  const { account } = await phoneOf();
  const answers = [
    await (await strangerOf()).register(),
    await (await strangerOf({ ...account, password: 'wrong' })).register(),
  ];
  expect(answers.map(({ status, reason }) => [status, reason])).toEqual([
    [403, 'Forbidden'],
    [403, 'Forbidden'],
  ]);
});

test('phones of a closed organization are refused, those of a suspended one are not: emergency calls go on', async () => {
  const statusIn = async (organization: number, status: 'closed' | 'suspended') => {
    await commit(running.store, organization, [
      create<'organization', OrganizationItem, object>(organizationRow, organizationOf(organization, { status })),
    ]);
    const phone = await strangerOf(await addAccount(running.store, { organization, device: `dev_${status}` }));
    return (await phone.register()).status;
  };
  expect([await statusIn(1_008, 'closed'), await statusIn(1_009, 'suspended')]).toEqual([403, 200]);
});

test('a softphone of a user registers only while that one may use softphones', async () => {
  const access = { web_portal: true, mobile_app: true, api_access: true, max_sessions: 5 };
  const userMay = (softphone: boolean) =>
    overwrite<'user', UserItem, { id: string }>(
      userRow,
      userOf(`usr_${softphone}`, { access: { ...access, softphone } }),
    );
  await commit(running.store, 1_001, [userMay(true), userMay(false)]);
  const statusOf = async (kind: 'phone' | 'softphone', user: string | null) => {
    const phone = await strangerOf(await addAccount(running.store, { device: `dev_${kind}_${user}`, kind, user }));
    return (await phone.register()).status;
  };
  expect([
    await statusOf('softphone', 'usr_true'),
    await statusOf('softphone', null),
    await statusOf('softphone', 'usr_false'),
    await statusOf('phone', 'usr_false'),
  ]).toEqual([200, 200, 403, 200]);
});

test('a device that was deleted is unreachable at once', async () => {
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

test('a phone whose device was deleted registers no more, also where its credentials are remembered', async () => {
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

test('nobody binds a contact for somebody else', async () => {
  const [one, other] = [await phoneOf(), await phoneOf()];
  expect((await one.phone.register({ as: other.account.username })).status).toBe(403);
  expect(await bindingsOf(other.device)).toEqual([]);
});

const algorithmsIn = ({ headers }: SipResponse) =>
  headers.fields({ key: 'www-authenticate' }).map(({ value }) => /algorithm=([\w-]+)/.exec(value)?.[1]);

test('both algorithms are offered, SHA-256 first, unless a datagram is too short for that', async () => {
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

test('who was offered both, and did not prove itself by the better one, is offered MD5 alone', async () => {
  const { phone } = await phoneOf({ transport: 'tcp' });
  const offers = async () => algorithmsIn(await phone.ask('REGISTER', { headers: [['User-Agent', 'TestPhone/1.0']] }));
  await phone.register();
  expect([await offers(), await offers()]).toEqual([['SHA-256', 'MD5'], ['MD5']]);
});

test('an interval that is too brief is told with the least', async () => {
  const { phone } = await phoneOf();
  const answer = await phone.register({ expires: 30 });
  expect([answer.status, answer.headers.one(header.minExpires)]).toEqual([423, 60]);
});

describe('peers', () => {
  const settings = {
    enabled: true,
    interval_seconds: 1,
    timeout_ms: 500,
    degraded_ms: 200,
    degraded_loss_percent: 100,
    down_after: 2,
    up_after: 2,
  };
  const at = new Date().toISOString();
  const peerAt = (port: number) => ({
    host: '127.0.0.1',
    port,
    transport: 'udp' as const,
    username: null,
    sealed_password: null,
    realm: null,
    codecs: [],
    max_channels: null,
  });
  const gatewayEvents = async (id: string) =>
    (
      await table().queryIndex(eventRow, 'GSI1', eventsOfEntity(1_001, { type: 'gateway', id }), { order: 'asc' })
    ).items.map(({ type }) => type);

  test('a gateway is pinged: any answer but a failure says that it lives, and changes are told', async () => {
    const peer = await strangerOf();
    peer.answers = 403;
    const gateway: GatewayItem = {
      id: 'gw_1',
      org_id: 1_001,
      name: 'pstn',
      enabled: true,
      prefix: '',
      strip: 0,
      trunk_id: null,
      peer: peerAt(peer.port),
      caller_id_number: null,
      ping: settings,
      created_at: at,
      updated_at: at,
      version: 1,
    };
    await commit(running.store, 1_001, [
      create<'gateway', GatewayItem, { id: string }>(gatewayRow, gateway),
      healthBegun('gw_1'),
    ]);
    await eventually(async () => expect(await gatewayEvents('gw_1')).toEqual(['gateway.healthy']), 15_000);
    expect(peer.notified[0]?.method).toBe('OPTIONS');
    peer.answers = 503;
    await eventually(
      async () => expect(await gatewayEvents('gw_1')).toEqual(['gateway.healthy', 'gateway.down']),
      10_000,
    );
    expect(await table().get(gatewayHealthRow, { id: 'gw_1' })).toMatchObject({
      status: 'down',
      last_error: '503 Service Unavailable',
    });
    peer.answers = 200;
    await eventually(async () => expect((await gatewayEvents('gw_1')).at(-1)).toMatch(/healthy|degraded/), 10_000);
  });

  const trunkIs = async (
    id: string,
    username: string,
    sealed_password: string | null,
    registration: TrunkRegistration,
  ): Promise<void> => {
    const trunk: TrunkItem = {
      id,
      org_id: 1_001,
      name: id,
      type: 'carrier',
      status: 'active',
      suspended_by_operator: false,
      ...peerAt(sidecar.bound.udp.port),
      username,
      sealed_password,
      register: true,
      registration_epoch: 1,
      dtmf_mode: 'rfc2833',
      nat_support: false,
      caller_id_name: null,
      caller_id_number: null,
      created_at: at,
      updated_at: at,
      version: 1,
    };
    const begun: TrunkRegistrationItem = { ...registration, id, call_id: null, cseq: 0 };
    await commit(running.store, 1_001, [
      create<'trunk', TrunkItem, { id: string }>(trunkRow, trunk),
      create<'trunk-registration', TrunkRegistrationItem, { id: string }>(trunkRegistrationRow, begun),
    ]);
  };

  test('a trunk whose binding expires says so then, and not at its next try', async () => {
    const [soon, nextHour] = [1_000, 3_600_000].map((wait) => new Date(Date.now() + wait).toISOString());
    await trunkIs('trunk_2', 'nobody', null, {
      ...newRegistration(1, at),
      status: 'active',
      state: 'registered',
      expires_at: soon ?? '',
      next_attempt: nextHour ?? '',
      failures: 7,
      last_error: { code: 503, reason: 'Busy', at },
    });
    await eventually(
      async () =>
        expect(await table().get(trunkRegistrationRow, { id: 'trunk_2' })).toMatchObject({
          status: 'pending',
          state: 'failed',
          expires_at: null,
          next_attempt: nextHour,
          last_error: { code: 503 },
          failures: 7,
        }),
      15_000,
    );
    expect(
      (await table().queryIndex(eventRow, 'GSI1', eventsOfEntity(1_001, { type: 'trunk', id: 'trunk_2' }))).items.map(
        ({ type }) => type,
      ),
    ).toEqual(['trunk.registration_failed']);
  });

  test('a trunk is registered by digest, at a registrar that challenges', async () => {
    const { account, device } = await phoneOf();
    const sealed = await sealsFrom(sidecar.secrets).seal(account.password, {
      organization: 1_001,
      id: 'trunk_1',
      field: 'password',
    });
    await trunkIs('trunk_1', account.username, sealed, newRegistration(1, at));
    await eventually(
      async () =>
        expect(await table().get(trunkRegistrationRow, { id: 'trunk_1' })).toMatchObject({
          state: 'registered',
          status: 'active',
          last_error: null,
          cseq: 2,
        }),
      15_000,
    );
    expect((await bindingsOf(device)).map(({ contact }) => contact)).toEqual([
      `sip:${account.username}@sip.example.com:5060`,
    ]);
  });
});

test('strangers are refused, each as the RFC says', async () => {
  const phone = await strangerOf();
  const statuses = Object.fromEntries(
    await Promise.all(
      ['OPTIONS', 'INVITE', 'MESSAGE', 'SUBSCRIBE', 'BYE', 'NOTIFY', 'PUBLISH', 'FROBNICATE'].map(
        async (method) => [method, (await phone.ask(method)).status] as const,
      ),
    ),
  );
  expect(statuses).toEqual({
    OPTIONS: 200,
    INVITE: 403,
    MESSAGE: 403,
    SUBSCRIBE: 403,
    BYE: 481,
    NOTIFY: 481,
    PUBLISH: 405,
    FROBNICATE: 501,
  });
  expect((await phone.ask('OPTIONS', { headers: [['Require', 'nothing-known']] })).status).toBe(420);
  expect((await phone.ask('OPTIONS', { uri: 'tel:+15550100' })).status).toBe(416);
});
