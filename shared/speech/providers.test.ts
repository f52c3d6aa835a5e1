import { expect, test } from 'vitest';
import { needs } from '#test/support/tools.ts';
import { soundMilliseconds } from '../schema/sound.ts';
import { voiceOf, type Voice } from '../schema/speech.ts';
import { espeakProvider } from './providers.ts';

needs('espeak-ng');

function voiceFor(language: string): Voice {
  const found = voiceOf(language);
  if (found === undefined) throw new Error(`there is no voice of ${language}`);
  return found;
}

const { say } = espeakProvider();
const lengthOf = (bytes: Uint8Array | undefined): number => soundMilliseconds(bytes?.length ?? 0);

test('a text is said as a sound of calls', async () => {
  const short = await say('Hello.', voiceFor('en'));
  expect(Buffer.from(short ?? []).toString('latin1', 0, 4)).toBe('RIFF');
  expect(lengthOf(short)).toBeGreaterThan(300);
  const long = await say('Hello. Press one for sales, two for support, or stay on the line.', voiceFor('en'));
  expect(lengthOf(long)).toBeGreaterThan(2 * lengthOf(short));
});

test('each language has its own voice', async () => {
  const text = 'Information, 1 2 3';
  const said = await Promise.all(['en', 'de', 'fr', 'sv', 'pt-BR'].map((language) => say(text, voiceFor(language))));
  expect(new Set(said.map((bytes) => Buffer.from(bytes ?? []).toString('base64'))).size).toBe(5);
});

test.each(['', '   ', '.'])('%j has nothing to say, or a pause', async (text) => {
  expect(lengthOf(await say(text, voiceFor('en')))).toBeLessThan(1_500);
});

test('what a text contains is said, and is no option, no command and no name of a sound', async () => {
  const words = await say('h @ l', voiceFor('en'));
  expect(words).toBeDefined();
  for (const text of [
    '--version',
    '-w /tmp/spoken.wav',
    '$(reboot)',
    '`id`; id',
    '[[h@l]]',
    '<break time="60s"/>',
    'a\0b',
  ])
    expect(lengthOf(await say(text, voiceFor('en')))).toBeLessThan(10_000);
  const brackets = await say('[[h@l]]', voiceFor('en'));
  expect(brackets).not.toEqual(await say('hull', voiceFor('en')));
});

test('a program that is not there is an error', async () => {
  await expect(espeakProvider('no-such-program').say('Hello', voiceFor('en'))).rejects.toThrow('ENOENT');
});

test('a program that fails is an error', async () => {
  await expect(espeakProvider('false').say('Hello', voiceFor('en'))).rejects.toThrow('espeak-ng ends with 1');
});
