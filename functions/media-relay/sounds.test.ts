import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { phrases, type PromptName } from '#schema/prompt.ts';
import { announcementLanguages } from '#schema/recording-notice.ts';
import { soundHeaderSize, soundMilliseconds } from '#schema/sound.ts';
import { decodeG711 } from '#sounds/g711.ts';
import { digitFile, platformFile, promptsIn, toneDigits } from '../sip-sidecar/media/platform-sounds.ts';
import { samplesOfWav, shareOf } from './recordings/recording.fixture.ts';
import { promptTexts } from '#prompts/texts.ts';
import { prepareSounds } from './sounds.ts';

const parent = mkdtempSync(join(tmpdir(), 'trunkline-sounds-'));
const folder = join(parent, 'recordings');
beforeAll(() => prepareSounds(folder));
afterAll(() => rmSync(parent, { recursive: true }));

test('the folder has the beeps, the tones, and an announcement of at most 4 s in each language', () => {
  const announcements = announcementLanguages.map((language) => `announcement-${language}.wav`);
  const digits = Array.from(toneDigits, digitFile);
  const others = ['beep.wav', 'record-beep.wav', 'ringing.wav', 'silence.wav', 'music.wav', 'prompts'];
  expect(readdirSync(folder).toSorted()).toEqual([...announcements, ...digits, ...others].toSorted());
  for (const name of announcements) {
    const samples = samplesOfWav(readFileSync(join(folder, name)), 0);
    const speech = samples.slice(8_000, -4_800);
    const level = Math.sqrt(speech.reduce((sum, sample) => sum + sample * sample, 0) / speech.length);
    expect(samples.length / 8_000).toBeLessThanOrEqual(4);
    expect(speech.length / 8_000).toBeGreaterThan(1);
    // Between -23 and -14 dB of full scale, as speech in telephony is.
    expect(level).toBeGreaterThan(2_300);
    expect(level).toBeLessThan(6_500);
    expect(shareOf(1_400, samples.slice(-3_200))).toBeGreaterThan(0.99);
  }
});

test.each(announcementLanguages)('each prompt in %s has a text, a duration and a file of that length', (language) => {
  const texts = promptTexts(language);
  expect(promptsIn(language).toSorted()).toEqual([...texts.keys()].toSorted());
  expect(phrases.filter((name) => !texts.has(name))).toEqual([]);
  for (const name of texts.keys()) {
    const { file, milliseconds } = platformFile({ platform: 'prompt', language, name });
    const sound = readFileSync(join(folder, file));
    expect(Math.abs(soundMilliseconds(sound.length) - milliseconds), name).toBeLessThanOrEqual(1);
    expect(milliseconds, name).toBeGreaterThan(80);
    // A menu is spoken in a breath or two.
    expect(milliseconds, name).toBeLessThan(12_000);
  }
});

test('prompts are as loud as speech in telephony, and not cut off', () => {
  const quiet = phrases.flatMap((name: PromptName) =>
    announcementLanguages.flatMap((language) => {
      const { file } = platformFile({ platform: 'prompt', language, name });
      const samples = decodeG711(0, readFileSync(join(folder, file)).subarray(soundHeaderSize));
      const level = Math.sqrt(samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length);
      return level > 1_600 && level < 8_500 ? [] : [`${language} ${name} ${Math.round(level)}`];
    }),
  );
  expect(quiet).toEqual([]);
});

test('the music is heard all the time, and begins again where it ends', () => {
  const samples = decodeG711(0, readFileSync(join(folder, 'music.wav')).subarray(soundHeaderSize));
  expect(samples.length / 8_000).toBeLessThanOrEqual(30);
  expect(samples.length / 8_000).toBeGreaterThan(15);
  const levels = Array.from({ length: Math.floor(samples.length / 4_000) }, (_, at) => {
    const part = samples.slice(at * 4_000, (at + 1) * 4_000);
    return Math.sqrt(part.reduce((sum, sample) => sum + sample * sample, 0) / part.length);
  });
  expect(Math.min(...levels)).toBeGreaterThan(800);
  expect(Math.max(...levels)).toBeLessThan(9_000);
  expect(Math.abs((samples[0] ?? 0) - (samples.at(-1) ?? 0))).toBeLessThan(3_000);
});
