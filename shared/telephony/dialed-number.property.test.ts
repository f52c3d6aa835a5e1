/**
 * Spellings of known numbers, made from the rules of functions/billing/rates/README.md, and read back. The oracle
 * knows the numbers; of numbering plans it only asks which other numbers are valid.
 */
import * as fc from 'fast-check';
import { getCountries, getExampleNumber, parsePhoneNumberFromString } from 'libphonenumber-js/max';
import examples from 'libphonenumber-js/mobile/examples';
import { expect, test } from 'vitest';
import { isImpossibleNumber, readNumber } from './dialed-number.ts';

/** Numbers with their national form and the prefix for calls abroad of their country. */
const numbers = [
  { country: 'US', e164: '+12135550100', national: ['2135550100', '12135550100'], abroad: '011' },
  { country: 'CA', e164: '+14165550123', national: ['4165550123', '14165550123'], abroad: '011' },
  { country: 'GB', e164: '+442079460000', national: ['02079460000'], abroad: '00' },
  { country: 'DE', e164: '+498001234567', national: ['08001234567'], abroad: '00' },
  { country: 'AU', e164: '+61291920000', national: ['0291920000'], abroad: '0011' },
  { country: 'JP', e164: '+81312345678', national: ['0312345678'], abroad: '010' },
] as const;

const place = fc.constantFrom(...numbers);
const separated = (digits: string, every: number): string => digits.replace(new RegExp(`(.{${every}})`, 'g'), '$1-');
const wrap = fc.constantFrom(
  (text: string) => text,
  (text: string) => `sip:${text}@203.0.113.1`,
  (text: string) => `sips:${text}:pw@x;user=phone`,
  (text: string) => `tel:${text};ext=1`,
);
/** How the number of one country is written in another, or in its own. */
const spelling = fc
  .record({ of: place, home: place, form: fc.nat({ max: 4 }), every: fc.integer({ min: 2, max: 5 }), wrap })
  .map(({ of, home, form, every, wrap: inUri }) => {
    const abroad = [of.e164, `${home.abroad}${of.e164.slice(1)}`, `00${of.e164.slice(1)}`];
    const forms = of === home ? [...abroad, ...of.national] : abroad;
    const written = forms[form % forms.length] ?? of.e164;
    return { written, spelled: inUri(separated(written, every)), country: home.country, expected: of.e164 };
  });

test('every spelling of a number is read as the number, and the number as itself', () => {
  fc.assert(
    fc.property(spelling, ({ spelled, country, expected }) => {
      expect(readNumber(spelled, { country })).toBe(expected);
      expect(readNumber(expected, { country })).toBe(expected);
    }),
    { numRuns: 2_000 },
  );
});

test('digits without plus are the number, unless they are another one in the country', () => {
  fc.assert(
    fc.property(place, place, ({ e164 }, { country }) => {
      const digits = e164.slice(1);
      const national = readNumber(digits, { country, numbers: { e164_without_plus: false } });
      expect(readNumber(digits, { country })).toBe(national ?? e164);
    }),
  );
});

test('after an access code a number is read as without it, unless it is dialed with the same digits', () => {
  const code = fc.constantFrom('9', '0', '8', '*31', '#', '99');
  fc.assert(
    fc.property(spelling, code, ({ written, country, expected }, strip) => {
      const withCode = strip + written;
      // Digits that are a number of another country by chance, or only as long as one, are no reason to keep the code.
      const read = readNumber(withCode, { country, numbers: { e164_without_plus: false } });
      const dialed = parsePhoneNumberFromString(read ?? '')?.isValid() === true ? read : null;
      const origin = { country, numbers: { strip: [strip] } };
      expect(readNumber(withCode, origin)).toBe(dialed ?? expected);
      expect(readNumber(written, origin)).toBe(expected);
    }),
    { numRuns: 2_000 },
  );
});

test('a number of the own country after an access code is never one of another country', () => {
  const subscriber = fc.tuple(fc.integer({ min: 200, max: 999 }), fc.integer({ min: 2_000_000, max: 9_999_999 }));
  const code = fc.constantFrom('2', '3', '4', '5', '6', '7', '8', '9');
  fc.assert(
    fc.property(subscriber, code, ([area, local], strip) => {
      const national = `${area}${local}`;
      const isNumber = readNumber(`1${national}`, { country: 'US' }) === `+1${national}`;
      const read = readNumber(`${strip}1${national}`, { country: 'US', numbers: { strip: [strip] } });
      if (isNumber) expect(read).toBe(`+1${national}`);
    }),
    { numRuns: 2_000 },
  );
});

test('any text is a number in E.164 form or none', () => {
  const text = fc.oneof(fc.string(), fc.stringMatching(/^[+0-9*#@:;.\-()a-z]{0,40}$/));
  fc.assert(
    fc.property(text, place, (written, { country }) => {
      const number = readNumber(written, { country, numbers: { strip: ['9', '99', '*'] } });
      expect(number === null || /^\+[1-9]\d{1,14}$/.test(number)).toBe(true);
    }),
    { numRuns: 2_000 },
  );
});

test('of no country a number with digits behind it is neither read as that number nor sent on unread', () => {
  const more = fc.stringMatching(/^[0-9]{1,9}$/);
  const country = fc.constantFrom(...getCountries());
  fc.assert(
    fc.property(country, country, more, fc.nat({ max: 2 }), (of, home, digits, form) => {
      const example = getExampleNumber(of, examples);
      if (example === undefined) return;
      const origin = { country: form === 2 ? of : home };
      const written = [example.number, `00${example.number.slice(1)}`, example.formatNational().replace(/\D/g, '')][
        form
      ];
      // Shorter ones are as short as extensions.
      if (written === undefined || written.length < 7 || readNumber(written, origin) === null) return;
      const text = `${written}${digits}`;
      const read = readNumber(text, origin);
      expect(read).not.toBe(example.number);
      expect(read !== null || isImpossibleNumber(text, origin)).toBe(true);
    }),
    { numRuns: 2_000 },
  );
});
