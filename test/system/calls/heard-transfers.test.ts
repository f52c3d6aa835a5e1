import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually } from '#test/support/eventually.ts';
import { needs } from '#test/support/tools.ts';
import { ToneListener } from '../heard-tones.fixture.ts';
import { sharedTaskCloud, type TaskCloud } from '../sidecar-tasks.fixture.ts';
import { converse, expectReport, refer } from '../softphones.fixture.ts';

/** What the party that stays hears of a transfer, when the phone that has asked for it hangs up at once. */

needs('rtpengine');

const everything = new AsyncDisposableStack();
let cloud: TaskCloud;

beforeAll(async () => {
  cloud = await sharedTaskCloud();
});
afterAll(() => everything.disposeAsync());

test('who is referred by a phone that hangs up at once hears it ring, and then the new party', async () => {
  const [task] = cloud.tasks;
  const register = async (extension: string): Promise<ToneListener> =>
    everything.use(await ToneListener.register(cloud.tenant, task, extension));
  const [ann, bob, cem] = [await register('221'), await register('222'), await register('223')];
  cem.phone.answers = 'ring';
  const { caller, callee } = await converse(ann.phone, bob.phone, '222');
  ann.voice.sendTo(caller.remote);
  bob.voice.sendTo(callee.remote);
  await Promise.all([ann.voice.speak(200), bob.voice.speak(200)]);
  const before = ann.voice.heard.length;
  // The response is on its way when the phone hangs up.
  const referred = refer(callee, '223', { host: bob.phone.domain });
  callee.hangUp();
  const third = await cem.phone.nextCall();
  await eventually(async () => {
    await ann.voice.speak(1_000);
    expect(ann.tonesSince(before)).toEqual(['ringing']);
  });
  third.answer();
  await eventually(() => expect(caller.log).toContain('offer'));
  ann.voice.sendTo(caller.remote);
  // The ACK has its description, and is on its way.
  await eventually(() => cem.voice.sendTo(third.remote));
  const joined = ann.voice.heard.length;
  await eventually(async () => {
    await Promise.all([ann.voice.speak(500), cem.voice.speak(1_000, 1_500)]);
    expect(ann.tonesSince(joined).at(-1)).toBe('bye');
  });
  const talking = ann.voice.heard.length;
  await Promise.all([ann.voice.speak(500), cem.voice.speak(1_000, 1_500)]);
  expect(ann.tonesSince(talking)).toEqual(['bye']);
  const { status, reports } = await referred;
  expect([202, 487]).toContain(status);
  if (reports.length > 0) await expectReport(reports, 200);
  caller.hangUp();
});
