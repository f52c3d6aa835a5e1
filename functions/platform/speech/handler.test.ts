import { expect, test } from 'vitest';
import { testDependencies } from '#test/support/dependencies.fixture.ts';
import { memoryObjects } from '#test/support/objects.fixture.ts';
import { testStore } from '#test/support/store.fixture.ts';
import { hour, second } from '#schema/time.ts';
import type { SpeechProvider } from '#speech/provider.ts';
import { speechHandler } from './handler.ts';

const running = testStore();

/** The function with a provider whose sounds are their texts. `bad` fails, and `.` has nothing to say. */
function newSpeech(onSay: (time: { now: number }) => void = () => undefined) {
  const objects = memoryObjects();
  const time = { now: 0 };
  const said: string[] = [];
  const dependencies = Object.assign(testDependencies(running.store), { objects, clock: () => new Date(time.now) });
  const provider: SpeechProvider = {
    name: 'espeak',
    say: async (text, { language }) => {
      said.push(text);
      onSay(time);
      if (text === 'bad') throw new Error('the provider fails');
      return text === '.' ? undefined : Buffer.from(`${language} ${text}`);
    },
  };
  const handler = speechHandler(dependencies, provider);
  const ask = async (texts: readonly string[], org_id = 1_001, language = 'en'): Promise<readonly (string | null)[]> =>
    (await handler({ org_id, texts: texts.map((text) => ({ text, language })) })).sounds;
  return { ask, said, objects, dependencies, time };
}

const keyOf = (organization: number, sha256: string | null | undefined): string =>
  `org_${organization}/sounds/${sha256}/1`;

test('a text is said once, and stored by a hash of it', async () => {
  const { ask, said, objects } = newSpeech();
  const [one, two] = await ask(['One', 'Two']);
  expect([...objects.kept].map(([key, bytes]) => [key, Buffer.from(bytes).toString()])).toEqual([
    [keyOf(1_001, one), 'en-US One'],
    [keyOf(1_001, two), 'en-US Two'],
  ]);
  expect(await ask(['Two', 'One'])).toEqual([two, one]);
  expect(said).toEqual(['One', 'Two']);
});

test('organizations and languages have sounds of their own', async () => {
  const { ask, said, objects } = newSpeech();
  const [english] = await ask(['One']);
  const [others] = await ask(['One'], 1_002);
  const [german] = await ask(['One'], 1_001, 'de');
  expect([...objects.kept.keys()]).toEqual([keyOf(1_001, english), keyOf(1_002, others), keyOf(1_001, german)]);
  expect(said).toHaveLength(3);
});

test('what cannot be said has no sound, and does not hold up others', async () => {
  const { ask, dependencies } = newSpeech();
  expect(await ask(['bad', 'One', '.'])).toEqual([null, expect.stringMatching(/^[0-9a-f]{64}$/v), null]);
  expect(await ask(['One'], 1_001, 'xx')).toEqual([null]);
  expect(dependencies.faults).toHaveLength(1);
});

test('what does not come in time is said with the next question', async () => {
  const { ask, said } = newSpeech((time) => (time.now += 2 * second));
  const texts = Array.from({ length: 10 }, (_, at) => `text ${at}`);
  const first = await ask(texts);
  expect(first.filter((sound) => sound === null).length).toBeGreaterThan(3);
  expect(await ask(texts)).not.toEqual(first);
  expect(new Set(said).size).toBe(said.length);
});

test('an organization has so many characters of new texts in an hour, and all of what was said', async () => {
  const { ask, said, time } = newSpeech();
  const texts = Array.from({ length: 31 }, (_, at) => `${at} `.padEnd(1_999, 'x'));
  const first = await ask(texts, 1_003);
  expect(first.filter((sound) => sound === null)).toHaveLength(1);
  expect((await ask(['Another text of a few words that are too many for the rest.'], 1_003))[0]).toBeNull();
  expect(await ask(texts.slice(0, 30), 1_003)).toEqual(first.slice(0, 30));
  expect(said).toHaveLength(30);
  expect((await ask(['One'], 1_004))[0]).not.toBeNull();
  time.now += hour;
  expect((await ask(['Another'], 1_003))[0]).not.toBeNull();
});

test('without a provider nothing is said', async () => {
  const { dependencies } = newSpeech();
  const handler = speechHandler(dependencies, undefined);
  expect(await handler({ org_id: 1_001, texts: [{ text: 'One', language: 'en' }] })).toEqual({ sounds: [null] });
});
