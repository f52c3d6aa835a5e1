/** Sets of dialable characters. Other characters are in no set, since no dialed string has them. */
export type CharacterSet = {
  /** One bit for each of U+0020–U+003F, U+0040–U+005F and U+0060–U+007F. */
  readonly low: number;
  readonly middle: number;
  readonly high: number;
  /** Equal for equal sets. */
  readonly key: string;
};

const characterSet = (low: number, middle: number, high: number): CharacterSet => ({
  low,
  middle,
  high,
  key: `${low},${middle},${high}`,
});

/** The bits of `first` to `last` within the 32 code points from `base`. */
function bits(first: number, last: number, base: number): number {
  const from = Math.max(first - base, 0);
  const to = Math.min(last - base, 31);
  return from > to ? 0 : (-1 >>> (31 - (to - from))) << from;
}

/** The dialable code points of the 32 from `base`. */
const dialableBits = (base: number): number =>
  Array.from('0123456789*#+-._@ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz')
    .map((character) => bits(character.charCodeAt(0), character.charCodeAt(0), base))
    .reduce((all, bit) => all | bit, 0);

const dialable = characterSet(dialableBits(0x20), dialableBits(0x40), dialableBits(0x60));

export const noCharacter = characterSet(0, 0, 0);
export const anyCharacter = dialable;

/** The dialable code points from `first` to `last`. */
export const range = (first: number, last: number): CharacterSet =>
  characterSet(
    bits(first, last, 0x20) & dialable.low,
    bits(first, last, 0x40) & dialable.middle,
    bits(first, last, 0x60) & dialable.high,
  );

export const union = (one: CharacterSet, other: CharacterSet): CharacterSet =>
  characterSet(one.low | other.low, one.middle | other.middle, one.high | other.high);

export const complement = ({ low, middle, high }: CharacterSet): CharacterSet =>
  characterSet(~low & dialable.low, ~middle & dialable.middle, ~high & dialable.high);

/** A to Z in `middle`, and a to z in `high`. */
const letters = bits(1, 26, 0);

/** The set with the other case of each letter. */
export const foldCase = ({ low, middle, high }: CharacterSet): CharacterSet => {
  const either = (middle | high) & letters;
  return characterSet(low, middle | either, high | either);
};

const wordOf = (set: CharacterSet, code: number): number =>
  code < 0x40 ? set.low : code < 0x60 ? set.middle : set.high;

/** `code` is the code point of a dialable character. */
export const contains = (set: CharacterSet, code: number): boolean => ((wordOf(set, code) >>> (code & 31)) & 1) === 1;

/** The code point of `0`. */
export const zero = 0x30;
export const digits = range(zero, zero + 9);
/** For each digit, the set of it alone. */
export const eachDigit: readonly CharacterSet[] = Array.from({ length: 10 }, (_item, digit) =>
  range(zero + digit, zero + digit),
);
/** The word characters of `\w` and `\b`: digits, letters, `_`. */
export const wordCharacters = [range(0x30, 0x39), range(0x41, 0x5a), range(0x61, 0x7a), range(0x5f, 0x5f)].reduce(
  union,
);

/** The dialable code points, in order. */
export const dialableCodes: readonly number[] = Array.from(
  { length: 0x80 - 0x20 },
  (_item, index) => index + 0x20,
).filter((code) => contains(dialable, code));

/** Characters of the longest dialed string. */
export const longestDialed = 64;

/** Whether a text can be dialed. */
export function isDialable(text: string): boolean {
  if (text.length > longestDialed) return false;
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (code < 0x20 || code >= 0x80 || !contains(dialable, code)) return false;
  }
  return true;
}
