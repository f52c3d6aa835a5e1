import { afterAll, beforeAll, expect, test } from 'vitest';
import { decodeG711 } from '#sounds/g711.ts';
import { keyOf } from '#sip/headers.ts';
import { eventually } from '#test/support/eventually.ts';
import { needs } from '#test/support/tools.ts';
import { ToneListener } from '../heard-tones.fixture.ts';
import { newMailboxUser, phoneAccountOf, type MailboxUser } from '../mailbox-users.fixture.ts';
import { sharedTaskCloud, type TaskCloud } from '../sidecar-tasks.fixture.ts';
import { expectEnd } from '../softphones.fixture.ts';
import { outcome, uniqueName, texts } from '../tenant.fixture.ts';

/** Phones that answer by themselves, as their users permit, over the relay of `npm start`. */

needs('rtpengine');

const everything = new AsyncDisposableStack();
let cloud: TaskCloud;
type Person = MailboxUser & { readonly phone: ToneListener };
let [ann, bob]: Person[] = [];
beforeAll(async () => {
  cloud = await sharedTaskCloud();
  [ann, bob] = [await newPerson(), await newPerson()];
});
afterAll(() => everything.disposeAsync());

async function newPerson(): Promise<Person> {
  const [task] = cloud.tasks;
  const user = await newMailboxUser(cloud.tenant);
  const phone = await ToneListener.of(await phoneAccountOf(cloud.tenant, user), task);
  return { ...user, phone: everything.use(phone) };
}

const permit = async ({ user }: Person, intercom: string, more: object = {}): Promise<void> => {
  const set = await cloud.tenant.ask('PUT', `/users/${user}/callhandling`, { intercom, ...more });
  expect(outcome(set)).toMatch(/^20[01]$/);
};

const people = (): readonly [Person, Person] =>
  ann === undefined || bob === undefined ? expect.fail('there are no phones') : [ann, bob];

/** The end of a call by the code. */
async function failureOf(caller: Person, called: Person): Promise<string | undefined> {
  const call = caller.phone.phone.call(`*3${called.mailbox}`);
  await eventually(() => expect(call.isOver).toBe(true), 20_000);
  return call.log.at(-1);
}

test('without the permission of its user a phone is not even called', async () => {
  const [caller, called] = people();
  expect(await failureOf(caller, called)).toBe('failed 403');
  await permit(called, 'group');
  expect(await failureOf(caller, called)).toBe('failed 403');
  await permit(called, 'organization', { do_not_disturb: true });
  expect(await failureOf(caller, called)).toBe('failed 403');
  expect(called.phone.phone.calls).toHaveLength(0);
});

test('a phone is asked to answer by itself, and is heard after a second and a beep', async () => {
  const [caller, called] = people();
  await permit(called, 'organization');
  const call = caller.phone.phone.call(`*3${called.mailbox}`);
  const arrived = await called.phone.phone.nextCall();
  const headers = [...(arrived.invite?.headers ?? [])].filter(({ key }) =>
    ['Call-Info', 'Alert-Info'].some((name) => keyOf(name) === key),
  );
  expect(headers.map(({ value }) => value.replace(/<.*>/, '')).toSorted()).toEqual([
    ';answer-after=0',
    ';info=alert-autoanswer;delay=0',
  ]);
  await eventually(() => expect(arrived.log.at(-1)).toBe('acknowledged'), 20_000);
  const answered = performance.now();
  called.phone.voice.sendTo(arrived.remote);
  while (!call.isUp && !call.isOver) await called.phone.voice.speak(100, 1_000);
  expect(call.isUp).toBe(true);
  const isLoud = (payload: Buffer): boolean => Math.max(...decodeG711(0, payload).map(Math.abs)) > 1_000;
  const first = caller.phone.voice.heard.findIndex(isLoud);
  if (first >= 0) expect((caller.phone.voice.times[first]?.at ?? 0) - answered).toBeGreaterThan(900);
  expect(called.phone.tonesSince(0)).toContain('beep');
  await eventually(async () => {
    called.phone.voice.sendTo(arrived.remote);
    await called.phone.voice.speak(400, 1_000);
    expect(caller.phone.voice.heard.some(isLoud)).toBe(true);
  }, 20_000);
  const third = await newPerson();
  await eventually(async () => expect(await failureOf(third, called)).toBe('failed 486'), 20_000);
  call.hangUp();
  await expectEnd(arrived, 'ended by peer');
});

test('a member of the same group is permitted, and another one is not', async () => {
  const [member, called, stranger] = [await newPerson(), await newPerson(), await newPerson()];
  await permit(called, 'group');
  const group = texts(await cloud.tenant.ask('PUT', '/groups', { name: uniqueName('sales') }));
  const members = { user_ids: [member.user, called.user] };
  expect(outcome(await cloud.tenant.ask('PUT', `/groups/${group['id']}/members`, members))).toBe('200');
  expect(await failureOf(stranger, called)).toBe('failed 403');
  const call = member.phone.phone.call(`*3${called.mailbox}`);
  await eventually(() => expect(call.log.at(-1)).toBe('answered'), 20_000);
  call.hangUp();
});

test('of five phones that speak over one at once, one does, and the others hear that it is busy', async () => {
  const called = await newPerson();
  await permit(called, 'organization');
  const callers = await Promise.all(Array.from({ length: 5 }, newPerson));
  const calls = callers.map(({ phone }) => phone.phone.call(`*3${called.mailbox}`));
  await eventually(() => {
    expect(calls.map((call) => call.log.at(-1)).toSorted()).toEqual([
      'answered',
      ...Array<string>(4).fill('failed 486'),
    ]);
  }, 20_000);
  expect(called.phone.phone.calls).toHaveLength(1);
  calls.find(({ isOver }) => !isOver)?.hangUp();
});
