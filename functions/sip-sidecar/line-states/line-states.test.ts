import { afterAll, beforeAll, expect, test } from 'vitest';
import { commit } from '#dynamodb/commit.ts';
import { groupMemberRow, groupRow, type GroupItem } from '#dynamodb/rows/group.ts';
import { blfListRow } from '#dynamodb/rows/subscription.ts';
import { overwrite, remove } from '#dynamodb/write.ts';
import { day } from '#schema/time.ts';
import { header } from '#sip/header-kinds.ts';
import { eventually } from '#test/support/eventually.ts';
import type { Phone } from '#test/support/sip-phone.fixture.ts';
import type { Softphone } from '#test/support/softphone.fixture.ts';
import { testStore } from '#test/support/store.fixture.ts';
import { addMailboxUser, addPhoneLine } from '../service/mailboxes.fixture.ts';
import { addAccount, runSidecar, type Running } from '../service/sidecar.fixture.ts';
import {
  addOffice,
  lampOf,
  registeredSoftphone,
  subscriptionStatesAt,
  versionsAt,
} from '../service/line-states.fixture.ts';

const organization = 1_001;
const other = 1_002;

const running = testStore();
let sidecar: Running;
/** Another task. */
let second: Running;
/** Milliseconds by which the clock of the first task is ahead. */
let later = 0;
const everything = new AsyncDisposableStack();
beforeAll(async () => {
  for (const id of [organization, other]) await addOffice(running.store, id);
  sidecar = await runSidecar(running.store, { maxInterval: 500 }, { clock: () => new Date(Date.now() + later) });
  everything.defer(() => sidecar.close());
  second = await runSidecar(running.store);
  everything.defer(() => second.close());
});
afterAll(() => everything.disposeAsync());

let extensions = 299;
const newExtension = (): string => String((extensions += 1));
type Line = Partial<Parameters<typeof addPhoneLine>[1]>;

/** A phone that calls, and its extension. */
async function softphone(line: Line = {}, at = sidecar): Promise<{ phone: Softphone; extension: string }> {
  const extension = line.extension ?? newExtension();
  const device = line.device ?? `dev_${extension}`;
  const phone = await registeredSoftphone(
    at,
    await addPhoneLine(running.store, { user: null, ...line, device, extension }),
  );
  everything.defer(() => phone[Symbol.dispose]());
  return { phone, extension };
}

/** A phone that watches. */
async function watcher(line: Line = {}, at = sidecar): Promise<Phone> {
  const extension = line.extension ?? newExtension();
  const account = await addPhoneLine(running.store, { user: null, device: `dev_${extension}`, ...line, extension });
  const phone = await at.phone(account);
  everything.defer(() => phone.close());
  return phone;
}

const watch = async (phone: Phone, target: string, expires = 600): Promise<number> =>
  (await phone.subscribe({ target, event: 'dialog', expires })).status;
const shows = (phone: Phone, extension: string, lamp: string) =>
  eventually(() => expect(lampOf(phone, extension)).toBe(lamp), 20_000);

test('a key shows that a line rings, talks and is free again, and who the other party is', async () => {
  const [ann, bob] = [await softphone(), await softphone()];
  const phone = await watcher({ watches: [ann.extension, bob.extension] });
  expect([await watch(phone, bob.extension), await watch(phone, ann.extension)]).toEqual([200, 200]);
  await shows(phone, bob.extension, 'terminated');
  bob.phone.answers = 'ring';
  const call = ann.phone.call(bob.extension);
  await shows(phone, bob.extension, `recipient early ${ann.extension}`);
  await shows(phone, ann.extension, `initiator early ${bob.extension}`);
  (await bob.phone.nextCall()).answer();
  await shows(phone, bob.extension, `recipient confirmed ${ann.extension}`);
  await shows(phone, ann.extension, `initiator confirmed ${bob.extension}`);
  call.hangUp();
  await shows(phone, bob.extension, 'terminated');
  await shows(phone, ann.extension, 'terminated');
});

test('each document of a subscription has the next version, and a refresh one more', async () => {
  const [ann, bob] = [await softphone(), await softphone()];
  const phone = await watcher({ watches: [bob.extension] });
  const accepted = await phone.subscribe({ target: bob.extension, event: 'dialog' });
  await shows(phone, bob.extension, 'terminated');
  const call = ann.phone.call(bob.extension);
  await shows(phone, bob.extension, `recipient confirmed ${ann.extension}`);
  expect((await phone.subscribe({ target: bob.extension, event: 'dialog', in: accepted })).status).toBe(200);
  call.hangUp();
  await shows(phone, bob.extension, 'terminated');
  const versions = versionsAt(phone);
  expect([versions.length >= 4, versions]).toEqual([true, versions.map((_, at) => at)]);
});

