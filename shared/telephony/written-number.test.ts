import {
  getCountries,
  getCountryCallingCode,
  getExampleNumber,
  Metadata,
  parsePhoneNumberFromString,
} from 'libphonenumber-js/max';
import examples from 'libphonenumber-js/mobile/examples';
import { describe, expect, test } from 'vitest';
import { readNumber } from './dialed-number.ts';
import { plainCharacters, strangeCharacterIn, trunkPrefixesOf, typedNumber } from './written-number.ts';

const characters = Array.from({ length: 0x11_00_00 }, (_, at) => String.fromCodePoint(at));

test('digits of every script have their value', () => {
  // Each script has ten, from its zero on.
  const digits = characters.filter((each) => /\p{Nd}/u.test(each));
  expect(digits.length).toBeGreaterThan(500);
  expect(digits.map((each) => plainCharacters(each))).toEqual(digits.map((_, at) => String(at % 10)));
});

test('dashes, blanks and signs of other scripts become those of ASCII, and what only formats is dropped', () => {
  expect(plainCharacters('\u202a\uff0b49\u2011\u00a0\uff080\uff09\u221230\u200b\uff0f1\ufeff')).toBe('+49- (0)-30/1');
  expect(plainCharacters('M\u00fcller\u2013x')).toBe('M\u00fcller-x');
});

test('what people type is dialed without what they write between digits', () => {
  const texts = ['+1 202-555-0142', '(202) 555/0142', '*21*0701 234567#', '+44 (0)20 7946 0018', '20\u20111'];
  expect(texts.map(typedNumber)).toEqual(['+12025550142', '2025550142', '*21*0701234567#', '+442079460018', '201']);
  for (const text of ['ann-2', 'm\u00fcller\u20112', 'park/701', '+49x', '']) expect(typedNumber(text)).toBe(text);
});

test('the first strange character is named with its place', () => {
  const texts = ['+49\u201130', '1 2', '+49#*', '\u{1f600}'];
  expect(texts.map((each) => strangeCharacterIn(each, /^[0-9+*#]$/))).toEqual([
    ...['U+2011 at 4', 'U+0020 at 2', undefined, 'U+1F600 at 1'],
  ]);
});

/** The library has it, and its types do not. */
const prefixOf = (country: string): unknown => {
  const metadata = new Metadata();
  metadata.selectNumberingPlan(country as Parameters<Metadata['selectNumberingPlan']>[0]);
  const plan = metadata.numberingPlan as { readonly nationalPrefix?: () => unknown } | undefined;
  return plan?.nationalPrefix?.();
};

describe('trunk prefixes', () => {
  test('are those of the library, and two that were replaced', () => {
    const found = getCountries().map(
      (country) => [country, getCountryCallingCode(country), prefixOf(country)] as const,
    );
    for (const [country, code, prefix] of found) {
      const own = found.filter((each) => each[1] === code).map((each) => each[2]);
      const expected = typeof prefix === 'string' ? prefix : undefined;
      // Countries that share a code have one prefix, or none.
      const isShared = new Set(own).size > 1;
      if (!isShared) expect([country, trunkPrefixesOf(code)[code === '370' ? 1 : 0]]).toEqual([country, expected]);
    }
  });

  const countries = getCountries().filter((country) => getExampleNumber(country, examples) !== undefined);
  /** How a number is written on cards and in contact lists, with its country's code. */
  const forms: readonly ((code: string, prefix: string, national: string) => string)[] = [
    (code, _prefix, national) => `+${code} ${national}`,
    (code, prefix, national) => `+${code} (${prefix})${national}`,
    (code, prefix, national) => `+${code}(${prefix}) ${national}`,
    (code, prefix, national) => `(+${code}) (${prefix}) ${national}`,
    (code, prefix, national) => `+${code}-${prefix}-${national}`,
    (code, prefix, national) => `+${code}${prefix}${national}`,
    (code, _prefix, national) => `+${code} (${national.slice(0, 2)}) ${national.slice(2)}`,
    (code, _prefix, national) => `+${code}\u2011${national.slice(0, 3)}\u00a0${national.slice(3)}`,
    (code, prefix, national) => `00${code} (${prefix}) ${national}`,
  ];

  test('of numbers of all countries, as cards and contact lists have them, are read as the library does', () => {
    expect(countries.length).toBeGreaterThan(230);
    for (const country of countries) {
      const example = getExampleNumber(country, examples);
      if (example === undefined) continue;
      const { countryCallingCode: code, nationalNumber, number } = example;
      const prefix = prefixOf(country);
      for (const form of forms) {
        const written = form(code, typeof prefix === 'string' ? prefix : '0', nationalNumber);
        const read = readNumber(written, { country: 'US' });
        const byLibrary = parsePhoneNumberFromString(written.replace(/^00/, '+').replace(/^\(\+(\d+)\)/, '+$1'));
        if (byLibrary?.isValid() === true) expect([written, read]).toEqual([written, byLibrary.number]);
        // It does not read +57 (0)321…, of Colombia.
        else expect([null, byLibrary?.number, number], written).toContain(read);
      }
    }
  });
});
