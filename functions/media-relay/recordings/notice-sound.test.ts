import { expect, test } from 'vitest';
import { announcementSound, beepSound, digitSounds, recordBeepSound, ringingSound } from './notice-sound.ts';
import { encodeMu, samplesOfWav, shareOf, toneOf } from './recording.fixture.ts';

const second = 8_000;

test('the beep is a tone of 0.4 s after a second of silence, in both channels', () => {
  const [left, right] = [samplesOfWav(beepSound(), 0), samplesOfWav(beepSound(), 1)];
  expect([left.length, right]).toEqual([1.4 * second, left]);
  expect(left.findIndex((sample) => sample !== 0)).toBe(second + 1);
  expect(shareOf(1_400, left.slice(second))).toBeGreaterThan(0.99);
});

test('a ringing tone is a second of 425 Hz, and four of silence', () => {
  const samples = samplesOfWav(ringingSound(), 0);
  expect(samples).toHaveLength(5 * second);
  expect(shareOf(425, samples.slice(0, second))).toBeGreaterThan(0.99);
  expect(samples.slice(second).every((sample) => sample === 0)).toBe(true);
});

test('an announcement is speech after a second of silence, and then the beep', () => {
  const speech = Uint8Array.from(toneOf(440, 0, second), encodeMu);
  const samples = samplesOfWav(announcementSound(speech), 0);
  expect(samples).toHaveLength(2.6 * second);
  expect(samples.slice(0, second).every((sample) => sample === 0)).toBe(true);
  expect(shareOf(440, samples.slice(second, 2 * second))).toBeGreaterThan(0.99);
  expect(shareOf(1_400, samples.slice(2.2 * second))).toBeGreaterThan(0.99);
});

test('the beep before a recording begins at once', () => {
  const samples = samplesOfWav(recordBeepSound(), 0);
  expect(samples).toHaveLength(0.4 * second);
  expect(shareOf(1_400, samples)).toBeGreaterThan(0.99);
});

test.each([
  ['1', 697, 1_209],
  ['0', 941, 1_336],
  ['*', 941, 1_209],
  ['#', 941, 1_477],
  ['D', 941, 1_633],
])('the sound of %s has the tones of %i and %i Hz for 0.1 s, and then silence', (digit, row, column) => {
  const samples = samplesOfWav(new Map(digitSounds()).get(digit) ?? Buffer.alloc(0), 0);
  const [tone, pause] = [samples.slice(0, second / 10), samples.slice(second / 10)];
  expect(samples).toHaveLength(second / 5);
  for (const frequency of [row, column]) expect(shareOf(frequency, tone)).toBeGreaterThan(0.4);
  expect(pause.every((sample) => sample === 0)).toBe(true);
});
