import { afterAll, beforeAll, expect, test } from 'vitest';
import { lampOf } from '#functions/sip-sidecar/service/line-states.fixture.ts';
import { eventually } from '#test/support/eventually.ts';
import { newPhone, type Phone } from '#test/support/sip-phone.fixture.ts';
import { needs } from '#test/support/tools.ts';
import { ToneListener } from '../heard-tones.fixture.ts';
import { newMailboxUser, phoneAccountOf, type MailboxUser } from '../mailbox-users.fixture.ts';
import { ownAddress } from '../peers/sip-server.ts';
import { sharedTaskCloud, type TaskAddress, type SharedTaskCloud } from '../sidecar-tasks.fixture.ts';
import { expectEnd } from '../softphones.fixture.ts';
import {
  newAdministeredTenant,
  outcome,
  texts,
  uniqueName,
  type AdministeredTenant,
  type Body,
} from '../tenant.fixture.ts';

/** Keys that show do not disturb, forwarding and schedules, at two tasks, over the relay of `npm start`. */

needs('rtpengine');

const everything = new AsyncDisposableStack();
let cloud: SharedTaskCloud;
let [here, there]: [TaskAddress, TaskAddress] = [
  { address: '', port: 0 },
  { address: '', port: 0 },
];
let user: MailboxUser;
/** A phone of the user at one task, and one that watches at each. */
let ann: ToneListener;
let watchers: readonly Phone[];
beforeAll(async () => {
  cloud = await sharedTaskCloud();
  [here, there] = cloud.tasks;
  user = await newMailboxUser(cloud.tenant);
  ann = everything.use(await ToneListener.of(await phoneAccountOf(cloud.tenant, user), here));
  watchers = [await keysOf(user, here), await keysOf(user, there)];
});
afterAll(() => everything.disposeAsync());

/** A phone with keys. It is not registered, so that it is notified of nothing else. */
async function keysOf(of: MailboxUser, task: TaskAddress, tenant: AdministeredTenant = cloud.tenant): Promise<Phone> {
  const phone = await newPhone(task, await phoneAccountOf(tenant, of), { from: ownAddress() });
  everything.defer(() => phone.close());
  return phone;
}
const watch = async (phone: Phone, target: string): Promise<number> =>
  (await phone.subscribe({ target, event: 'dialog' })).status;

/** Waits until the keys of all phones show a state. Its time is 2 s where nothing else runs. */
async function expectLamps(target: string, lamp: string): Promise<void> {
  const began = Date.now();
  for (const phone of watchers) await eventually(() => expect(lampOf(phone, target)).toBe(lamp), 10_000);
  expect(Date.now() - began).toBeLessThan(2_000 * 4);
}
const [on, off] = ['recipient confirmed', 'terminated'];

async function press(code: string): Promise<void> {
  const { call } = await ann.call(code);
  await expectEnd(call, 'ended by peer');
}
const handling = async (): Promise<Body> =>
  ((await cloud.tenant.ask('GET', `/users/${user.user}/callhandling`)).body as { data: Body }).data;
const putHandling = async (settings: object): Promise<void> =>
  expect(outcome(await cloud.tenant.ask('PUT', `/users/${user.user}/callhandling`, settings))).toBe('200');

test('a key shows do not disturb, by whatever it is changed, at both tasks, and switches it', async () => {
  for (const phone of watchers) expect(await watch(phone, 'dnd')).toBe(200);
  await expectLamps('dnd', off);
  await press('*78');
  await expectLamps('dnd', on);
  await putHandling({ do_not_disturb: false });
  await expectLamps('dnd', off);
  await press('dnd');
  expect(await handling()).toMatchObject({ do_not_disturb: true });
  await expectLamps('dnd', on);
  await press('dnd');
  expect(await handling()).toMatchObject({ do_not_disturb: false });
  await expectLamps('dnd', off);
});

test('a key shows that calls are forwarded as codes let it, and ends that', async () => {
  for (const phone of watchers) expect(await watch(phone, 'forward')).toBe(200);
  await expectLamps('forward', off);
  for (const [set, reset] of [
    ['*72300', '*73'],
    ['*90300', '*91'],
    ['*92300', '*93'],
  ] as const) {
    await press(set);
    await expectLamps('forward', on);
    await press(reset);
    await expectLamps('forward', off);
  }
  await putHandling({ forward: { always: '300', busy: '301', unreachable: '302' } });
  await expectLamps('forward', on);
  await press('forward');
  await expectLamps('forward', off);
  const { forward, version } = await handling();
  expect(forward).toEqual({ always: null, busy: null, no_answer: null, unreachable: '302' });
  await press('forward');
  expect(await handling()).toMatchObject({ version });
});

test('a key shows that a schedule is closed by hand, and switches it for who may change schedules', async () => {
  const { ask } = cloud.tenant;
  const office = (): object => ({ name: uniqueName('office'), time_zone: 'Europe/Berlin' });
  const made = async () => texts(await ask('PUT', '/schedules/new', office()))['id'] ?? '';
  const closed = { ...office(), override: 'closed' };
  const [first, second] = [await made(), await made()];
  const [key, besides] = [`schedule/${first}`, `schedule/${second}`];
  for (const phone of watchers) expect([await watch(phone, key), await watch(phone, besides)]).toEqual([200, 200]);
  expect(outcome(await ask('PUT', `/schedules/${first}`, closed))).toBe('200');
  await expectLamps(key, on);
  await press(key);
  await expectLamps(key, on);
  expect(outcome(await ask('POST', `/users/${user.user}`, { roles: ['admin'] }))).toBe('200');
  await press(key);
  await expectLamps(key, off);
  await press(besides);
  await expectLamps(besides, on);
  await press('*28');
  await expectLamps(key, on);
  expect(outcome(await ask('DELETE', `/schedules/${second}`))).toBe('200');
  await eventually(async () => expect(await watch(await keysOf(user, here), besides)).toBe(403));
});

test('a phone sees the settings of its own user only, and schedules of its own organization', async () => {
  const bob = await newMailboxUser(cloud.tenant);
  const phone = await keysOf(bob, there);
  expect(await watch(phone, 'dnd')).toBe(200);
  await eventually(() => expect(lampOf(phone, 'dnd')).toBe(off));
  await press('*78');
  await expectLamps('dnd', on);
  await press('*79');
  await expectLamps('dnd', off);
  const targets = [`dnd/${user.user}`, `forward/${user.user}`, 'schedule/sched_none', 'schedule/', 'DND'];
  for (const target of targets) expect([target, await watch(phone, target)]).toEqual([target, 403]);
  expect(phone.notified).toHaveLength(1);
  const other = await newAdministeredTenant('keys', { cloud: cloud.cloud, operator: cloud.operator });
  const stranger = await keysOf(await newMailboxUser(other), there, other);
  const schedules = (await cloud.tenant.ask('GET', '/schedules')).body as { data: Body[] };
  const ids = schedules.data.map(({ id }) => String(id));
  expect(ids.length).toBeGreaterThan(0);
  for (const id of ids) expect(await watch(stranger, `schedule/${id}`)).toBe(403);
});
