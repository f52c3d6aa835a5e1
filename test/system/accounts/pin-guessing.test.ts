import { afterAll, beforeAll, expect, test } from 'vitest';
import { median } from '#test/bench/timing.ts';
import { eventually } from '#test/support/eventually.ts';
import type { SoftCall } from '#test/support/soft-call.fixture.ts';
import { needs } from '#test/support/tools.ts';
import { newNumber } from '../calls.fixture.ts';
import { ToneListener, uploadTones, type HeardCall } from '../heard-tones.fixture.ts';
import { heard, leaveMessage, newMailboxUser, phoneAccountOf, type MailboxUser } from '../mailbox-users.fixture.ts';
import { sharedTaskCloud, type SharedTaskCloud } from '../sidecar-tasks.fixture.ts';
import { outcome, type Body } from '../tenant.fixture.ts';

/** Who guesses the PIN of a mailbox by many calls at once, at two tasks, and its owner. */

needs('rtpengine');

const everything = new AsyncDisposableStack();
let cloud: SharedTaskCloud;
let owner: MailboxUser;
let own: ToneListener;
let strangers: readonly ToneListener[];
let number: string;

const ask = (method: string, path: string, body?: Body) => cloud.tenant.ask(method, path, body);

beforeAll(async () => {
  cloud = await sharedTaskCloud();
  const [here, there] = cloud.tasks;
  const { welcome, menu, bye } = await uploadTones(cloud.tenant);
  const prompts = { 'enter-mailbox': welcome, 'enter-pin': menu, 'login-wrong': bye, 'locked-out': welcome };
  expect(outcome(await ask('POST', '/orgs/me', { settings: { prompts } }))).toBe('200');
  owner = await newMailboxUser(cloud.tenant);
  expect(outcome(await ask('PUT', `/voicemailprefs/${owner.mailbox}`, { pin: '4711' }))).toMatch(/^20[01]$/);
  await heard(cloud.tenant, await leaveMessage(cloud.tenant, owner.mailbox));
  own = everything.use(await ToneListener.of(await phoneAccountOf(cloud.tenant, owner), here));
  const others: ToneListener[] = [];
  for (let count = 0; count < 8; count += 1)
    others.push(
      everything.use(await ToneListener.register(cloud.tenant, count % 2 === 0 ? here : there, String(210 + count))),
    );
  strangers = others;
  const operator = cloud.operator;
  number = await newNumber(cloud.tenant, { type: 'mailbox', id: owner.mailbox }, operator);
}, 180_000);
afterAll(() => everything.disposeAsync());

const counts = async (): Promise<Body> =>
  ((await ask('GET', `/voicemail?mailbox=${owner.mailbox}`)).body as { readonly counts: Body }).counts;

async function answered(call: SoftCall): Promise<SoftCall> {
  await eventually(() => expect(call.log.at(-1)).toBe('answered'), 30_000);
  return call;
}

/** Types digits by INFO, which needs no media. */
async function type(call: SoftCall, digits: string): Promise<void> {
  for (const digit of digits) {
    if (call.isOver) return;
    await call.session.info('application/dtmf-relay', Buffer.from(`Signal=${digit}\r\nDuration=100\r\n`));
  }
}

/** How many events say that a mailbox is locked for those outside. */
async function locks(mailbox: string): Promise<number> {
  const { body } = await ask('GET', `/events/org/${cloud.tenant.id}?type=voicemail.access_locked`);
  const { events } = (body as { readonly data: { readonly events: readonly Body[] } }).data;
  return events.filter((event) => JSON.stringify(event).includes(`"${mailbox}"`)).length;
}

test('64 calls at once have five tries in all; the phone of the owner goes on', async () => {
  expect(await counts()).toEqual({ new: 1, read: 0, saved: 0 });
  const calls = await Promise.all(
    Array.from({ length: 64 }, (_, at) => {
      const phone = strangers[at % strangers.length]?.phone;
      if (phone === undefined) throw new Error('there is no phone');
      // Half of them over a number, the others by the code for any mailbox.
      return answered(phone.call(at < 32 ? number : '*98'));
    }),
  );
  await Promise.all(calls.map((call, at) => type(call, `${at < 32 ? '' : `${owner.mailbox}#`}${1_000 + at}#`)));
  // Whatever came first, each of them knows the PIN now, and it is too late.
  await Promise.all(calls.map((call) => type(call, `4711#${owner.mailbox}#4711#`)));
  await Promise.all(calls.map((call) => eventually(() => expect(call.isOver).toBe(true), 60_000)));
  expect(await counts()).toEqual({ new: 1, read: 0, saved: 0 });
  await eventually(async () => expect(await locks(owner.mailbox)).toBe(1), 30_000);
  const opened = await answered(own.phone.call('*97'));
  await type(opened, '4711#');
  await eventually(async () => expect(await counts()).toEqual({ new: 0, read: 1, saved: 0 }), 60_000);
  opened.hangUp();
  // A new PIN ends the lock.
  await leaveMessage(cloud.tenant, owner.mailbox);
  await eventually(async () => expect(await counts()).toMatchObject({ new: 1 }), 60_000);
  expect(outcome(await ask('PUT', `/voicemailprefs/${owner.mailbox}`, { pin: '5822' }))).toBe('200');
  const [stranger] = strangers;
  if (stranger === undefined) throw new Error('there is no phone');
  const unlocked = await answered(stranger.phone.call(number));
  await type(unlocked, '5822#');
  await eventually(async () => expect(await counts()).toMatchObject({ new: 0 }), 60_000);
  unlocked.hangUp();
});

const ends = ({ tones }: HeardCall, ...last: readonly string[]) =>
  eventually(() => expect(tones().slice(-last.length)).toEqual(last), 30_000);

/** Milliseconds from the last key of a wrong PIN until something is said. */
async function timeOf(mailbox: string): Promise<number> {
  const [caller] = strangers;
  if (caller === undefined) throw new Error('there is no phone');
  const call = await caller.call('*98');
  await ends(call, 'welcome');
  await caller.voice.press(`${mailbox}#`, { gap: 60 });
  await ends(call, 'welcome', 'menu');
  await caller.voice.press('8888', { gap: 60 });
  const before = caller.voice.heard.length;
  const began = performance.now();
  await caller.voice.press('#');
  await ends(call, 'bye');
  call.call.hangUp();
  return (caller.voice.times[before]?.at ?? Infinity) - began;
}

test('a mailbox that does not exist takes as long as one whose PIN is wrong', async () => {
  const known = await newMailboxUser(cloud.tenant);
  expect(outcome(await ask('PUT', `/voicemailprefs/${known.mailbox}`, { pin: '4711' }))).toMatch(/^20[01]$/);
  const times = { known: [] as number[], unknown: [] as number[] };
  for (let round = 0; round < 4; round += 1) {
    times.known.push(await timeOf(known.mailbox));
    times.unknown.push(await timeOf('998'));
  }
  const ratio = median(times.known) / median(times.unknown);
  expect([ratio > 1 / 4, ratio < 4]).toEqual([true, true]);
});
