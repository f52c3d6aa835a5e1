import { expect, test } from 'vitest';
import { maxSoundSamples, maxSoundSize, soundHeader, soundMilliseconds, soundObject } from './sound.ts';

test('a sound is stored by its organization and hash', () => {
  const sha256 = 'ab'.repeat(32);
  expect(soundObject({ organization: 1_001, sha256 })).toEqual({
    bucket: 'files',
    key: `org_1001/sounds/${sha256}/1`,
  });
});

test('the header names PCMU, one channel of 8,000 samples a second, and the number of samples', () => {
  const header = Buffer.from(soundHeader(4_000));
  expect(header.toString('latin1').replaceAll(/[^A-Zaft ]/g, '')).toMatch(/^RIFF.*WAVEft .*fat.*ata/);
  expect(header.readUInt32LE(4)).toBe(header.length - 8 + 4_000);
  expect([20, 22].map((at) => header.readUInt16LE(at))).toEqual([7, 1]);
  expect([24, 28, 46, 54].map((at) => header.readUInt32LE(at))).toEqual([8_000, 8_000, 4_000, 4_000]);
});

test('8 bytes are a millisecond', () => {
  expect([58 + 4_000, 58, 0, maxSoundSize].map(soundMilliseconds)).toEqual([500, 0, 0, maxSoundSamples / 8]);
});
