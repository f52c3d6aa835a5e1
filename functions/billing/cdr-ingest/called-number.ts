/** How rating reads numbers (functions/billing/README.md, "Rating"). */
import { getCountryCallingCode, isSupportedCountry, parsePhoneNumberFromString } from 'libphonenumber-js/max';

const E164 = /^\+[1-9]\d{1,14}$/;
const separators = /[\s().\-/]/g;

/**
 * A number in E.164 form: as given, or read as dialed in a country (ISO 3166-1) with that country's international
 * prefix. Null for anything else: a SIP user, an extension, `anonymous`.
 * A number with + is not checked against the library, because numbering plans are younger than it. A number without +
 * must be valid, since otherwise every extension would be charged as a national call.
 */
export function toE164(number: string, country: string): string | null {
  const bare = number.replace(separators, '');
  if (bare.startsWith('+')) return E164.test(bare) ? bare : null;
  const parsed = parsePhoneNumberFromString(
    bare,
    isSupportedCountry(country) ? { defaultCountry: country, extract: false } : { extract: false },
  );
  return parsed?.isValid() === true ? parsed.number : null;
}

export type NumberClass = 'tollFree' | 'international' | 'domestic';

/**
 * Which of a profile's rates applies to an E.164 number, seen from an organization's country (ISO 3166-1).
 * Needs the library's `max` metadata: `min` knows the type of a number in some countries only (0800 in DE is missing).
 */
export function classOf(number: string, country: string): NumberClass {
  const parsed = parsePhoneNumberFromString(number);
  if (parsed?.getType() === 'TOLL_FREE') return 'tollFree';
  const own = isSupportedCountry(country) ? getCountryCallingCode(country) : null;
  return own !== null && parsed?.countryCallingCode === own ? 'domestic' : 'international';
}
