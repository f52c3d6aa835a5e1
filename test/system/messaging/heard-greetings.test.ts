import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually, past } from '#test/support/eventually.ts';
import { needs } from '#test/support/tools.ts';
import { wavTone } from '#test/support/wav.fixture.ts';
import { newNumber } from '../calls.fixture.ts';
import { ToneListener, uploadTones, type HeardCall } from '../heard-tones.fixture.ts';
import { sharedTaskCloud, type TaskCloud } from '../sidecar-tasks.fixture.ts';
import { outcome, texts, uniqueName, type Body } from '../tenant.fixture.ts';
import { upload } from '../voicemail.fixture.ts';

/** Greetings and names that owners of mailboxes record by phone, and callers hear. */

needs('rtpengine');

const everything = new AsyncDisposableStack();
let cloud: TaskCloud;
let ann: ToneListener;
let bob: ToneListener;
let operator: string;

const ask = (method: string, path: string, body?: Body) => cloud.tenant.ask(method, path, body);

beforeAll(async () => {
  cloud = await sharedTaskCloud();
  const [task] = cloud.tasks;
  ann = everything.use(await ToneListener.register(cloud.tenant, task, '201'));
  bob = everything.use(await ToneListener.register(cloud.tenant, task, '202'));
  const { welcome, menu, bye } = await uploadTones(cloud.tenant);
  operator = cloud.operator;
  const prompts = {
    ...{ 'enter-pin': menu, 'options-menu': welcome, 'greetings-menu': menu, 'which-greeting': bye },
    ...{ 'record-greeting': welcome, 'record-name': welcome, 'recording-menu': menu, 'use-greeting': bye },
    ...{ 'recording-saved': welcome, 'greeting-changed': welcome, 'no-recording': bye },
    'greeting-unavailable': menu,
  };
  expect(outcome(await ask('POST', '/orgs/me', { settings: { prompts } }))).toBe('200');
});
afterAll(() => everything.disposeAsync());

let extensions = 500;
type Mailbox = { readonly mailbox: string; readonly visited: string; readonly called: string };
async function newMailbox(): Promise<Mailbox> {
  const mailbox = String((extensions += 1));
  expect(outcome(await ask('PUT', '/users', { username: uniqueName('ann'), extension: mailbox }))).toBe('201');
  expect(outcome(await ask('PUT', `/voicemailprefs/${mailbox}`, { pin: '4711' }))).toMatch(/^20[01]$/);
  const visited = await newNumber(cloud.tenant, { type: 'mailbox', id: mailbox }, operator);
  return { mailbox, visited, called: await newNumber(cloud.tenant, { type: 'voicemail', id: mailbox }, operator) };
}

const preferencesOf = async ({ mailbox }: Mailbox): Promise<Body> =>
  ((await ask('GET', `/voicemailprefs/${mailbox}`)).body as { readonly data: Body }).data;
const greetings = async (): Promise<readonly Body[]> =>
  ((await ask('GET', '/files?kind=greeting')).body as { readonly data: readonly Body[] }).data;
const ends = ({ tones }: HeardCall, ...last: readonly string[]) =>
  eventually(() => expect(tones().slice(-last.length)).toEqual(last), 30_000);

/** Calls the mailbox, and hears its options. */
async function options({ visited }: Mailbox): Promise<HeardCall> {
  const heard = await ann.call(visited);
  await ends(heard, 'menu');
  await ann.voice.press('4711#', { gap: 60 });
  await ends(heard, 'welcome');
  return heard;
}

/** Says a tone after the beep, and hears what may be done with it. */
async function say(heard: HeardCall, frequency: number): Promise<void> {
  await ends(heard, 'welcome', 'beep');
  await past(300);
  await ann.voice.speak(1_500, frequency);
  await ann.voice.press('#');
  await ends(heard, 'menu');
}

/** Waits for the last packets of a call that was hung up. */
async function silence(): Promise<void> {
  let before = -1;
  await eventually(async () => {
    const now = bob.voice.heard.length;
    const isSilent = now === before;
    before = now;
    await past(200);
    return isSilent;
  }, 20_000);
}

/** What a caller hears before the beep of the mailbox. */
async function greeting({ called }: Mailbox): Promise<readonly string[]> {
  await silence();
  const { call, tones } = await bob.call(called);
  await eventually(() => expect(tones().at(-1)).toBe('beep'), 30_000);
  call.hangUp();
  // What is recorded has gaps.
  return [...new Set(tones().slice(0, -1))];
}

