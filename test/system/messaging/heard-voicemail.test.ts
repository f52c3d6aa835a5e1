import { afterAll, beforeAll, expect, test } from 'vitest';
import { blocksWith } from '#functions/media-relay/recordings/recording.fixture.ts';
import { decodeG711 } from '#sounds/g711.ts';
import { eventually, past } from '#test/support/eventually.ts';
import { needs } from '#test/support/tools.ts';
import { newNumber, useExtensions, newFlow } from '../calls.fixture.ts';
import { ToneListener, uploadTones, type HeardCall } from '../heard-tones.fixture.ts';
import { sharedTaskCloud, type TaskCloud } from '../sidecar-tasks.fixture.ts';
import { outcome, uniqueName, type Body } from '../tenant.fixture.ts';

/** Messages that callers leave for a mailbox, whose prompts are tones. */

needs('rtpengine');

const everything = new AsyncDisposableStack();
let cloud: TaskCloud;
let ann: ToneListener;
let bob: ToneListener;
let operator: string;
let tones: Awaited<ReturnType<typeof uploadTones>>;

const ask = (method: string, path: string, body?: Body) => cloud.tenant.ask(method, path, body);

beforeAll(async () => {
  cloud = await sharedTaskCloud();
  const [task] = cloud.tasks;
  ann = everything.use(await ToneListener.register(cloud.tenant, task, '201'));
  bob = everything.use(await ToneListener.register(cloud.tenant, task, '202'));
  tones = await uploadTones(cloud.tenant);
  operator = cloud.operator;
  const { welcome, menu, bye } = tones;
  const prompts = {
    ...{ 'greeting-unavailable': welcome, 'message-menu': menu, 'message-sent': bye },
    ...{ 'mailbox-full': menu, 'mailbox-unavailable': bye, 'message-too-short': welcome },
  };
  const settings = { prompts, operator: '202' };
  expect(outcome(await ask('POST', '/orgs/me', { settings }))).toBe('200');
});
afterAll(() => everything.disposeAsync());

let extensions = 300;

/** A mailbox, and a number with the route to it. */
async function newMailbox(preferences: Body = {}): Promise<{ readonly mailbox: string; readonly number: string }> {
  const mailbox = String((extensions += 1));
  expect(outcome(await ask('PUT', '/users', { username: uniqueName('ann'), extension: mailbox }))).toBe('201');
  expect(outcome(await ask('PUT', `/voicemailprefs/${mailbox}`, preferences))).toMatch(/^20[01]$/);
  return { mailbox, number: await newNumber(cloud.tenant, { type: 'voicemail', id: mailbox }, operator) };
}

type Messages = { readonly data: readonly Body[]; readonly counts: Body };
const messagesOf = async (mailbox: string): Promise<Messages> =>
  (await ask('GET', `/voicemail?mailbox=${mailbox}`)).body as Messages;

/** The messages of a mailbox when there are so many. */
const messages = (mailbox: string, count: number): Promise<Messages> =>
  eventually(async () => {
    const found = await messagesOf(mailbox);
    expect(found.data).toHaveLength(count);
    return found;
  }, 30_000);

/** Calls, and says a tone after the beep. */
async function speak(number: string, milliseconds = 3_000): Promise<HeardCall> {
  const heard = await ann.call(number);
  await eventually(() => expect(heard.tones()).toEqual(['welcome', 'beep']), 20_000);
  await past(500);
  await ann.voice.speak(milliseconds, 700);
  return heard;
}

const ended = ({ call }: HeardCall) => eventually(() => expect(call.log.at(-1)).toBe('ended by peer'), 20_000);
const hears = ({ tones: heard }: HeardCall, ...expected: readonly string[]) =>
  eventually(() => expect(heard()).toEqual(expected), 20_000);

test('a caller gets packets of silence while its message is recorded, and no longer than that', async () => {
  const { number } = await newMailbox();
  const heard = await speak(number, 20);
  const before = ann.voice.heard.length;
  await eventually(() => expect(ann.voice.heard.length).toBeGreaterThan(before + 100));
  const silence = ann.voice.heard.slice(before);
  expect(silence.every((payload) => decodeG711(0, payload).every((sample) => Math.abs(sample) < 10))).toBe(true);
  await ann.voice.speak(2_000, 700);
  await ann.voice.press('#');
  await hears(heard, 'welcome', 'beep', 'menu');
  await ann.voice.press('1');
  await ended(heard);
  expect(heard.tones()).toEqual(['welcome', 'beep', 'menu', 'bye']);
});

