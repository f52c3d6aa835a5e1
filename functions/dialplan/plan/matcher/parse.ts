import { anyCharacter, zero } from './character-set.ts';
import { Cursor } from './parse-character.ts';
import { character, literal } from './parse-character.ts';
import { assertion, characters, choice, digitsIn, group, repeat, sequence, type Syntax } from './syntax.ts';

/** Recursive descent over https://github.com/google/re2/wiki/Syntax: each function parses one part at the cursor. */

/** The tree of a pattern, and the number of its capturing groups. */
export type Parsed = { readonly syntax: Syntax; readonly groupCount: number };

/**
 * Parses a pattern that RE2 accepts (re2js checks it when it is saved).
 * @throws Error for some texts that are not patterns, not for all
 */
export function parse(text: string): Parsed {
  const cursor = new Cursor(text);
  const syntax = choices(cursor);
  if (cursor.at < text.length) throw malformed(cursor);
  return { syntax, groupCount: cursor.groups };
}

const malformed = ({ text, at }: Cursor): Error => new Error(`a stored pattern is faulty at position ${at}: ${text}`);

function choices(cursor: Cursor): Syntax {
  const first = parts(cursor);
  if (cursor.text[cursor.at] !== '|') return first;
  const all = [first];
  while (cursor.takes('|')) all.push(parts(cursor));
  return choice(all);
}

function parts(cursor: Cursor): Syntax {
  const { text } = cursor;
  const read: Syntax[] = [];
  while (cursor.at < text.length) {
    const end = endOfDigits(text, cursor.at);
    if (end > cursor.at) {
      read.push(digitsIn(text.slice(cursor.at, end)));
      cursor.at = end;
    } else if (!part(cursor, read)) break;
  }
  return sequence(read);
}

const nine = zero + 9;
const repetitionSigns = '*+?{';

/** The end of a run of digits. A digit before a repetition is not part of the run. */
function endOfDigits(text: string, from: number): number {
  let at = from;
  for (let code = text.charCodeAt(at); code >= zero && code <= nine; code = text.charCodeAt(at)) at += 1;
  return at > from && at < text.length && repetitionSigns.includes(text.charAt(at)) ? at - 1 : at;
}

const anything = characters(anyCharacter);
const begin = assertion('begin');
const end = assertion('end');

/** Parses the next part of a sequence into `read`; false at the end of the sequence. */
function part(cursor: Cursor, read: Syntax[]): boolean {
  switch (cursor.text[cursor.at]) {
    case '|':
    case ')':
      return false;
    case '^':
      cursor.at += 1;
      read.push(begin);
      break;
    case '$':
      cursor.at += 1;
      read.push(end);
      break;
    case '.':
      cursor.at += 1;
      read.push(anything);
      break;
    case '(':
      parenthesis(cursor, read);
      break;
    case '*':
    case '+':
    case '?':
    case '{':
      repetition(cursor, read);
      break;
    case '\\':
      escape(cursor, read);
      break;
    default:
      read.push(character(cursor));
  }
  return true;
}

/** `(?flags)` and `(?flags:`. The flags `m` and `s` concern line breaks only, which cannot be dialed. */
const flagGroup = /\(\?([imsU]*)(?:-([imsU]+))?([:)])/y;
const captureGroup = /\((?:\?P?<[0-9A-Za-z_]+>)?/y;

/** A group; or flags for the rest of the enclosing group, which add no part. */
function parenthesis(cursor: Cursor, read: Syntax[]): void {
  const { folds, swapsGreed } = cursor;
  const found = cursor.takesMatch(flagGroup);
  if (found === null) {
    cursor.takesMatch(captureGroup);
    cursor.groups += 1;
    const number = cursor.groups;
    read.push(group(number, closed(cursor, folds, swapsGreed)));
    return;
  }
  const [, on = '', off = '', close] = found;
  cursor.folds = (folds || on.includes('i')) && !off.includes('i');
  cursor.swapsGreed = (swapsGreed || on.includes('U')) && !off.includes('U');
  if (close === ':') read.push(closed(cursor, folds, swapsGreed));
}

/** The content of a group. After it, the flags are those before it. */
function closed(cursor: Cursor, folds: boolean, swapsGreed: boolean): Syntax {
  const within = choices(cursor);
  if (!cursor.takes(')')) throw malformed(cursor);
  cursor.folds = folds;
  cursor.swapsGreed = swapsGreed;
  return within;
}

/** `*`, `+`, `?` or `{min,max}`, then `?` for lazy. */
const repetitionOperator = /(?:([*+?])|\{(0|[1-9][0-9]*)(?:(,)(0|[1-9][0-9]*)?)?\})(\?)?/y;

/** Repeats the part before it. A brace that begins no repetition is literal. */
function repetition(cursor: Cursor, read: Syntax[]): void {
  const found = cursor.takesMatch(repetitionOperator);
  if (found === null) {
    read.push(character(cursor));
    return;
  }
  const of = read.pop();
  if (of === undefined) throw malformed(cursor);
  const operator = found[1];
  const greedy = (found[5] === undefined) !== cursor.swapsGreed;
  if (operator !== undefined)
    read.push(repeat({ of, least: Number(operator === '+'), most: operator === '?' ? 1 : Infinity, greedy }));
  else
    read.push(
      repeat({
        of,
        least: Number(found[2]),
        most: Number(found[3] === undefined ? found[2] : (found[4] ?? Infinity)),
        greedy,
      }),
    );
}

const simpleEscapes: ReadonlyMap<string | undefined, Syntax> = new Map([
  ['A', begin],
  ['z', end],
  ['b', assertion('boundary')],
  ['B', assertion('noBoundary')],
]);

function escape(cursor: Cursor, read: Syntax[]): void {
  const simple = simpleEscapes.get(cursor.text[cursor.at + 1]);
  if (simple !== undefined) {
    cursor.at += 2;
    read.push(simple);
  } else if (cursor.takes('\\Q')) quoted(cursor, read);
  else read.push(character(cursor));
}

/** Literal text up to `\E` or the end. */
function quoted(cursor: Cursor, read: Syntax[]): void {
  const close = cursor.text.indexOf('\\E', cursor.at);
  const text = cursor.text.slice(cursor.at, close === -1 ? undefined : close);
  cursor.at += text.length + (close === -1 ? 0 : 2);
  for (const one of text) read.push(literal(one.codePointAt(0) ?? 0, cursor.folds));
}
