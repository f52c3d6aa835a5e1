import { anyCharacter, zero } from './character-set.ts';
import { Cursor } from './cursor.ts';
import { character, literal } from './parse-character.ts';
import { assertion, characters, choice, digitsIn, group, repeat, sequence, type Syntax } from './syntax.ts';

/**
 * Recursive descent over https://github.com/google/re2/wiki/Syntax: each function reads one part of it from where the
 * cursor stands.
 */

/** A pattern's tree, and how many groups capture, the whole match not counted. */
export type Parsed = { readonly syntax: Syntax; readonly groupCount: number };

/**
 * Reads a pattern that RE2 accepts (re2js is asked when a pattern is saved).
 * @throws Error when it is none; not every such text is noticed
 */
export function parse(text: string): Parsed {
  const cursor = new Cursor(text);
  const syntax = choices(cursor);
  if (cursor.at < text.length) throw malformed(cursor);
  return { syntax, groupCount: cursor.groups };
}

const malformed = ({ text, at }: Cursor): Error =>
  new Error(`a pattern was saved that is none, at position ${at}: ${text}`);

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

/**
 * Where the digits that begin at a place end; a repetition only takes hold of the last one, which then stands by
 * itself.
 */
function endOfDigits(text: string, from: number): number {
  let at = from;
  for (let code = text.charCodeAt(at); code >= zero && code <= nine; code = text.charCodeAt(at)) at += 1;
  return at > from && at < text.length && repetitionSigns.includes(text.charAt(at)) ? at - 1 : at;
}

const anything = characters(anyCharacter);
const begin = assertion('begin');
const end = assertion('end');

/** Whether there is another part of a sequence; it is added to what was read, or changes what was read last. */
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

/**
 * `(?flags)` and `(?flags:`. Of the flags, `m` and `s` only make a difference to line breaks, which cannot be dialed.
 */
const flagGroup = /\(\?([imsU]*)(?:-([imsU]+))?([:)])/y;
const captureGroup = /\((?:\?P?<[0-9A-Za-z_]+>)?/y;

/** A group; or nothing, where flags are set for the rest of the group around. */
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

/** What stands within a group; behind it the flags are those before it. */
function closed(cursor: Cursor, folds: boolean, swapsGreed: boolean): Syntax {
  const within = choices(cursor);
  if (!cursor.takes(')')) throw malformed(cursor);
  cursor.folds = folds;
  cursor.swapsGreed = swapsGreed;
  return within;
}

/** `*+?`, or what stands between braces: the least, a comma, the most; then `?`. */
const repetitionOperator = /(?:([*+?])|\{(0|[1-9][0-9]*)(?:(,)(0|[1-9][0-9]*)?)?\})(\?)?/y;

/** Takes hold of the part before it. A brace that begins no repetition stands for itself. */
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

/** Up to `\E`, or the end. */
function quoted(cursor: Cursor, read: Syntax[]): void {
  const close = cursor.text.indexOf('\\E', cursor.at);
  const text = cursor.text.slice(cursor.at, close === -1 ? undefined : close);
  cursor.at += text.length + (close === -1 ? 0 : 2);
  for (const one of text) read.push(literal(one.codePointAt(0) ?? 0, cursor.folds));
}