test('calls at another task are shown too, also one that began before the subscription', async () => {
  const [ann, bob] = [await softphone({}, second), await softphone({}, second)];
  const [early, late] = [await watcher({ watches: [bob.extension] }), await watcher({ watches: [bob.extension] })];
  // Each task knows the other one after a heartbeat.
  expect(await watch(early, bob.extension)).toBe(200);
  const call = ann.phone.call(bob.extension);
  await bob.phone.nextCall();
  await shows(early, bob.extension, `recipient confirmed ${ann.extension}`);
  expect(await watch(late, bob.extension)).toBe(200);
  await shows(late, bob.extension, `recipient confirmed ${ann.extension}`);
  call.hangUp();
  for (const phone of [early, late]) await shows(phone, bob.extension, 'terminated');
});

test('a call that another task goes on with stays shown', async () => {
  const third = await runSidecar(running.store);
  const [ann, bob] = [await softphone({}, third), await softphone({}, third)];
  const phone = await watcher({ watches: [bob.extension] });
  expect(await watch(phone, bob.extension)).toBe(200);
  ann.phone.call(bob.extension);
  await bob.phone.nextCall();
  await shows(phone, bob.extension, `recipient confirmed ${ann.extension}`);
  await third.close();
  const refreshed = phone.notified.length;
  expect(await watch(phone, bob.extension)).toBe(200);
  await eventually(() => expect(phone.notified.length).toBeGreaterThan(refreshed));
  await shows(phone, bob.extension, `recipient confirmed ${ann.extension}`);
});

test('a line is busy with the calls of all phones of its user', async () => {
  const [main, side] = [newExtension(), newExtension()];
  const user = await addMailboxUser(running.store, main);
  const [desk, ann] = [await softphone({ extension: side, user, device: 'dev_desk' }), await softphone()];
  const phone = await watcher({ watches: [main] });
  expect(await watch(phone, main)).toBe(200);
  const call = desk.phone.call(ann.extension);
  await shows(phone, main, `initiator confirmed ${ann.extension}`);
  call.hangUp();
  await shows(phone, main, 'terminated');
});

const listOf = (entity_id: string, extension: string) =>
  overwrite(blfListRow, {
    id: `sub_${entity_id}`,
    entity_id,
    targets: [{ target_id: null, extension, display_name: extension, button: 1 }],
    expires_at: new Date(Date.now() + day).toISOString(),
    term: day,
    auto_renew: true,
    created_at: '',
    updated_at: '',
    version: 1,
  });

test('a BLF list of the user lets a phone see that a line is busy, but not with whom', async () => {
  const [ann, bob, extension] = [await softphone(), await softphone(), newExtension()];
  const user = await addMailboxUser(running.store, extension);
  await commit(running.store, organization, [listOf(user, bob.extension)]);
  const phone = await watcher({ extension, user });
  expect(await watch(phone, bob.extension)).toBe(200);
  const call = ann.phone.call(bob.extension);
  await shows(phone, bob.extension, 'recipient confirmed');
  call.hangUp();
  await shows(phone, bob.extension, 'terminated');
  expect(phone.notified.some(({ body }) => body.toString().includes(`sip:${ann.extension}@`))).toBe(false);
});

const groupOf = (more: Partial<GroupItem>): GroupItem => ({
  id: 'grp_1',
  name: 'sales',
  display_name: 'Sales',
  description: null,
  category: 'department',
  status: 'active',
  roles: [],
  roles_since: {},
  permissions: {},
  member_count: 2,
  created_at: '',
  updated_at: '',
  version: 1,
  ...more,
});

test('members of a department watch one another, those of an inactive one or of a dial plan group do not', async () => {
  const groups = [
    groupOf({ id: 'grp_sales' }),
    groupOf({ id: 'grp_closed', name: 'closed', status: 'inactive' }),
    groupOf({ id: 'grp_plan', name: 'plan', category: 'dialplan' }),
  ];
  const statuses: number[] = [];
  for (const group of groups) {
    const [mine, theirs] = [newExtension(), newExtension()];
    const users = [await addMailboxUser(running.store, mine), await addMailboxUser(running.store, theirs)];
    await commit(running.store, organization, [
      overwrite(groupRow, group),
      ...users.map((user_id) => overwrite(groupMemberRow, { group_id: group.id, user_id, added_at: '' })),
    ]);
    const phone = await watcher({ extension: mine, user: users[0] ?? null });
    statuses.push(await watch(phone, theirs));
  }
  expect(statuses).toEqual([200, 403, 403]);
});

