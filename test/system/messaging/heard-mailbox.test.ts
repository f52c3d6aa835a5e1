import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually, past } from '#test/support/eventually.ts';
import { needs } from '#test/support/tools.ts';
import { wavTone } from '#test/support/wav.fixture.ts';
import { newLine, newNumber, newFlow } from '../calls.fixture.ts';
import { ToneListener, uploadTones, type HeardCall } from '../heard-tones.fixture.ts';
import { sharedTaskCloud, type TaskCloud } from '../sidecar-tasks.fixture.ts';
import { outcome, texts, uniqueName, type Body } from '../tenant.fixture.ts';

/** Callers that hear the messages of a mailbox, whose prompts are tones. */

needs('rtpengine');

const everything = new AsyncDisposableStack();
let cloud: TaskCloud;
let ann: ToneListener;
let operator: string;
let number: string;

const ask = (method: string, path: string, body?: Body) => cloud.tenant.ask(method, path, body);

beforeAll(async () => {
  cloud = await sharedTaskCloud();
  const [task] = cloud.tasks;
  ann = everything.use(await ToneListener.register(cloud.tenant, task, '201'));
  const { welcome, menu, bye } = await uploadTones(cloud.tenant);
  operator = cloud.operator;
  const prompts = {
    ...{ 'enter-mailbox': welcome, 'enter-pin': menu, 'message-actions': menu, 'login-wrong': bye },
    ...{ 'locked-out': welcome, 'message-saved': bye, 'message-deleted': bye, 'message-forwarded': bye },
    ...{ 'options-menu': welcome, 'pin-changed': bye, 'cannot-call-back': bye },
  };
  expect(outcome(await ask('POST', '/orgs/me', { settings: { prompts } }))).toBe('200');
  number = await newNumber(cloud.tenant, { type: 'mailbox', id: '*' }, operator);
});
afterAll(() => everything.disposeAsync());

let extensions = 500;
async function newMailbox(): Promise<string> {
  const mailbox = String((extensions += 1));
  expect(outcome(await ask('PUT', '/users', { username: uniqueName('ann'), extension: mailbox }))).toBe('201');
  expect(outcome(await ask('PUT', `/voicemailprefs/${mailbox}`, { pin: '4711' }))).toMatch(/^20[01]$/);
  return mailbox;
}

/** A message of 8 s at 1,500 Hz. @returns its id, when it is new */
async function leave(mailbox: string, more: Body = {}): Promise<string> {
  const audio = wavTone(1_500, 8);
  const body = { content_type: 'audio/wav', size: audio.length, duration_seconds: 8, ...more };
  const made = await ask('PUT', `/voicemail/${mailbox}`, body);
  const { id, upload } = (
    made.body as { readonly data: { readonly id: string; readonly upload: { readonly url: string } } }
  ).data;
  const headers = { 'content-type': 'audio/wav', 'if-none-match': '*' };
  expect((await fetch(upload.url, { method: 'PUT', headers, body: new Uint8Array(audio) })).status).toBe(200);
  await eventually(async () => expect(outcome(await ask('GET', `/voicemail/${id}`))).toBe('200'), 20_000);
  return id;
}

const countsOf = async (mailbox: string): Promise<Body> =>
  ((await ask('GET', `/voicemail?mailbox=${mailbox}`)).body as { readonly counts: Body }).counts;
const ends = ({ tones }: HeardCall, ...last: readonly string[]) =>
  eventually(() => expect(tones().slice(-last.length)).toEqual(last), 30_000);

/** Calls, and types the mailbox and a PIN. */
async function enter(mailbox: string, pin: string, called = number): Promise<HeardCall> {
  const heard = await ann.call(called);
  await ends(heard, 'welcome');
  await ann.voice.press(`${mailbox}#`, { gap: 60 });
  await ends(heard, 'welcome', 'menu');
  await ann.voice.press(`${pin}#`, { gap: 60 });
  return heard;
}

/** Types a mailbox and a wrong PIN, and is asked again. */
async function retry(heard: HeardCall, typed: string): Promise<void> {
  const before = heard.tones().length;
  await ann.voice.press(typed, { gap: 60 });
  // The prompt for the PIN may sound between two digits.
  await eventually(() => expect(heard.tones().slice(before).join(' ')).toMatch(/bye welcome/), 30_000);
}

test('a caller logs in, hears a message, goes on and back in it, and saves it', async () => {
  const mailbox = await newMailbox();
  await leave(mailbox);
  const heard = await enter(mailbox, '4711');
  await ends(heard, 'menu', 'bye');
  await past(500);
  const before = ann.voice.heard.length;
  await ann.voice.press('9');
  await ann.voice.press('7');
  // The whole message is 400 packets.
  await eventually(() => expect(heard.tones().at(-1)).toBe('menu'), 30_000);
  expect(ann.voice.heard.length - before).toBeGreaterThan(250);
  expect(await countsOf(mailbox)).toEqual({ new: 0, read: 1, saved: 0 });
  await ann.voice.press('2');
  await ends(heard, 'menu', 'bye');
  await eventually(async () => expect(await countsOf(mailbox)).toEqual({ new: 0, read: 0, saved: 1 }));
  heard.call.hangUp();
});

