import * as fc from 'fast-check';
import {
  getCountries,
  getCountryCallingCode,
  Metadata,
  parsePhoneNumberFromString,
  type CountryCode,
} from 'libphonenumber-js/max';
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

/** The library has these, and its types do not. */
type FullPlan = {
  readonly nationalPrefix?: () => unknown;
  readonly type?: (name: string) => { readonly pattern: () => string } | undefined;
};

function planOf(country: CountryCode): FullPlan | undefined {
  const metadata = new Metadata();
  metadata.selectNumberingPlan(country);
  return metadata.numberingPlan as FullPlan | undefined;
}

describe('trunk prefixes', () => {
  test('are those of the library, and two that were replaced', () => {
    const found = getCountries().map(
      (country) => [country, getCountryCallingCode(country), planOf(country)?.nationalPrefix?.()] as const,
    );
    for (const [country, code, prefix] of found) {
      const own = found.filter((each) => each[1] === code).map((each) => each[2]);
      const expected = typeof prefix === 'string' ? prefix : undefined;
      // Countries that share a code have one prefix, or none.
      const isShared = new Set(own).size > 1;
      if (!isShared) expect([country, trunkPrefixesOf(code)[code === '370' ? 1 : 0]]).toEqual([country, expected]);
    }
  });
});

describe('numbers of all countries and types, as cards and contact lists have them', () => {
  const types = [
    ...(['FIXED_LINE', 'MOBILE', 'TOLL_FREE', 'PREMIUM_RATE', 'SHARED_COST'] as const),
    ...(['VOIP', 'PERSONAL_NUMBER', 'PAGER', 'UAN', 'VOICEMAIL'] as const),
  ];

  /** A number, with the prefix that is dialed before it within its country; empty: there is none. */
  type Known = { readonly country: CountryCode; readonly code: string; readonly prefix: string; readonly nsn: string };

  /** Numbers that the plan of a country makes, one of each type. */
  function numbersOf(country: CountryCode): Known[] {
    const plan = planOf(country);
    const prefix = plan?.nationalPrefix?.();
    const code = getCountryCallingCode(country);
    return types.flatMap((type) => {
      const pattern = plan?.type?.(type)?.pattern();
      if (pattern === undefined || pattern === '') return [];
      const [nsn = ''] = fc.sample(fc.stringMatching(new RegExp(`^(?:${pattern})$`)), { numRuns: 1, seed: 7 });
      const isPlain = parsePhoneNumberFromString(`+${code}${nsn}`)?.number === `+${code}${nsn}`;
      return isPlain ? [{ country, code, prefix: typeof prefix === 'string' ? prefix : '', nsn }] : [];
    });
  }

  const grouped = (digits: string, by: string): string => digits.replace(/(\d{3})(?=\d)/g, `$1${by}`);
  /** In digits of another script. @param zero its first one */
  const inScript = (text: string, zero: number): string =>
    text.replace(/\d/g, (each) => String.fromCharCode(zero + Number(each)));

  type Form = (number: Known) => string;
  const global: readonly Form[] = [
    ({ code, nsn }) => `+${code} ${grouped(nsn, ' ')}`,
    ({ code, nsn }) => `+${code}-${grouped(nsn, '-')}`,
    ({ code, nsn }) => `+${code}.${grouped(nsn, '.')}`,
    ({ code, nsn }) => `+${code}/${grouped(nsn, '/')}`,
    ({ code, nsn }) => `+${code} (${nsn.slice(0, 2)}) ${nsn.slice(2)}`,
    ({ code, nsn }) => `+${code} (0)${nsn}`,
    ({ code, nsn }) => `+${code}(0)${grouped(nsn, ' ')}`,
    ({ code, prefix, nsn }) => `+${code} (${prefix}) ${nsn}`,
    ({ code, prefix, nsn }) => `(+${code}) (${prefix}) ${nsn}`,
    ({ code, prefix, nsn }) => `+${code}-${prefix}-${nsn}`,
    ({ code, prefix, nsn }) => `+${code}${prefix}${nsn}`,
    ({ code, nsn }) => `00${code}${nsn}`,
    ({ code, nsn }) => `00 ${code} (0) ${nsn}`,
    ({ code, nsn }) => `+${code}\u2011${grouped(nsn, '\u00a0')}`,
    ({ code, nsn }) => inScript(`+${code} ${nsn}`, 0x0660),
    ({ code, nsn }) => inScript(`+${code} ${nsn}`, 0xff10),
    ({ code, nsn }) => `tel:+${code}-${grouped(nsn, '-')};ext=12`,
  ];
  const national: readonly Form[] = [
    ({ prefix, nsn }) => `${prefix}${grouped(nsn, ' ')}`,
    ({ nsn }) => nsn,
    ({ prefix, nsn }) => `(${prefix}${nsn.slice(0, 2)}) ${nsn.slice(2)}`,
    ({ prefix, nsn }) => `${prefix}${nsn.slice(0, 3)}/${nsn.slice(3)}`,
    ({ prefix, nsn }) => inScript(grouped(prefix + nsn, '.'), 0x0966),
  ];
  /** With an extension of its owner, which is no part of the number. */
  const extended: readonly Form[] = [' ext. 12', ' x12', '#12', ', 12', ' доб. 12'].map(
    (suffix) => (number: Known) => `+${number.code} ${number.nsn}${suffix}`,
  );

  const known = getCountries().flatMap(numbersOf);
  const byLibrary = (text: string, home: CountryCode) => {
    const plain = text
      .replace(/^tel:/, '')
      .replace(/^00\s?/, '+')
      .replace(/^\(\+(\d+)\)/, '+$1');
    const read = parsePhoneNumberFromString(plain, { defaultCountry: home, extract: false });
    return read?.isValid() === true ? read.number : undefined;
  };
  const longest = '+'.length + 15;

  test('are read as the library reads them, or are an error', () => {
    expect([known.length > 1_000, new Set(known.map(({ country }) => country)).size > 230]).toEqual([true, true]);
    const check = (number: Known, form: Form, home: CountryCode): void => {
      const [written, e164] = [form(number), `+${number.code}${number.nsn}`];
      const [read, expected] = [readNumber(written, { country: home }), byLibrary(written, home)];
      // It does not read +57 (0)940…, of Colombia, and reads some texts without plus in the country of home.
      if (read !== null) expect([expected, e164], `${written} in ${home}`).toContain(read);
      else if (expected !== undefined) expect(expected.length, `${written} in ${home}`).toBeGreaterThan(longest);
    };
    for (const number of known) {
      for (const home of [number.country, 'US'] as const) for (const form of global) check(number, form, home);
      for (const form of national) check(number, form, number.country);
    }
  });

  test('with an extension are an error: none of its digits belongs to the number', () => {
    for (const number of known)
      for (const form of extended)
        expect(readNumber(form(number), { country: number.country }), form(number)).toBeNull();
  });
});
