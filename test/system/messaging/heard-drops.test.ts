import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually } from '#test/support/eventually.ts';
import { needs } from '#test/support/tools.ts';
import { wavTone } from '#test/support/wav.fixture.ts';
import { ToneListener } from '../heard-tones.fixture.ts';
import { liveCalls, sharedTaskCloud, type TaskCloud } from '../sidecar-tasks.fixture.ts';
import { converse, expectEnd, type Conversation } from '../softphones.fixture.ts';
import { newAdministeredTenant, outcome, texts, uniqueName, type Body } from '../tenant.fixture.ts';
import { upload } from '../voicemail.fixture.ts';

/** Voicemail drops that the far end of a call hears, whose agent is let go. */

needs('rtpengine');

const everything = new AsyncDisposableStack();
let cloud: TaskCloud;
let agent: ToneListener;
let called: ToneListener;
beforeAll(async () => {
  cloud = await sharedTaskCloud();
  const [task] = cloud.tasks;
  agent = everything.use(await ToneListener.register(cloud.tenant, task, '301'));
  called = everything.use(await ToneListener.register(cloud.tenant, task, '302'));
});
afterAll(() => everything.disposeAsync());

const ask = (method: string, path: string, body?: Body) => cloud.tenant.ask(method, path, body);

const sizesOf = (audio: Buffer) => ({ content_type: 'audio/wav', size: audio.length });

/** A drop with a recording of its own. @returns its id, when it is ready */
async function newDrop(audio: Buffer, more: Body = {}): Promise<string> {
  const body = { name: uniqueName('drop'), ...sizesOf(audio), duration_seconds: 1, ...more };
  const made = await ask('PUT', '/voicemaildrop/new', body);
  await upload(made, audio);
  const { id = '' } = texts(made);
  await eventually(async () => texts(await ask('GET', `/voicemaildrop/${id}`))['status'] === 'ready');
  return id;
}

/** A drop that plays a file. */
async function newFileDrop(audio: Buffer): Promise<string> {
  const made = await ask('PUT', '/files/new', { name: uniqueName('drop'), kind: 'voicemail_drop', ...sizesOf(audio) });
  await upload(made, audio);
  const { id: file = '' } = texts(made);
  await eventually(async () => texts(await ask('GET', `/files/${file}`))['state'] === 'ready');
  const drop = await ask('PUT', '/voicemaildrop/new', { name: uniqueName('drop'), file_id: file });
  return texts(drop)['id'] ?? '';
}

/** A call of the agent, and its id. */
async function talking(): Promise<{
  readonly id: string;
  readonly call: Conversation;
  readonly heard: () => readonly string[];
}> {
  const call = await converse(agent.phone, called.phone, '302');
  called.voice.sendTo(call.callee.remote);
  await called.voice.speak(200);
  const before = called.voice.heard.length;
  let id = '';
  await eventually(async () => {
    const live = await liveCalls(cloud);
    expect(live.map(({ status }) => status)).toEqual(['answered']);
    id = String(live[0]?.['id']);
  });
  return { id, call, heard: () => called.tonesSince(before) };
}

const drop = async (call: string, drop_id: string | undefined, leg?: string): Promise<string> =>
  outcome(
    await ask('POST', `/Calls/${call}/actions`, {
      action: 'voicemail_drop',
      ...(drop_id === undefined ? {} : { drop_id }),
      ...(leg === undefined ? {} : { leg }),
    }),
  );

test('a drop lets the agent go, and the far end hears its recording, or its file, to the end', async () => {
  for (const id of [await newDrop(wavTone(1_500, 2)), await newFileDrop(wavTone(1_500, 2))]) {
    const { id: call, call: phones, heard } = await talking();
    expect(await drop(call, id)).toBe('202');
    await expectEnd(phones.caller, 'ended by peer');
    await expectEnd(phones.callee, 'ended by peer');
    expect(heard()).toContain('bye');
    const { body } = await ask('GET', `/events/call/${call}?type=call.action`);
    const { events } = (body as { readonly data: { readonly events: readonly Body[] } }).data;
    expect(events.map(({ data }) => data)).toEqual([
      expect.objectContaining({ action: 'voicemail_drop', status: 'done', leg: 'source' }),
    ]);
  }
});

test('the agent that was called leaves, too', async () => {
  const id = await newDrop(wavTone(1_500, 2));
  const { id: call, call: phones } = await talking();
  agent.voice.sendTo(phones.caller.remote);
  await agent.voice.speak(200);
  const before = agent.voice.heard.length;
  expect(await drop(call, id, 'destination')).toBe('202');
  await expectEnd(phones.callee, 'ended by peer');
  await expectEnd(phones.caller, 'ended by peer');
  expect(agent.tonesSince(before)).toContain('bye');
});

test('a drop that cannot play, or is of another user or organization, is rejected, the call goes on', async () => {
  const { ask: askOther } = await newAdministeredTenant('drops', { cloud: cloud.cloud, operator: cloud.operator });
  const foreign = await askOther('PUT', '/voicemaildrop/new', {
    ...{ name: uniqueName('drop'), content_type: 'audio/wav', size: 500, duration_seconds: 1 },
  });
  const pending = await ask('PUT', '/voicemaildrop/new', {
    ...{ name: uniqueName('drop'), content_type: 'audio/wav', size: 500, duration_seconds: 1 },
  });
  const owner = texts(await ask('PUT', '/users', { username: uniqueName('owner') }))['id'] ?? '';
  const noSound = await newDrop(wavTone(1_500, 1).subarray(0, 44));
  const { id: call, call: phones } = await talking();
  expect(await drop(call, undefined)).toBe('400 INVALID_PARAMETER');
  expect(await drop(call, 'vmd_none')).toBe('404 NOT_FOUND');
  expect(await drop(call, texts(foreign)['id'])).toBe('404 NOT_FOUND');
  expect(await drop(call, texts(pending)['id'])).toBe('409 VOICEMAIL_DROP_NOT_READY');
  expect(await drop(call, noSound)).toBe('409 VOICEMAIL_DROP_NOT_READY');
  const own = await newDrop(wavTone(1_500, 1), { user_id: owner });
  expect(await drop(call, own)).toBe('403 VOICEMAIL_DROP_NOT_ALLOWED');
  expect(phones.caller.log.at(-1)).toBe('answered');
  const id = await newDrop(wavTone(1_500, 1));
  phones.caller.hangUp();
  await expectEnd(phones.callee, 'ended by peer');
  await eventually(async () => expect(await drop(call, id)).toBe('409 INVALID_CALL_STATE'));
});
