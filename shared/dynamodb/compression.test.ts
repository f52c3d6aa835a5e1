import { expect, test } from 'vitest';
import { compressText, decompressText } from './compression.ts';

test.each(['', 'Österreich €', '43,0.0100\n'.repeat(1_000)])('a compressed text is read back unchanged: %#', (text) => {
  expect(decompressText(compressText(text))).toBe(text);
});

test('a short text shrinks by what texts of its kind have in common, and is read with the same dictionary', () => {
  const text = '{"status":"rated","currency":"USD"}';
  const packed = compressText(text, '{"status":"","currency":"EUR"}');
  expect(packed.length).toBeLessThan(compressText(text).length);
  expect(decompressText(packed, '{"status":"","currency":"EUR"}')).toBe(text);
});

test('a price list shrinks to less than a quarter', () => {
  const list = Array.from({ length: 1_000 }, (_item, at) => `${4_300_000 + at},0.0${at % 90}00`).join('\n');
  expect(compressText(list).length).toBeLessThan(list.length / 4);
});
