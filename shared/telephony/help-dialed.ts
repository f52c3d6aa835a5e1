import { getCountryCallingCode, isSupportedCountry } from 'libphonenumber-js/max';
import { emergencyNumbers } from './emergency-numbers.ts';
import { withoutCodes, type NumberOrigin } from './number-format.ts';

/** What international numbers begin with everywhere; the organization adds its own prefixes. */
const internationalPrefixes = ['+', '00', '011'];

/**
 * The emergency number that a person dials: as it is, after access codes of the organization (`9911`), or as an
 * international number with or without the code of the country (`+911`, `+1911`, `00112`), as phones complete what is
 * dialed. No number of a subscriber is as short.
 * @param origin of the caller: its country decides which numbers these are
 * @returns undefined if it dials none
 */
export function helpDialed(dialed: string, { country, numbers = {} }: NumberOrigin): string | undefined {
  const own = emergencyNumbers(country);
  if (own.has(dialed)) return dialed;
  const code = isSupportedCountry(country) ? getCountryCallingCode(country) : '';
  const international = [...internationalPrefixes, ...(numbers.international_prefixes ?? [])];
  const prefixes = ['', ...international.flatMap((prefix) => [prefix, `${prefix}${code}`])];
  for (const rest of withoutCodes(dialed, numbers.strip ?? []))
    for (const prefix of prefixes)
      if (rest.startsWith(prefix) && own.has(rest.slice(prefix.length))) return rest.slice(prefix.length);
  return undefined;
}