test('a line that no one lets a phone watch is rejected, whether there is such a line or not', async () => {
  const [bob, phone] = [await softphone(), await watcher({ watches: [] })];
  const targets = [bob.extension, '999', 'u-dev_1', '9'.repeat(40), '%00', 'dev_1'];
  const statuses: number[] = [];
  for (const target of targets) statuses.push(await watch(phone, target));
  expect(statuses).toEqual(targets.map(() => 403));
  const bodies = phone.notified.length;
  expect(bodies).toBe(0);
});

test('a line of another organization is never shown, although a key names its extension', async () => {
  const [ann, bob] = [await softphone(), await softphone()];
  // The same extension of another organization, whose phone names it.
  const account = await addAccount(running.store, { organization: other, device: 'dev_stranger' });
  const device = { ...account, device: 'dev_stranger' };
  const phone = await sidecar.phone(device);
  everything.defer(() => phone.close());
  expect(await watch(phone, bob.extension)).toBe(403);
  const call = ann.phone.call(bob.extension);
  await bob.phone.nextCall();
  call.hangUp();
  await eventually(() => call.isOver);
  expect(phone.notified).toEqual([]);
});

test('a phone may watch its own line, which shows its own calls only once', async () => {
  const [ann, extension] = [await softphone(), newExtension()];
  const own = await softphone({ extension });
  const phone = await watcher({ extension, device: `dev_${extension}` });
  expect(await watch(phone, extension)).toBe(200);
  await shows(phone, extension, 'terminated');
  const call = own.phone.call(ann.extension);
  await shows(phone, extension, `initiator confirmed ${ann.extension}`);
  call.hangUp();
  await shows(phone, extension, 'terminated');
});

test('a SUBSCRIBE that is too brief, of another type or of a stranger is rejected as for other events', async () => {
  const bob = await softphone();
  const phone = await watcher({ watches: [bob.extension] });
  const brief = await phone.subscribe({ target: bob.extension, event: 'dialog', expires: 10 });
  expect([brief.status, brief.headers.one(header.minExpires)]).toEqual([423, 60]);
  const wrong = await phone.subscribe({ target: bob.extension, event: 'presence' });
  expect([wrong.status, wrong.headers.all(header.allowEvents)]).toEqual([489, ['message-summary', 'dialog']]);
  expect((await phone.ask('SUBSCRIBE', { uri: `sip:${bob.extension}@pbx.example.com` })).status).toBe(401);
});

test('twenty phones that watch one line all see a call, while calls go on', async () => {
  const [ann, bob, carol, dave] = await Promise.all([softphone(), softphone(), softphone(), softphone()]);
  const phones: Phone[] = [];
  for (let count = 0; count < 20; count += 1) {
    const phone = await watcher({ watches: [bob.extension] }, count % 2 === 0 ? sidecar : second);
    expect(await watch(phone, bob.extension)).toBe(200);
    phones.push(phone);
  }

  const call = ann.phone.call(bob.extension);
  await bob.phone.nextCall();
  const besides = carol.phone.call(dave.extension);
  await eventually(() => expect(besides.log.at(-1)).toBe('answered'), 20_000);
  for (const phone of phones) await shows(phone, bob.extension, `recipient confirmed ${ann.extension}`);
  call.hangUp();
  besides.hangUp();
  for (const phone of phones) await shows(phone, bob.extension, 'terminated');
  // A call is at most: the first state, ringing, talking, the end.
  for (const phone of phones) expect(phone.notified.length).toBeLessThanOrEqual(4);
});

test('a phone that may not watch a line any more gets an end within a minute, and is rejected then', async () => {
  const bob = await softphone();
  const extension = newExtension();
  const user = await addMailboxUser(running.store, extension);
  await commit(running.store, organization, [listOf(user, bob.extension)]);
  const phone = await watcher({ extension, user });
  const accepted = await phone.subscribe({ target: bob.extension, event: 'dialog' });
  expect(accepted.status).toBe(200);
  await commit(running.store, organization, [remove(blfListRow, { entity_id: user })]);
  later += 25_000;
  await eventually(() => expect(subscriptionStatesAt(phone).at(-1)).toBe('terminated;reason=rejected'), 40_000);
  expect(phone.notified.at(-1)?.body.length).toBe(0);
  expect((await phone.subscribe({ target: bob.extension, event: 'dialog', in: accepted })).status).toBe(481);
  expect(await watch(phone, bob.extension)).toBe(403);
});
