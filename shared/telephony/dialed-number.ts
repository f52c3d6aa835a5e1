/**
 * Reads numbers as switches and people write them. Rating, rate look-up, search and the evaluator's prices use this
 * one function (functions/billing/rates/README.md).
 */
import {
  getCountryCallingCode,
  isSupportedCountry,
  parsePhoneNumberFromString,
  type CountryCode,
} from 'libphonenumber-js/max';
import { dialable } from './dialed-string.ts';
import { readDialed } from './dialed-user.ts';
import { internationalPrefixOf } from './numbering-plan.ts';
import { withoutCodes, type NumberFormat, type NumberOrigin } from './number-format.ts';
import { withoutTrunkPrefix, writtenSeparators } from './written-number.ts';

const E164 = /^\+[1-9]\d{1,14}$/;

/** The written number of a URI, or the text itself, without separators that people write. */
function bareNumber(text: string): string {
  const dialed = readDialed(text.trim());
  // Of a length that no number of the country has.
  const isBroken = withoutTrunkPrefix(dialed) !== dialed;
  return isBroken ? dialed : dialed.replace(writtenSeparators, '');
}

/** Digits of any script. The library takes what is behind `#`, `x` or `ext` for an extension, and cuts it off. */
const digitsOnly = /^[+\uFF0B]?\p{Nd}+$/u;

/** A number that must be valid by its country's plan, since otherwise every extension would be a number. */
function validNumber(text: string, country?: CountryCode): string | null {
  if (!digitsOnly.test(text)) return null;
  const read = country === undefined ? { extract: false } : { defaultCountry: country, extract: false };
  const parsed = parsePhoneNumberFromString(text, read);
  return parsed?.isValid() === true ? parsed.number : null;
}

/** A zero behind the code of a country, which has up to 3 digits. */
const zeroBehindCode = /^\+[1-9][0-9]{0,2}0/;

/**
 * A number with plus, which numbering plans may not know yet. One whose digits behind the country's code begin with 0
 * must be valid: few countries have such numbers, and people write `+45 (0)…` of those that have no trunk prefix.
 */
function globalNumber(text: string): string | null {
  if (!E164.test(text)) return null;
  if (!zeroBehindCode.test(text)) return text;
  const code = parsePhoneNumberFromString(text, { extract: false })?.countryCallingCode;
  return code !== undefined && text.startsWith('0', `+${code}`.length) ? validNumber(text) : text;
}

/** Readings of a text as a number with so many digits at least, without plus: shorter ones are extensions. */
const leastUnplanned = /^\d{7,}$/;

type Read = (text: string) => string | null;

/** A number after one of these prefixes, the longest first. */
function afterPrefix(text: string, prefixes: readonly string[], read: Read = validNumber): string | null {
  for (const prefix of [...prefixes].sort((one, other) => other.length - one.length)) {
    const number = text.startsWith(prefix) ? read(`+${text.slice(prefix.length)}`) : null;
    if (number !== null) return number;
  }
  return null;
}

/** A number that is as long as those of its country, whose plan may be younger than the library. */
const possibleNumber: Read = (text) =>
  parsePhoneNumberFromString(text, { extract: false })?.isPossible() === true ? globalNumber(text) : null;

/** What is dialed as a number abroad, after an international prefix of the format or of the country. */
function dialedAbroad(text: string, home: CountryCode | null, format: NumberFormat): string | null {
  const { international_prefixes: prefixes = ['00'] } = format;
  const number = afterPrefix(text, prefixes, possibleNumber);
  if (number !== null || home === null || !leastUnplanned.test(text)) return number;
  const read = parsePhoneNumberFromString(text, { defaultCountry: home, extract: false });
  // The library takes the country's prefix off: else the number is one of the country.
  const isAbroad = read?.countryCallingCode !== getCountryCallingCode(home);
  return isAbroad && read?.isPossible() === true ? globalNumber(read.number) : null;
}

/** A number as it is dialed within the country, or abroad with the country's own international prefix. */
function dialedNumber(text: string, country: CountryCode, national: string | undefined): string | null {
  if (national === undefined || !text.startsWith(national)) return validNumber(text, country);
  return validNumber(`+${getCountryCallingCode(country)}${text.slice(national.length)}`) ?? validNumber(text, country);
}

/** A number that is written as one: with plus, after an international prefix, or as a national number. */
function explicitNumber(text: string, home: CountryCode | null, format: NumberFormat): string | null {
  // A carrier that puts a plus before what was dialed in its country.
  if (text.startsWith('+0')) return explicitNumber(text.slice(1), home, format);
  if (text.startsWith('+')) return globalNumber(text);
  const { international_prefixes: prefixes = ['00'], national_prefix: national } = format;
  return afterPrefix(text, prefixes) ?? (home === null ? null : dialedNumber(text, home, national));
}

/** The first of the readings that is a number. */
function firstNumber(texts: Iterable<string>, read: Read): string | null {
  for (const text of texts) {
    const number = read(text);
    if (number !== null) return number;
  }
  return null;
}

/** Each is read from the table. */
const maxReadings = 8;