test('a caller hears the greeting and the beep, says something, and keeps it', async () => {
  const { mailbox, number } = await newMailbox();
  const heard = await speak(number);
  await ann.voice.press('#');
  await hears(heard, 'welcome', 'beep', 'menu');
  await ann.voice.press('1');
  await ended(heard);
  expect(heard.tones()).toEqual(['welcome', 'beep', 'menu', 'bye']);
  const { data, counts } = await messages(mailbox, 1);
  expect(counts).toEqual({ new: 1, read: 0, saved: 0 });
  const [message] = data;
  expect(message).toMatchObject({ mailbox, status: 'new', urgent: false, content_type: 'audio/wav' });
  // A busy machine speaks with gaps.
  expect(message?.['duration_seconds']).toBeGreaterThanOrEqual(3);
  const shown = (await ask('GET', `/voicemail/${String(message?.['id'])}`)).body as {
    readonly data: { readonly size: number; readonly download: { readonly url: string } };
  };
  const wav = Buffer.from(await (await fetch(shown.data.download.url)).arrayBuffer());
  expect([wav.length, wav.readUInt16LE(22)]).toEqual([shown.data.size, 1]);
  const samples = Array.from({ length: 8_000 }, (_, at) => wav.readInt16LE(wav.length - 16_000 + 2 * at));
  expect(blocksWith(700, samples)).toBeGreaterThan(0.5);
});

test('what was said is kept when the caller hangs up', async () => {
  const { mailbox, number } = await newMailbox();
  const { call } = await speak(number);
  call.hangUp();
  expect((await messages(mailbox, 1)).data).toMatchObject([{ status: 'new', urgent: false }]);
});

test('a caller listens to its message, says it again, and marks it as urgent', async () => {
  const { mailbox, number } = await newMailbox();
  const heard = await speak(number);
  await ann.voice.press('#');
  await hears(heard, 'welcome', 'beep', 'menu');
  await ann.voice.press('2');
  await hears(heard, 'welcome', 'beep', 'menu', 'welcome', 'menu');
  await ann.voice.press('3');
  await hears(heard, 'welcome', 'beep', 'menu', 'welcome', 'menu', 'beep');
  await past(500);
  await ann.voice.speak(5_000, 700);
  await ann.voice.press('#');
  await eventually(() => expect(heard.tones().at(-1)).toBe('menu'), 20_000);
  await ann.voice.press('4');
  await ended(heard);
  const { data } = await messages(mailbox, 1);
  expect(data).toMatchObject([{ status: 'new', urgent: true }]);
  expect(data[0]?.['duration_seconds']).toBeGreaterThanOrEqual(5);
});

test('less than two seconds are no message, and who hangs up in the greeting leaves none', async () => {
  const { mailbox, number } = await newMailbox({ max_messages: 1 });
  const { call } = await ann.call(number);
  call.hangUp();
  const heard = await speak(number, 20);
  await ann.voice.press('#');
  await eventually(() => expect(heard.tones().slice(2)).toEqual(['welcome', 'beep']), 20_000);
  // What was not left fills nothing: there is room for the one message. Its caller does not hang up here instead, as
  // two seconds of silence are a message, too, and a busy machine hears the beep late.
  await past(500);
  await ann.voice.speak(3_000, 700);
  heard.call.hangUp();
  expect((await messages(mailbox, 1)).data).toMatchObject([{ status: 'new' }]);
});

test('a full mailbox is told, and reported once; a disabled one is told', async () => {
  const { mailbox, number } = await newMailbox({ max_messages: 1 });
  (await speak(number)).call.hangUp();
  await messages(mailbox, 1);
  for (let times = 0; times < 2; times += 1) {
    const heard = await ann.call(number);
    await ended(heard);
    expect(heard.tones()).toEqual(['menu']);
  }
  const { body } = await ask('GET', `/events/org/${cloud.tenant.id}?type=voicemail.mailbox_full`);
  const { events } = (body as { readonly data: { readonly events: readonly Body[] } }).data;
  expect(events.filter((event) => JSON.stringify(event).includes(`"${mailbox}"`))).toHaveLength(1);
  expect(outcome(await ask('PUT', `/voicemailprefs/${mailbox}`, { enabled: false }))).toBe('200');
  const heard = await ann.call(number);
  await ended(heard);
  expect(heard.tones()).toEqual(['bye']);
});

test('0 during the greeting rings the operator', async () => {
  const { mailbox, number } = await newMailbox();
  await useExtensions(cloud.tenant);
  const coming = bob.phone.nextCall();
  const { call } = await ann.call(number);
  await ann.voice.press('0');
  const rung = await coming;
  call.hangUp();
  await eventually(() => expect(rung.isOver).toBe(true), 20_000);
  expect((await messagesOf(mailbox)).data).toEqual([]);
});

test('the mailbox of a flow and that of a template take messages', async () => {
  const { mailbox } = await newMailbox();
  const steps = {
    box: { type: 'voicemail', mailbox, next: 'said' },
    said: { type: 'play', prompt: { file: tones.bye }, next: 'end' },
    end: { type: 'hangup' },
  };
  const id = await newFlow(cloud.tenant, steps);
  const heard = await speak(await newNumber(cloud.tenant, { type: 'flow', id }, operator));
  await ann.voice.press('#');
  await hears(heard, 'welcome', 'beep', 'menu');
  await ann.voice.press('1');
  await ended(heard);
  await messages(mailbox, 1);
  const rule = { priority: 1, pattern: '^805$', action: 'voicemail', destination: `default example.org ${mailbox}` };
  const template = { name: 'Boxes', rules: [rule], variables: {} };
  expect(outcome(await ask('PUT', '/dialplan/template', template))).toMatch(/^20[01]$/);
  (await speak('805')).call.hangUp();
  await messages(mailbox, 2);
});
