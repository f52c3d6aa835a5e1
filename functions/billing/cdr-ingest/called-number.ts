/** Which rate of a profile a number has (functions/billing/README.md, "Rating"). */
import { getCountryCallingCode, isSupportedCountry, parsePhoneNumberFromString } from 'libphonenumber-js/max';

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