test('a greeting is recorded, heard, kept and used; the one that it replaces goes', async () => {
  const mailbox = await newMailbox();
  expect(await greeting(mailbox)).toEqual(['menu']);
  const heard = await options(mailbox);
  await ann.voice.press('1');
  await ends(heard, 'menu');
  await ann.voice.press('11', { gap: 60 });
  await say(heard, 1_500);
  await ann.voice.press('2');
  await ends(heard, 'bye', 'menu');
  await ann.voice.press('1');
  await ends(heard, 'welcome', 'menu');
  const { greeting_type: type, greeting_file_id: file } = await preferencesOf(mailbox);
  expect(type).toBe('custom');
  expect(texts(await ask('GET', `/files/${String(file)}`))).toMatchObject({ kind: 'greeting', state: 'ready' });
  expect(await greeting(mailbox)).toEqual(['bye']);
  await ann.voice.press('11', { gap: 60 });
  await say(heard, 700);
  await ann.voice.press('1');
  await ends(heard, 'menu', 'welcome', 'menu');
  expect(await greeting(mailbox)).toEqual(['welcome']);
  await eventually(async () => expect(outcome(await ask('GET', `/files/${String(file)}`))).toBe('404 NOT_FOUND'));
  await ann.voice.press('33', { gap: 60 });
  await ends(heard, 'welcome', 'menu');
  expect(await preferencesOf(mailbox)).toMatchObject({ greeting_type: 'default' });
  expect(await greeting(mailbox)).toEqual(['menu']);
  heard.call.hangUp();
  const { body } = await ask('GET', `/events/org/${cloud.tenant.id}?type=voicemailprefs.updated`);
  const { events } = (body as { readonly data: { readonly events: readonly Body[] } }).data;
  // The PIN by the API, two recordings and a choice by phone.
  expect(events.filter((event) => JSON.stringify(event).includes(`mailbox ${mailbox.mailbox} `))).toHaveLength(4);
});

test('a name is recorded, and said in the greeting; what is not kept is gone', async () => {
  const mailbox = await newMailbox();
  const heard = await options(mailbox);
  await ann.voice.press('2');
  await say(heard, 1_500);
  await ann.voice.press('1');
  await ends(heard, 'menu', 'welcome');
  const { name_file_id: name } = await preferencesOf(mailbox);
  expect(name).toMatch(/^file_/);
  await ann.voice.press('132', { gap: 60 });
  await eventually(async () => expect(await preferencesOf(mailbox)).toMatchObject({ greeting_type: 'name' }), 20_000);
  expect(await greeting(mailbox)).toEqual(['bye']);
  const before = (await greetings()).length;
  await ends(heard, 'welcome', 'menu');
  await ann.voice.press('112', { gap: 60 });
  await ends(heard, 'welcome', 'beep');
  await past(300);
  await ann.voice.speak(1_000, 700);
  heard.call.hangUp();
  await eventually(async () => expect((await greetings()).length).toBe(before), 20_000);
  expect(await preferencesOf(mailbox)).toMatchObject({ busy_greeting_file_id: null });
  expect(outcome(await ask('DELETE', `/files/${String(name)}?force=true`))).toBe('200');
  await eventually(async () => expect(await preferencesOf(mailbox)).toMatchObject({ name_file_id: null }));
});

test('a greeting that is replaced while it plays is heard to its end', async () => {
  const mailbox = await newMailbox();
  const newGreeting = async (frequency: number, seconds: number): Promise<string> => {
    const audio = wavTone(frequency, seconds);
    const body = { name: uniqueName('greeting'), kind: 'greeting', content_type: 'audio/wav', size: audio.length };
    const made = await ask('PUT', '/files/new', body);
    await upload(made, audio);
    const { id = '' } = texts(made);
    await eventually(async () => expect(texts(await ask('GET', `/files/${id}`))['state']).toBe('ready'), 20_000);
    return id;
  };
  const use = async (file: string) =>
    outcome(
      await ask('PUT', `/voicemailprefs/${mailbox.mailbox}`, { greeting_file_id: file, greeting_type: 'custom' }),
    );
  const [first, second] = [await newGreeting(1_500, 4), await newGreeting(700, 1)];
  expect(await use(first)).toBe('200');
  const { call, tones } = await bob.call(mailbox.called);
  const before = bob.voice.heard.length;
  await eventually(() => expect(tones().at(-1)).toBe('bye'), 20_000);
  expect(await use(second)).toBe('200');
  expect(outcome(await ask('DELETE', `/files/${first}?force=true`))).toBe('200');
  await eventually(() => expect(tones().at(-1)).toBe('beep'), 30_000);
  expect(tones()).toEqual(['bye', 'beep']);
  // The whole greeting is 200 packets.
  expect(bob.voice.heard.length - before).toBeGreaterThan(120);
  call.hangUp();
  expect(await greeting(mailbox)).toEqual(['welcome']);
});