test('a message is forwarded, deleted, and gone; the PIN is changed', async () => {
  const [mailbox, other] = [await newMailbox(), await newMailbox()];
  await leave(mailbox);
  const heard = await enter(mailbox, '4711');
  await ends(heard, 'menu', 'bye');
  await ann.voice.press(`5${other}#`, { gap: 60 });
  await ends(heard, 'beep');
  await past(300);
  await ann.voice.press('#');
  await ends(heard, 'bye', 'menu');
  expect(await countsOf(other)).toMatchObject({ new: 1 });
  await ann.voice.press('3');
  await ends(heard, 'bye', 'welcome');
  expect(await countsOf(mailbox)).toEqual({ new: 0, read: 0, saved: 0 });
  await ann.voice.press('38152#8152#', { gap: 60 });
  await ends(heard, 'bye', 'welcome');
  heard.call.hangUp();
  const changed = await enter(mailbox, '8152');
  await ends(changed, 'menu', 'welcome');
  changed.call.hangUp();
});

test('five wrong PINs lock the mailbox from outside, with an event; an unknown one sounds the same', async () => {
  const mailbox = await newMailbox();
  for (const each of [mailbox, '999']) {
    const first = await enter(each, '1111');
    await ends(first, 'bye', 'welcome');
    await retry(first, `${each}#2222#`);
    await ann.voice.press(`${each}#3333#`, { gap: 60 });
    await eventually(() => expect(first.call.log.at(-1)).toBe('ended by peer'), 20_000);
    const second = await enter(each, '4444');
    await ends(second, 'bye', 'welcome');
    await retry(second, `${each}#5555#`);
    await ann.voice.press(`${each}#4711#`, { gap: 60 });
    await eventually(() => expect(second.call.log.at(-1)).toBe('ended by peer'), 20_000);
    // The third one was no wrong PIN, but a mailbox that is locked: that has the tone of the prompt before it.
    expect(second.tones().at(-1)).toBe('welcome');
  }
  expect(await countsOf(mailbox)).toEqual({ new: 0, read: 0, saved: 0 });
  const { body } = await ask('GET', `/events/org/${cloud.tenant.id}?type=voicemail.access_locked`);
  const { events } = (body as { readonly data: { readonly events: readonly Body[] } }).data;
  expect(events.filter((event) => JSON.stringify(event).includes(`"${mailbox}"`))).toHaveLength(1);
});

test('the phone of a user opens its mailbox by *97 without a PIN if that is set, and any by *98 with one', async () => {
  const [mailbox, other] = [String((extensions += 1)), await newMailbox()];
  const made = await ask('PUT', '/users', { username: uniqueName('bob'), extension: mailbox });
  expect(outcome(made)).toBe('201');
  const { id: user_id = '' } = texts(made);
  const own = { pin: '4711', pin_from_own_phone: false };
  expect(outcome(await ask('PUT', `/voicemailprefs/${mailbox}`, own))).toMatch(/^20[01]$/);
  await leave(mailbox);
  await leave(other);
  const [task] = cloud.tasks;
  using bob = await ToneListener.of(await newLine(cloud.tenant, '202', { user_id }), task);
  const opened = await bob.call('*97');
  await ends(opened, 'bye');
  opened.call.hangUp();
  const typed = await bob.call('*98');
  await ends(typed, 'welcome');
  await bob.voice.press(`${other}#`, { gap: 60 });
  await ends(typed, 'welcome', 'menu');
  await bob.voice.press('4711#', { gap: 60 });
  await ends(typed, 'menu', 'bye');
  typed.call.hangUp();
});

test('who hears a message from outside calls back only if the mailbox permits it', async () => {
  const mailbox = await newMailbox();
  const [task] = cloud.tasks;
  using eve = await ToneListener.register(cloud.tenant, task, '203');
  const caller_number = await newNumber(cloud.tenant, { type: 'device', id: eve.device }, operator);
  await leave(mailbox, { caller_number });
  const denied = await enter(mailbox, '4711');
  await ends(denied, 'menu', 'bye');
  await ann.voice.press('4');
  await ends(denied, 'bye', 'menu');
  denied.call.hangUp();
  expect(eve.phone.calls).toHaveLength(0);
  expect(outcome(await ask('PUT', `/voicemailprefs/${mailbox}`, { callback_from_outside: true }))).toBe('200');
  const permitted = await enter(mailbox, '4711');
  await ends(permitted, 'menu', 'bye');
  const coming = eve.phone.nextCall();
  await ann.voice.press('4');
  const rung = await coming;
  permitted.call.hangUp();
  await eventually(() => expect(rung.isOver).toBe(true), 20_000);
});

test('a flow lets callers hear a mailbox', async () => {
  const mailbox = await newMailbox();
  await leave(mailbox);
  const id = await newFlow(cloud.tenant, { box: { type: 'mailbox' } });
  const heard = await enter(mailbox, '4711', await newNumber(cloud.tenant, { type: 'flow', id }, operator));
  await ends(heard, 'menu', 'bye');
  heard.call.hangUp();
});

test('a mailbox that is deleted while somebody listens is empty', async () => {
  const mailbox = await newMailbox();
  const ids = [await leave(mailbox), await leave(mailbox)];
  const heard = await enter(mailbox, '4711');
  await ends(heard, 'menu', 'bye');
  for (const id of ids) expect(outcome(await ask('DELETE', `/voicemail/${id}`))).toBe('200');
  await ann.voice.press('2');
  await ends(heard, 'welcome');
  heard.call.hangUp();
  expect(texts(await ask('GET', `/voicemailprefs/${mailbox}`))['mailbox']).toBe(mailbox);
});