/** What a text may be if numbering plans are not asked, in the order of `explicitNumber`. */
function unplannedReadings(text: string, home: CountryCode | null, format: NumberFormat): readonly string[] {
  const { international_prefixes: prefixes = ['00'], e164_without_plus: isPlusOptional = true } = format;
  const international = prefixes.filter((prefix) => text.startsWith(prefix)).map((prefix) => text.slice(prefix.length));
  const country = home === null ? {} : { defaultCountry: home, extract: false };
  const national = home === null ? undefined : parsePhoneNumberFromString(text, country)?.number;
  const withPlus = `+${text}`;
  return [
    ...international.map((rest) => `+${rest}`),
    // The library reads the country's own code without plus, too.
    ...(national === undefined || national === withPlus ? [] : [national]),
    ...(isPlusOptional ? [withPlus] : []),
  ].filter((reading) => E164.test(reading));
}

/**
 * The numbers that a text may be, for a caller that knows which numbers exist: that of `readNumber`, or what the text
 * is without a look at numbering plans, which are younger than the library.
 */
export function possibleNumbers(text: string, origin: NumberOrigin): readonly string[] {
  const read = readNumber(text, origin);
  if (read !== null) return [read];
  const { country, numbers = {} } = origin;
  const code = numbers.country ?? country;
  const home = isSupportedCountry(code) ? code : null;
  const rests = [...withoutCodes(bareNumber(text), numbers.strip ?? [])].filter((rest) => leastUnplanned.test(rest));
  return [...new Set(rests.flatMap((rest) => unplannedReadings(rest, home, numbers)))].slice(0, maxReadings);
}

/**
 * A number in E.164 form; null for anything else: a SIP user, an extension, `anonymous`. In this order: with plus;
 * after an international prefix; national; the same without an access code (`strip`); E.164 without plus, because the
 * code and a national number are often a number of another country, too (9 1 415 … of India); after an international
 * prefix, of a possible length. A number with plus is not checked against the library, because numbering plans are
 * younger than it.
 */
export function readNumber(text: string, { country, numbers = {} }: NumberOrigin): string | null {
  const code = numbers.country ?? country;
  const home = isSupportedCountry(code) ? code : null;
  const rests = withoutCodes(bareNumber(text), numbers.strip ?? []);
  const isPlusOptional = numbers.e164_without_plus !== false;
  return (
    firstNumber(rests, (rest) => explicitNumber(rest, home, numbers)) ??
    (isPlusOptional ? firstNumber(rests, (rest) => (rest.startsWith('+') ? null : validNumber(`+${rest}`))) : null) ??
    firstNumber(rests, (rest) => dialedAbroad(rest, home, numbers))
  );
}

/**
 * Whether a dialed string begins as a number and is none: no part of it is dialed. That is one with blanks, one with
 * keys behind seven digits, also after an access code, and a number of the caller with letters behind it. A code
 * (`*21*…#`), an extension with keys, and a SIP user name are no such numbers.
 */
export function isBrokenNumber(dialed: string, origin: NumberOrigin): boolean {
  if (/^\+(0|[0-9]+[^0-9])/.test(dialed) || (/^[0-9*#+]/.test(dialed) && !dialable.test(dialed))) return true;
  if (/^[0-9]{7,}[*#]/.test(dialed)) return true;
  const [, digits] = /^([0-9]+)[A-Za-z][^@]*$/.exec(dialed) ?? [];
  return digits !== undefined && readNumber(digits, origin) !== null;
}

/** What is behind digits that are a number already, so that a carrier may connect it. */
function hasNumberBefore(text: string, read: Read): boolean {
  for (let length = text.length - 1; length >= shortestNumber; length -= 1)
    if (read(text.slice(0, length)) !== null) return true;
  return false;
}

/** Digits of the shortest number that a carrier connects. */
const shortestNumber = 7;

/**
 * Whether a text that is no number is written as one: with plus, after an international prefix, or a number with more
 * digits behind it. A carrier may connect what it makes of it, which no rate can be found for. Extensions, short
 * numbers and names are none.
 */
export function isImpossibleNumber(text: string, origin: NumberOrigin): boolean {
  if (readNumber(text, origin) !== null) return false;
  const { country, numbers = {} } = origin;
  const code = numbers.country ?? country;
  const home = isSupportedCountry(code) ? code : null;
  const { international_prefixes: own = ['00'] } = numbers;
  const prefixes = home === null ? own : [...own, internationalPrefixOf(home)];
  return [...withoutCodes(bareNumber(text), numbers.strip ?? [])].some((rest) => {
    if (!digitsOnly.test(rest) || rest.length < shortestNumber) return false;
    if (rest.startsWith('+') || prefixes.some((prefix) => rest.startsWith(prefix))) return true;
    return hasNumberBefore(rest, (each) => explicitNumber(each, home, numbers));
  });
}

/** ISO 3166 code of the country of a number; undefined: it has none, such as one of a satellite. @param number E.164 */
export const countryOf = (number: string): string | undefined => parsePhoneNumberFromString(number)?.country;
