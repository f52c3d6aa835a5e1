import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventually } from '../../test/eventually.ts';
import { startStore, type TestStore } from '../../test/store.fixture.ts';
import { bindingRow, bindingsOfDevice, type BindingItem } from '../../shared/dynamodb/rows/binding.ts';
import { deviceStateRow, lineRegistration } from '../../shared/dynamodb/rows/device-state.ts';
import { eventRow, eventsOfThing } from '../../shared/dynamodb/rows/event.ts';
import { tableFor } from '../../shared/dynamodb/table.ts';
import { header } from '../../shared/sip/header-kinds.ts';
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
const bindingsOf = async (device: string): Promise<readonly BindingItem[]> => (await table().queryIndex(bindingRow, 'GSI1', bindingsOfDevice(1_001, device))).items;
const eventsOf = async (device: string): Promise<string[]> => (await table().queryIndex(eventRow, 'GSI1', eventsOfThing(1_001, { type: 'device', id: device }), { order: 'asc' })).items.map(({ type }) => type);
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

const notify = (device: string, more: object = {}) => sidecarClient({
  store: running.store, secrets: { read: async () => JSON.stringify({ key: 'k'.repeat(64) }), putOnce: async () => '' }, clock: () => new Date(), fetch,
}).notify({ id: sidecar.outside.nextId('cmd'), organization: 1_001, device, event: 'check-sync;reboot=true', timeout_seconds: 2, ...more });

describe.each(['udp', 'tcp'] as const)('over %s a phone', (transport) => {
  test('registers, refreshes, and is gone when it says so', async () => {
    const { device, phone } = await phoneOf({ transport });
    const first = await phone.register();
    expect([first.status, first.headers.all(header.contact)]).toMatchObject([200, [{ uri: { port: phone.port } }]]);
    const [binding] = await bindingsOf(device);
    expect(binding).toMatchObject({ device_id: device, line_number: 1, owner: sidecar.id, flow: { transport, remote: { address: '127.0.0.1', port: phone.port } }, user_agent: 'TestPhone/1.0' });
    expect(await stateOf(device)).toBe('registered');
    expect((await phone.register()).status).toBe(200);
    expect(await eventsOf(device)).toEqual(['device.registered']);
    expect((await phone.register({ expires: 0 })).headers.all(header.contact)).toEqual([]);
    expect([await bindingsOf(device), await stateOf(device), await eventsOf(device)]).toEqual([[], 'unregistered', ['device.registered', 'device.unregistered']]);
  });

  test('gets NOTIFY on its flow, and what it answers comes back', async () => {
    const { device, phone } = await phoneOf({ transport });
    await phone.register();
    expect(await notify(device)).toEqual({ kind: 'answered', response_code: 200 });
    const [request] = phone.notified;
    expect([request?.method, request?.headers.one(header.event)?.toString() !== undefined, request?.headers.one(header.event)]).toMatchObject(['NOTIFY', true, { value: 'check-sync' }]);
    phone.answers = 481;
    expect(await notify(device, { content_type: 'text/plain', body: 'now' })).toEqual({ kind: 'answered', response_code: 481 });
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
  const answers = [await (await strangerOf()).register(), await (await strangerOf({ ...account, password: 'wrong' })).register()];
  expect(answers.map(({ status, reason }) => [status, reason])).toEqual([[403, 'Forbidden'], [403, 'Forbidden']]);
});

test('nobody binds a contact for somebody else', async () => {
  const [one, other] = [await phoneOf(), await phoneOf()];
  expect((await one.phone.register({ as: other.account.username })).status).toBe(403);
  expect(await bindingsOf(other.device)).toEqual([]);
});

test('an interval that is too brief is told with the least', async () => {
  const { phone } = await phoneOf();
  const answer = await phone.register({ expires: 30 });
  expect([answer.status, answer.headers.one(header.minExpires)]).toEqual([423, 60]);
});

test('strangers are refused, each as the RFC says', async () => {
  const phone = await strangerOf();
  const statuses = Object.fromEntries(await Promise.all(['OPTIONS', 'INVITE', 'MESSAGE', 'SUBSCRIBE', 'BYE', 'NOTIFY', 'PUBLISH', 'FROBNICATE'].map(async (method) => [method, (await phone.ask(method)).status] as const)));
  expect(statuses).toEqual({ OPTIONS: 200, INVITE: 403, MESSAGE: 403, SUBSCRIBE: 403, BYE: 481, NOTIFY: 481, PUBLISH: 405, FROBNICATE: 501 });
  expect((await phone.ask('OPTIONS', { headers: [['Require', 'nothing-known']] })).status).toBe(420);
  expect((await phone.ask('OPTIONS', { uri: 'tel:+15550100' })).status).toBe(416);
});
