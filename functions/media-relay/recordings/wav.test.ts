import { expect, test } from 'vitest';
import { wavHeader } from './wav.ts';

test('a header says the form and the lengths of a file', () => {
  const header = wavHeader(8_000);
  expect([
    header.toString('latin1', 0, 4),
    header.toString('latin1', 8, 16),
    header.toString('latin1', 36, 40),
  ]).toEqual(['RIFF', 'WAVEfmt ', 'data']);
  expect([header.length, header.readUInt32LE(4), header.readUInt32LE(40)]).toEqual([44, 32_036, 32_000]);
  // PCM, stereo, 8 kHz, 32,000 bytes a second, 4 bytes a frame, 16 bits.
  expect(header.subarray(20, 36)).toEqual(Buffer.from('01000200401f0000007d000004001000', 'hex'));
});
