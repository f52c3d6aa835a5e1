import { expect, test } from 'vitest';
import { minute, second } from '#schema/time.ts';
import { spokenTexts } from './spoken-texts.ts';

/** What says texts, with a clock of its own. @param answer the sound of a text; null: none; an error: no answer */
function newSpeech(answer: (text: string) => string | null = (text) => `sound of ${text}`) {
  const time = { now: 0 };
  const asked: string[][] = [];
  const faults: unknown[] = [];
  const say = spokenTexts({
    // The function that answers is named by its contract, of which there is one.
    invoke: async (of, question) => {
      const { texts } = of.question.parse(question) as { texts: { text: string }[] };
      asked.push(texts.map(({ text }) => text));
      return of.answer.parse({ sounds: texts.map(({ text }) => answer(text)) }) as never;
    },
    now: () => time.now,
    fault: (error) => void faults.push(error),
  });
  const sounds = async (organization: number, ...texts: string[]) =>
    (
      await say(
        organization,
        texts.map((text) => ({ text, language: 'en' })),
      )
    ).map((sound) => sound?.sha256);
  return { say, sounds, asked, faults, time };
}

test('texts are asked for together, once in ten minutes', async () => {
  const { sounds, asked, time } = newSpeech();
  expect(await sounds(7, 'one', 'two')).toEqual(['sound of one', 'sound of two']);
  expect(await sounds(7, 'two', 'three')).toEqual(['sound of two', 'sound of three']);
  expect(asked).toEqual([['one', 'two'], ['three']]);
  time.now += 11 * minute;
  await sounds(7, 'one');
  expect(asked.at(-1)).toEqual(['one']);
});

test('a sound is of the organization that asks', async () => {
  const { say, asked } = newSpeech();
  const texts = [{ text: 'one', language: 'en' }];
  expect(await say(7, texts)).toEqual([{ organization: 7, sha256: 'sound of one', spoken: true }]);
  expect(await say(8, texts)).toEqual([{ organization: 8, sha256: 'sound of one', spoken: true }]);
  expect(asked).toHaveLength(2);
});

test('another language is another text', async () => {
  const { say, asked } = newSpeech();
  await say(7, [{ text: 'one', language: 'en' }]);
  await say(7, [{ text: 'one', language: 'de' }]);
  expect(asked).toHaveLength(2);
});

test('an organization gets 60 new texts at once, and then one a second', async () => {
  const { sounds, asked, time } = newSpeech();
  const many = Array.from({ length: 70 }, (_, at) => `text ${at}`);
  expect((await sounds(7, ...many)).filter((sound) => sound !== undefined)).toHaveLength(60);
  expect(await sounds(7, 'more')).toEqual([undefined]);
  expect(await sounds(8, 'more')).toEqual(['sound of more']);
  expect(await sounds(7, 'text 0')).toEqual(['sound of text 0']);
  time.now += 2 * second;
  expect(await sounds(7, 'more', 'and', 'more of it')).toEqual(['sound of more', 'sound of and', undefined]);
  expect(asked.flat()).toHaveLength(63);
});

test('what is not said has no sound, and is asked for again', async () => {
  const { sounds, asked } = newSpeech((text) => (text === 'bad' ? null : text));
  expect(await sounds(7, 'bad', 'good')).toEqual([undefined, 'good']);
  expect(await sounds(7, 'bad')).toEqual([undefined]);
  expect(asked).toEqual([['bad', 'good'], ['bad']]);
});

test('without an answer no text has a sound', async () => {
  const { sounds, faults } = newSpeech(() => {
    throw new Error('no answer');
  });
  expect(await sounds(7, 'one')).toEqual([undefined]);
  expect(faults).toHaveLength(1);
});
