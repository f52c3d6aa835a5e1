/** What rating asks of a number (billing.md, "Rating a call", rules 1 and 2). */
import { getCountryCallingCode, isSupportedCountry, parsePhoneNumberFromString } from 'libphonenumber-js/max';

const E164 = /^\+[1-9]\d{1,14}$/;
const SEPARATORS = /[\s().\-/]/g;

/**
 * A number as E.164: as it is, or read as dialled in a country (ISO 3166-1), its international prefix included.
 * Null for what is no number there: a SIP user, an extension, `anonymous`.
 * A + is believed, as numbering plans are younger than the library; without one the number must be valid, or
 * every extension would be charged as a national call.
 */
export function e164(number: string, country: string): string | null {
  const bare = number.replace(SEPARATORS, '');
  if (bare.startsWith('+')) return E164.test(bare) ? bare : null;
  const parsed = parsePhoneNumberFromString(
    bare,
    isSupportedCountry(country) ? { defaultCountry: country, extract: false } : { extract: false },
  );
  return parsed?.isValid() === true ? parsed.number : null;
}

export type NumberClass = 'tollFree' | 'international' | 'domestic';

/**
 * Which of a profile's rates an E.164 number falls under, seen from an organization's country (ISO 3166-1).
 * Needs the library's `max` metadata: `min` knows the type of a number in some countries only (not 0800 in DE).
 */
export function classOf(number: string, country: string): NumberClass {
  const parsed = parsePhoneNumberFromString(number);
  if (parsed?.getType() === 'TOLL_FREE') return 'tollFree';
  const own = isSupportedCountry(country) ? getCountryCallingCode(country) : null;
  return own !== null && parsed?.countryCallingCode === own ? 'domestic' : 'international';
}
