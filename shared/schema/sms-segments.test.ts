import fc from 'fast-check';
import { SegmentedMessage } from 'sms-segments-calculator';
import { expect, test } from 'vitest';
import { runs } from '#test/support/property-runs.ts';
import { segmentsOf } from './sms-segments.ts';

const basic = '@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !"#¤%&\'()*+,-./0123456789:;<=>?¡AZÄÖÑÜ§¿azäöñüà';
const extended = '\f^{}\\[~]|€';

test.each([
  ['a'.repeat(160), 'gsm7', [160]],
  ['a'.repeat(161), 'gsm7', [153, 8]],
  ['a'.repeat(306), 'gsm7', [153, 153]],
  ['a'.repeat(307), 'gsm7', [153, 153, 1]],
  ['€'.repeat(80), 'gsm7', [80]],
  ['я'.repeat(70), 'ucs2', [70]],
  ['я'.repeat(71), 'ucs2', [67, 4]],
  ['', 'gsm7', [0]],
] as const)('%j is sent as %s in parts of %j characters', (text, encoding, lengths) => {
  const { parts, ...sent } = segmentsOf(text);
  expect(sent).toEqual({ encoding, segments: lengths.length });
  expect(parts.map((part) => part.length)).toEqual(lengths);
});

test('an escape sequence is not split between two parts', () => {
  const { parts } = segmentsOf(`${'a'.repeat(152)}€${'a'.repeat(10)}`);
  expect(parts).toEqual(['a'.repeat(152), `€${'a'.repeat(10)}`]);
});

test('a surrogate pair is not split between two parts', () => {
  const { parts } = segmentsOf(`${'я'.repeat(66)}😀${'я'.repeat(10)}`);
  expect(parts).toEqual(['я'.repeat(66), `😀${'я'.repeat(10)}`]);
});

test.each(Array.from(basic))('%j is one septet', (character) => {
  expect(segmentsOf(character.repeat(160))).toMatchObject({ encoding: 'gsm7', segments: 1 });
  expect(segmentsOf(character.repeat(161))).toMatchObject({ encoding: 'gsm7', segments: 2 });
});

test.each(Array.from(extended))('%j is two septets', (character) => {
  expect(segmentsOf(character.repeat(80))).toMatchObject({ encoding: 'gsm7', segments: 1 });
  expect(segmentsOf(character.repeat(81))).toMatchObject({ encoding: 'gsm7', segments: 2 });
});

test.each(['ç', '`', '\t', '’', 'Α', '\u001b', '\u00a0', '😀'])('%j is not of the GSM alphabet', (character) => {
  expect(segmentsOf(`a${character}`).encoding).toBe('ucs2');
});

/** Texts around the limits. The outsider keeps combined characters together: these have none. */
const texts = fc.oneof(
  fc.string({ unit: fc.constantFrom(...Array.from(basic + extended)), maxLength: 700 }),
  fc.string({ unit: fc.constantFrom('a', '€', '['), minLength: 140, maxLength: 320 }),
  fc.string({ unit: fc.constantFrom('a', 'я', '€', '中', '😀', '𝔸'), maxLength: 300 }),
  fc.string({ unit: fc.constantFrom('я', '😀'), minLength: 60, maxLength: 140 }),
);

/** The text of a segment of the outsider: its units without those of the user data header. */
const textOf = (segment: readonly object[]): string =>
  Array.from(segment, (unit) => ('raw' in unit && typeof unit.raw === 'string' ? unit.raw : '')).join('');

test('encoding and parts are those of an independent implementation', { timeout: 120_000 }, () => {
  fc.assert(
    fc.property(texts, (text) => {
      const ours = segmentsOf(text);
      const theirs = new SegmentedMessage(text);
      expect(ours.encoding).toBe(theirs.getEncodingName() === 'GSM-7' ? 'gsm7' : 'ucs2');
      if (text !== '') expect(ours.parts).toEqual(theirs.segments.map(textOf));
    }),
    { numRuns: runs(500) },
  );
});

test('the parts are the text, each within its limit, whatever the characters', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 400 }), (text) => {
      const { parts, encoding, segments } = segmentsOf(text);
      expect(parts.join('')).toBe(text);
      for (const part of parts) {
        expect(part.isWellFormed()).toBe(true);
        if (encoding === 'ucs2') expect(part.length).toBeLessThanOrEqual(segments === 1 ? 70 : 67);
      }
    }),
  );
});
