/** Numbers as people and programs write them. Numbering plans are not asked: browsers and many functions load this. */

const ascii = /^[\x20-\x7E]*$/;
const digit = /\p{Nd}/u;
/** Forms of `#`, `(`, `)`, `*`, `+`, `-`, `.` and `/` that are as wide as an ideograph, and a small plus. */
const wide = /[\uFF03\uFF08-\uFF0B\uFF0D-\uFF0F]/g;
const widening = 0xfee0;

/** The value of a decimal digit of any script: ten follow one another, and some scripts one another. */
function valueOf(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  let first = code;
  while (digit.test(String.fromCodePoint(first - 1))) first -= 1;
  return String((code - first) % 10);
}

/**
 * A text without characters that only format it, such as marks of direction, and with digits, dashes, blanks and signs
 * of ASCII in place of others.
 */
export function plainCharacters(text: string): string {
  if (ascii.test(text)) return text;
  return text
    .replace(/\p{Cf}/gu, '')
    .replace(/\uFE62/g, '+')
    .replace(wide, (each) => String.fromCharCode(each.charCodeAt(0) - widening))
    .replace(/[\p{Pd}\u2212]/gu, '-')
    .replace(/[\p{Zs}\t]/gu, ' ')
    .replace(/\p{Nd}/gu, valueOf);
}

/** What people write between digits, also after an access code. */
export const writtenSeparators = /[\s().\-/]/g;

/** Digits or keys of a telephone, with what people write between them. */
const writtenNumber = /^(?:[\s(]*\+)?[\s().\-/]*[0-9*#][0-9*#\s().\-/]*$/;

/** A number, or keys of a telephone, in plain characters. Any other text, such as a name, stays as it is. */
export function plainNumber(text: string): string {
  const plain = withoutTrunkPrefix(plainCharacters(text));
  return plain !== text && writtenNumber.test(plain) ? plain.trim() : text;
}

/** A number, or keys of a telephone, as a switch dials them. Any other text stays as it is. */
export function typedNumber(text: string): string {
  const plain = plainNumber(text);
  return writtenNumber.test(plain) ? plain.replace(writtenSeparators, '') : text;
}

/**
 * Trunk prefixes: what is dialed before a number within its country, and is no part of it (ITU-T E.123 §7.4). By
 * calling code, of countries that have one. Italy has none: its numbers begin with 0.
 */
const trunkPrefixes = new Map<number, readonly string[]>([
  [1, ['1']],
  [7, ['8']],
  [36, ['06']],
  // The first one was replaced by the second one.
  [370, ['8', '0']],
  [375, ['8', '0']],
  [692, ['1']],
  [993, ['8']],
]);
const withZero = [
  20, 27, 31, 32, 33, 40, 41, 43, 44, 46, 49, 51, 53, 54, 55, 57, 58, 60, 61, 62, 63, 64, 66, 81, 82, 84, 86, 90, 91,
  92, 93, 94, 95, 98, 211, 212, 213, 218, 231, 232, 233, 234, 243, 249, 250, 251, 252, 254, 255, 256, 260, 261, 262,
  263, 264, 265, 291, 353, 355, 358, 359, 373, 374, 377, 380, 381, 382, 383, 385, 386, 387, 389, 421, 423, 508, 590,
  591, 593, 594, 595, 596, 598, 686, 850, 855, 856, 880, 886, 961, 962, 963, 964, 966, 967, 970, 971, 972, 976, 977,
  994, 995, 996,
];
for (const code of withZero) trunkPrefixes.set(code, ['0']);

/** Trunk prefixes in the country of a calling code; none if there is no such code. */
export const trunkPrefixesOf = (code: string): readonly string[] => trunkPrefixes.get(Number(code)) ?? [];

/** A country's code, and a prefix in parentheses: `+44 (0)`, `(0044) (0)`. */
const codeAndPrefix = /^[\s(]*(\+|00)([1-9][0-9]{0,2})[\s)./-]*\(\s*([0-9]{1,2})\s*\)[\s./-]*/;

/**
 * A number without the trunk prefix that it has in parentheses behind its country's code: `+44 (0)20…`. Where the
 * country has no such prefix, the digits belong to the number.
 */
export function withoutTrunkPrefix(text: string): string {
  const [whole, sign = '', code = '', prefix = ''] = codeAndPrefix.exec(text) ?? [];
  return whole !== undefined && trunkPrefixesOf(code).includes(prefix)
    ? `${sign}${code}${text.slice(whole.length)}`
    : text;
}

/**
 * The first character of a text that may not be there, and its place, for a text for people: `U+2011 at 4`. Undefined:
 * there is none.
 * @param permitted matches a character
 */
export function strangeCharacterIn(text: string, permitted: RegExp): string | undefined {
  const at = Array.from(text).findIndex((each) => !permitted.test(each));
  const code = Array.from(text)[at]?.codePointAt(0);
  return code === undefined ? undefined : `U+${code.toString(16).toUpperCase().padStart(4, '0')} at ${at + 1}`;
}
