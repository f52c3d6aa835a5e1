import { afterAll, beforeAll, expect, test } from 'vitest';
import { soundHeaderSize } from '#schema/sound.ts';
import { voiceOf } from '#schema/speech.ts';
import { espeakProvider } from '#speech/providers.ts';
import { eventually } from '#test/support/eventually.ts';
import { needs } from '#test/support/tools.ts';
import { newNumber, newFlow } from '../calls.fixture.ts';
import { ToneListener, uploadTones } from '../heard-tones.fixture.ts';
import { sharedTaskCloud, type TaskCloud } from '../sidecar-tasks.fixture.ts';

/** Texts that a phone hears in a flow, said by eSpeak NG. */

needs('rtpengine', 'espeak-ng');

const everything = new AsyncDisposableStack();
let cloud: TaskCloud;
let ann: ToneListener;
let number: string;

beforeAll(async () => {
  cloud = await sharedTaskCloud();
  const { tenant, tasks } = cloud;
  const [task] = tasks;
  ann = everything.use(await ToneListener.register(tenant, task, '201'));
  const { bye } = await uploadTones(tenant);
  const id = await newFlow(tenant, {
    ask: { type: 'collect', prompt: { say: 'Your code, please.' }, max: 3, into: 'code', next: 'say' },
    say: {
      type: 'play',
      prompt: [{ say: 'Danke. {{code}}', as: 'digits', language: 'de' }, { file: bye }],
      next: 'end',
    },
    end: { type: 'hangup' },
  });
  number = await newNumber(tenant, { type: 'flow', id }, cloud.operator);
});
afterAll(() => everything.disposeAsync());

/** A second of what eSpeak NG says, after its begin. */
async function saidAs(text: string, language: string): Promise<Buffer> {
  const voice = voiceOf(language);
  const bytes = voice && (await espeakProvider().say(text, voice));
  return withoutMinusZero(Buffer.from(bytes ?? []).subarray(soundHeaderSize + 2_000, soundHeaderSize + 10_000));
}

/** PCMU has two codes of zero, of which a relay may send either. */
const withoutMinusZero = (samples: Buffer): Buffer => Buffer.from(samples.map((code) => (code === 0x7f ? 0xff : code)));

test('a caller hears texts, with what it has typed, in their languages', async () => {
  const [question, answer] = await Promise.all([saidAs('Your code, please.', 'en'), saidAs('Danke. 4 0 7', 'de')]);
  expect([question.length, answer.length]).toEqual([8_000, 8_000]);
  const { call, tones } = await ann.call(number);
  const heard = () => withoutMinusZero(Buffer.concat(ann.voice.heard));
  await eventually(() => heard().includes(question), 20_000);
  expect(heard().includes(answer)).toBe(false);
  await ann.voice.press('407', { gap: 40 });
  await eventually(() => heard().includes(answer), 20_000);
  await eventually(() => expect(tones()).toContain('bye'), 20_000);
  await eventually(() => expect(call.log.at(-1)).toBe('ended by peer'), 20_000);
});
