/** Which rate of a profile a number has (functions/billing/README.md, "Rating"). */
import {
  getCountryCallingCode,
  isSupportedCountry,
  parsePhoneNumberFromString,
  type PhoneNumberType,
} from 'libphonenumber-js/max';

/**
 * Which of a profile's rates applies to a number. `special`: none, because the price of such a number is not that of
 * its country.
 */
export type NumberClass = 'tollFree' | 'international' | 'domestic' | 'special';

const specialTypes: readonly (PhoneNumberType | undefined)[] = ['PREMIUM_RATE', 'SHARED_COST'];

/**
 * Calling codes of satellite networks (Inmarsat, GMSS; EMSAT, Thuraya and ACeS within 882), shared cost (808) and
 * premium rate (979), by ITU-T E.164. They recognize numbers that are younger than the library's metadata.
 */
const specialCodes = /^\+(870|881|882(13|16|20)|808|979)/;

/** The type of a number by the numbering plan of a country (ISO 3166-1); undefined if that plan has no such number. */
function typeIn(number: string, country: string): PhoneNumberType | undefined {
  const parsed = parsePhoneNumberFromString(number);
  if (parsed === undefined || !isSupportedCountry(country)) return undefined;
  if (parsed.countryCallingCode !== getCountryCallingCode(country)) return undefined;
  // The library names the first country that has a number, such as the US for +1 800, which Canada has too.
  parsed.country = country;
  return parsed.getType();
}

/**
 * Which of a profile's rates applies to an E.164 number, seen from an organization's country (ISO 3166-1). Countries
 * with the same calling code are different countries: +1 876 is Jamaica, and international in the US.
 * Needs the library's `max` metadata: `min` knows the type of a number in some countries only (0800 in DE is missing).
 */
export function classOf(number: string, country: string): NumberClass {
  const parsed = parsePhoneNumberFromString(number);
  const atHome = typeIn(number, country);
  if (specialCodes.test(number) || specialTypes.includes(parsed?.getType()) || specialTypes.includes(atHome))
    return 'special';
  if (atHome === 'TOLL_FREE') return 'tollFree';
  return atHome !== undefined || parsed?.country === country ? 'domestic' : 'international';
}
