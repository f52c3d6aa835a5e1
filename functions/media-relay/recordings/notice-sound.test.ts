import { expect, test } from 'vitest';
import { announcementSound, beepSound, ringingSound } from './notice-sound.ts';
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
