import { emergencyNumbers, emergencyNumbersAnywhere } from './emergency-numbers.ts';
import { withoutCodes, type NumberOrigin } from './number-format.ts';
import { numberIn, userIn } from './user-part.ts';
import { trunkPrefixesOf, writtenSeparators } from './written-number.ts';

/**
 * Emergency numbers in any spelling that a dial plan, a gateway or a carrier may make one of. Only a person calls for
 * help: what is called without one, such as a forward, names no such number. Numbering plans are not asked, as many
 * functions need this.
 */

/** What international numbers begin with: of ITU-T E.164, North America, Australia and Japan. */
const internationalPrefixes = ['+', '00', '011', '0011', '010'];

/**
 * Calling codes have 1 to 3 digits, and a trunk prefix may follow. No number of a subscriber is as short as one with an
 * emergency number after it.
 */
const isAbroad = (digits: string): boolean =>
  [1, 2, 3].some((length) => {
    const rest = digits.slice(length);
    return ['', ...trunkPrefixesOf(digits.slice(0, length))].some(
      (prefix) => rest.startsWith(prefix) && emergencyNumbersAnywhere.has(rest.slice(prefix.length)),
    );
  });

/**
 * Whether a text may reach an emergency number: as it is dialed, after an access code, as an international number with
 * or without the code of a country, with parameters and separators.
 * @param origin of who dials it: its country decides which numbers these are
 */
export function isEmergencyNumber(text: string, { country, numbers = {} }: NumberOrigin): boolean {
  const own = new Set([...emergencyNumbers(country), ...emergencyNumbers(numbers.country ?? country)]);
  const prefixes = [...internationalPrefixes, ...(numbers.international_prefixes ?? [])];
  const written = numberIn(userIn(text.trim())).replace(writtenSeparators, '');
  return [...withoutCodes(written, numbers.strip ?? [])].some((rest) => {
    const digits = prefixes.filter((prefix) => rest.startsWith(prefix)).map((prefix) => rest.slice(prefix.length));
    return own.has(rest) || digits.some((each) => own.has(each) || isAbroad(each));
  });
}
