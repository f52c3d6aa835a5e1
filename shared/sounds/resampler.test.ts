import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { Resampler } from './resampler.ts';

const tone = (frequency: number, rate: number, seconds: number): Float32Array =>
  Float32Array.from({ length: rate * seconds }, (_, at) => Math.sin((2 * Math.PI * frequency * at) / rate));

/** All of a sound at 8 kHz, given in pieces of some lengths. */
function resample(samples: Float32Array, rate: number, pieces: readonly number[] = [samples.length]): number[] {
  const resampler = new Resampler(rate, 8_000);
  const made: number[] = [];
  let at = 0;
  for (let turn = 0; at < samples.length; turn += 1) {
    const length = Math.max(1, pieces[turn % pieces.length] ?? 1);
    made.push(...resampler.add(samples.subarray(at, at + length)));
    at += length;
  }
  return [...made, ...resampler.end()];
}

/** Power in dB of the middle of a sound, 0 for a full sine. */
const level = (samples: readonly number[]): number => {
  const middle = samples.slice(400, -400);
  return 10 * Math.log10((2 * middle.reduce((sum, sample) => sum + sample * sample, 0)) / middle.length);
};

const rate = fc.constantFrom(11_025, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000, 96_000, 44_056);

test('what phones can say stays as loud as it was', () => {
  fc.assert(
    fc.property(rate, fc.integer({ min: 100, max: 3_400 }), (from, frequency) => {
      expect(Math.abs(level(resample(tone(frequency, from, 1), from)))).toBeLessThan(0.2);
    }),
    { numRuns: 25 },
  );
});

test('what 8 kHz cannot have is gone by 40 dB', () => {
  fc.assert(
    fc.property(rate, fc.double({ min: 0, max: 1, noNaN: true }), (from, part) => {
      const frequency = 4_600 + part * (from / 2 - 4_600);
      expect(level(resample(tone(frequency, from, 1), from))).toBeLessThan(-40);
    }),
    { numRuns: 25 },
  );
});

test('pieces of any lengths are the whole', () => {
  fc.assert(
    fc.property(rate, fc.array(fc.integer({ min: 1, max: 3_000 }), { minLength: 1, maxLength: 5 }), (from, pieces) => {
      const samples = tone(440, from, 0.25);
      expect(resample(samples, from, pieces)).toEqual(resample(samples, from));
    }),
    { numRuns: 25 },
  );
});

test('a sound is as long as it was', () => {
  for (const from of [4_000, 8_000, 11_025, 44_100, 48_000, 192_000]) {
    const made = resample(tone(440, from, 2), from);
    expect(Math.abs(made.length - 16_000)).toBeLessThanOrEqual(1);
    expect(Math.abs(level(made))).toBeLessThan(0.2);
  }
});

test('samples of 8 kHz stay as they are', () => {
  const samples = tone(3_900, 8_000, 0.1);
  expect(resample(samples, 8_000)).toEqual([...samples]);
});
