import { afterAll, beforeAll, expect, test } from 'vitest';
import { platformFile } from '#functions/sip-sidecar/media/platform-sounds.ts';
import { ownNumberPrompts } from '#functions/sip-sidecar/calls/routing/feature-routes.ts';
import { promptSounds } from '#functions/sip-sidecar/media/spoken.ts';
import { decodeG711 } from '#sounds/g711.ts';
import { needs } from '#test/support/tools.ts';
import { ToneListener } from '../heard-tones.fixture.ts';
import { sharedTaskCloud, type TaskCloud } from '../sidecar-tasks.fixture.ts';
import { expectEnd } from '../softphones.fixture.ts';

/** A phone that asks for its own extension, over the relay of `npm start`. */

needs('rtpengine');

const everything = new AsyncDisposableStack();
let cloud: TaskCloud;
beforeAll(async () => {
  cloud = await sharedTaskCloud();
});
afterAll(() => everything.disposeAsync());

const isLoud = (payload: Buffer): boolean => Math.max(...decodeG711(0, payload).map(Math.abs)) > 1_000;

test('*65 says the extension, and that there is no number, and hangs up', async () => {
  const { tenant, tasks } = cloud;
  const [task] = tasks;
  const ann = everything.use(await ToneListener.register(tenant, task, '201'));
  const prompts = ownNumberPrompts({ party: { scheme: 'sip', user: '201', name: '' }, number: null });
  const sounds = promptSounds('en', prompts);
  const milliseconds = sounds.reduce((sum, sound) => sum + platformFile(sound).milliseconds, 0);
  const { call } = await ann.call('*65');
  await expectEnd(call, 'ended by peer');
  const heard = ann.spokenSince(0);
  expect([heard > milliseconds * 0.7, heard < milliseconds * 1.4]).toEqual([true, true]);
  expect(ann.voice.heard.filter(isLoud).length * 20).toBeGreaterThan(milliseconds * 0.3);
});
