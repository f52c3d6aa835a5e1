import { expect, test } from 'vitest';
import { mixDown, wavOf } from './sound-input.ts';

test('a WAV file has its format, its length and its samples', () => {
  const bytes = wavOf(Float32Array.of(0, 0.5, -1, 2), 8_000);
  const file = new DataView(bytes);
  const text = (from: number, to: number) => String.fromCharCode(...new Uint8Array(bytes.slice(from, to)));
  expect([text(0, 4), text(8, 16), text(36, 40)]).toEqual(['RIFF', 'WAVEfmt ', 'data']);
  expect([4, 24, 28, 40].map((at) => file.getUint32(at, true))).toEqual([44, 8_000, 16_000, 8]);
  expect([20, 22, 34].map((at) => file.getUint16(at, true))).toEqual([1, 1, 16]);
  expect([44, 46, 48, 50].map((at) => file.getInt16(at, true))).toEqual([0, 16_384, -32_767, 32_767]);
  expect(bytes.byteLength).toBe(52);
});

test('channels are mixed to one', () => {
  expect(mixDown([Float32Array.of(1, 0), Float32Array.of(0, -1)])).toEqual(Float32Array.of(0.5, -0.5));
  expect(mixDown([])).toHaveLength(0);
});
