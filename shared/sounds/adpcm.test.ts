import { expect, test } from 'vitest';
import { decodeAdpcm } from './adpcm.ts';

test('samples are those that sox decodes', () => {
  // `printf '\x07\x7f\x80\x1f\xf0' | sox -t ima -r 8000 - -t s16 -`
  const samples = decodeAdpcm(Uint8Array.of(0x07, 0x7f, 0x80, 0x1f, 0xf0));
  expect([...samples]).toEqual([0, 13, 43, -20, -29, -21, 1, -102, -323, -292]);
});

test('a step has an end, and so has a sample', () => {
  const loudest = decodeAdpcm(new Uint8Array(200).fill(0x77));
  expect(Math.max(...loudest)).toBe(32_767);
  expect(loudest.at(-1)).toBe(32_767);
  expect(decodeAdpcm(new Uint8Array(0))).toHaveLength(0);
});
