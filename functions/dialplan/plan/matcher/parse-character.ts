import { RE2JS } from 're2js';
import {
  type CharacterSet,
  complement,
  dialableCodes,
  digits,
  foldCase,
  noCharacter,
  range,
  union,
  wordCharacters,
} from './character-set.ts';
import { type Characters, characters, type Syntax } from './syntax.ts';

/** The state of a parser: its position in a pattern, flags, and number of groups. */
export class Cursor {
  readonly text: string;
  /** Position of the next character, in UTF-16 units. */
  at = 0;
  /** The flag `i`: case is ignored. */
  folds = false;
  /** The flag `U`: greedy and lazy are swapped. */
  swapsGreed = false;
  /** Number of capturing groups that have begun. */
  groups = 0;

  constructor(text: string) {
    this.text = text;
  }

  /** Skips a token; false if another text follows. */
  takes(token: string): boolean {
    const isThere = this.text.startsWith(token, this.at);
    if (isThere) this.at += token.length;
    return isThere;
  }

  /** Skips what a sticky expression matches here; null if it does not match. */
  takesMatch(sticky: RegExp): RegExpExecArray | null {
    sticky.lastIndex = this.at;
    const found = sticky.exec(this.text);
    if (found !== null) this.at = sticky.lastIndex;
    return found;
  }
}

const bracket = 0x5b;
const backslash = 0x5c;

/** Parses a literal, an escape or a class: what matches one character. */
export function character(cursor: Cursor): Syntax {
  const code = cursor.text.charCodeAt(cursor.at);
  if (code === bracket) return characters(bracketed(cursor));
  const named = code === backslash ? escapedClass(cursor) : null;
  return named ?? literal(codePoint(cursor), cursor.folds);
}

/** A character that matches itself. */
export const literal = (code: number, folds: boolean): Syntax =>
  (folds ? foldedLiterals : literals)[code] ?? characters(rangeOf(code, code, folds));

function bracketed(cursor: Cursor): CharacterSet {
  const isNegated = cursor.takes('[^');
  if (!isNegated) cursor.at += 1;
  let set = noCharacter;
  // A `]` that comes first is literal.
  do set = union(set, classMember(cursor));
  while (cursor.at < cursor.text.length && cursor.text[cursor.at] !== ']');
  cursor.at += 1;
  return isNegated ? complement(set) : set;
}

function classMember(cursor: Cursor): CharacterSet {
  const named = posixClass(cursor) ?? escapedClass(cursor)?.set ?? null;
  if (named !== null) return named;
  const first = codePoint(cursor);
  const isRange = cursor.text[cursor.at] === '-' && cursor.text[cursor.at + 1] !== ']';
  if (!isRange) return rangeOf(first, first, cursor.folds);
  cursor.at += 1;
  return rangeOf(first, codePoint(cursor), cursor.folds);
}

/** POSIX classes such as `[:alpha:]`. */
function posixClass(cursor: Cursor): CharacterSet | null {
  const close = cursor.text.startsWith('[:', cursor.at) ? cursor.text.indexOf(':]', cursor.at) : -1;
  if (close === -1) return null;
  const name = cursor.text.slice(cursor.at, close + 2);
  cursor.at = close + 2;
  return namedClass(`[${name}]`, cursor.folds);
}

const unicodeClass = /\\[pP](?:\{[^}]*\}|.)/suy;

/** Perl and Unicode classes such as `\d`, `\pL`, `\p{Greek}`. */
function escapedClass(cursor: Cursor): Characters | null {
  if (cursor.text.charCodeAt(cursor.at) !== backslash) return null;
  const perl = perlClasses.get(cursor.text.charAt(cursor.at + 1));
  if (perl !== undefined) {
    cursor.at += 2;
    return perl;
  }
  const [unicode] = cursor.takesMatch(unicodeClass) ?? [];
  return unicode === undefined ? null : characters(namedClass(unicode, cursor.folds));
}

const codeEscape = /\\(?:x([0-9A-Fa-f]{2})|x\{([0-9A-Fa-f]+)\}|([0-7]{1,3})|(.))/suy;
const controlEscapes: ReadonlySet<string | undefined> = new Set(['a', 'f', 'n', 'r', 't', 'v']);

/** A code point, literal or escaped. */
function codePoint(cursor: Cursor): number {
  const code = cursor.text.codePointAt(cursor.at) ?? 0;
  if (code !== backslash) {
    cursor.at += code > 0xffff ? 2 : 1;
    return code;
  }
  const found = cursor.takesMatch(codeEscape);
  // Always advances, even in a text that is not a pattern.
  if (found === null) cursor.at += 1;
  const [, pair, braced, octal, itself] = found ?? [];
  const hex = pair ?? braced;
  if (hex !== undefined) return Number.parseInt(hex, 16);
  if (octal !== undefined) return Number.parseInt(octal, 8);
  // An escaped letter is a control character, which cannot be dialed.
  return controlEscapes.has(itself) ? 0 : (itself?.codePointAt(0) ?? 0);
}

/** The same with and without case: other than ASCII letters cannot be dialed. */
const perlClasses: ReadonlyMap<string, Characters> = new Map([
  ['d', characters(digits)],
  ['D', characters(complement(digits))],
  ['s', characters(noCharacter)],
  ['S', characters(complement(noCharacter))],
  ['w', characters(wordCharacters)],
  ['W', characters(complement(wordCharacters))],
]);

/** The characters beyond ASCII that fold to an ASCII letter: the Kelvin sign and the long s. */
const foldedToAscii: readonly (readonly [code: number, letter: CharacterSet])[] = [
  [0x212a, range(0x6b, 0x6b)],
  [0x17f, range(0x73, 0x73)],
];

function rangeOf(first: number, last: number, folds: boolean): CharacterSet {
  const set = range(first, last);
  if (!folds) return set;
  const beyond = foldedToAscii.filter(([code]) => first <= code && code <= last);
  return foldCase(beyond.reduce((all, [, letter]) => union(all, letter), set));
}

const asciiLiterals = (folds: boolean): readonly Syntax[] =>
  Array.from({ length: 0x80 }, (_item, code) => characters(rangeOf(code, code, folds)));
const literals = asciiLiterals(false);
const foldedLiterals = asciiLiterals(true);

const namedClasses = new Map<string, CharacterSet>();

/** Named classes, by the tables of re2js. */
function namedClass(name: string, folds: boolean): CharacterSet {
  const pattern = folds ? `(?i)${name}` : name;
  const known = namedClasses.get(pattern);
  if (known !== undefined) return known;
  const expression = RE2JS.compile(pattern);
  const members = dialableCodes.filter((code) => expression.test(String.fromCodePoint(code)));
  const set = members.reduce((all, code) => union(all, range(code, code)), noCharacter);
  namedClasses.set(pattern, set);
  return set;
}
