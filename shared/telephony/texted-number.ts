import { parsePhoneNumberFromString } from 'libphonenumber-js/max';
import { readNumber } from './dialed-number.ts';
import type { NumberOrigin } from './number-format.ts';

/**
 * Types of numbers that get text messages of call flows. Premium and shared-cost numbers, and personal ones, whose
 * owner earns from what they get, are none; short numbers have no E.164 form. Where a country does not tell mobile
 * from fixed numbers, as in North America, each is one.
 */
const textedTypes: ReadonlySet<string | undefined> = new Set(['MOBILE', 'FIXED_LINE_OR_MOBILE']);

/** A number of a mobile phone in E.164 form; null for anything else. */
export function readTextedNumber(text: string, origin: NumberOrigin): string | null {
  const number = readNumber(text, origin);
  if (number === null) return null;
  const parsed = parsePhoneNumberFromString(number);
  return parsed?.isValid() === true && textedTypes.has(parsed.getType()) ? number : null;
}
