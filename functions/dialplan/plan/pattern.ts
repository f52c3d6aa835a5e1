import { AppError } from '#errors.ts';
import { RE2JS, RE2JSException, RE2JSSyntaxException } from 're2js';
import { dialplanErrors } from '../schema/errors.ts';

/** Patterns in the syntax of RE2, whose search takes linear time in the dialed string for any pattern. */

/** UTF-16 units. */
const maxLength = 512;

/**
 * Instructions of a compiled pattern. Nested repetitions reach 70,000 in 512 characters, which costs 50 ms to compile
 * and 80 ms to capture. A dialed string has 64 characters, so a useful pattern needs far fewer.
 */
const maxInstructions = 20_000;

/** The whole match, then each group; `''` for a group without a match. */
export type Captures = readonly string[];

/** A compiled pattern. It matches anywhere in the dialed string unless it is anchored. */
export type Pattern = {
  readonly text: string;
  /** Number of capturing groups. */
  readonly groupCount: number;
  isFoundIn(dialed: string): boolean;
  find(dialed: string): Captures | null;
};

/** Why a text is not a pattern. `position` counts UTF-16 units from 0. */
export type PatternProblem = { readonly position: number; readonly reason: string };

/** Compiles a pattern, or describes its first fault. */
export function compilePattern(text: string): Pattern | PatternProblem {
  if (text === '') return { position: 0, reason: 'empty pattern' };
  if (text.length > maxLength) return { position: maxLength, reason: `longer than ${maxLength} characters` };
  const expression = parsed(text);
  if (expression instanceof RE2JSException) return problemOf(text, expression);
  if (expression.programSize() > maxInstructions) return { position: 0, reason: 'expression too large' };
  return new Re2Pattern(text, expression);
}

export const isPatternProblem = (compiled: Pattern | PatternProblem): compiled is PatternProblem =>
  'reason' in compiled;

/** @param path of the pattern in the body @throws AppError INVALID_PATTERN with the position of the fault */
export function assertPattern(text: string, path: string): void {
  const pattern = compilePattern(text);
  if (!isPatternProblem(pattern)) return;
  const message = `${pattern.reason} at position ${pattern.position}`;
  throw new AppError(dialplanErrors.INVALID_PATTERN, `${path}: ${message}`, { details: [{ path, message }] });
}

/** A pattern that re2js searches. */
export class Re2Pattern implements Pattern {
  readonly text: string;
  readonly groupCount: number;
  /** Estimated bytes in memory; a little above what patterns of 10 to 480 instructions measured (9 to 110 KB). */
  readonly size: number;
  readonly #expression: RE2JS;

  constructor(text: string, expression: RE2JS) {
    this.text = text;
    this.groupCount = expression.groupCount();
    this.size = 4_000 + 600 * expression.programSize();
    this.#expression = expression;
  }

  isFoundIn(dialed: string): boolean {
    return this.#expression.test(dialed);
  }

  find(dialed: string): Captures | null {
    const matcher = this.#expression.matcher(dialed);
    if (!matcher.find()) return null;
    return Array.from({ length: this.groupCount + 1 }, (_item, group) => matcher.group(group) ?? '');
  }
}

function parsed(text: string): RE2JS | RE2JSException {
  try {
    return RE2JS.compile(text);
  } catch (error) {
    if (error instanceof RE2JSException) return error;
    throw error;
  }
}

/** Syntax of other dialects, for which the engine only reports an invalid escape, group or name. */
const otherDialects: readonly (readonly [RegExp, string])[] = [
  [/^\(\?<?[=!]/, 'look-around is not part of RE2'],
  [/^\(\?>/, 'atomic groups are not part of RE2'],
  [/^\\[1-9k]/, 'back-references are not part of RE2'],
];

function problemOf(text: string, error: RE2JSException): PatternProblem {
  const reason = reasonOf(error);
  const position = reason === 'missing closing )' ? unclosedGroup(text) : faultPosition(text, error);
  const dialect = otherDialects.find(([habit]) => habit.test(text.slice(position)));
  return { position, reason: dialect?.[1] ?? reason };
}

/**
 * The engine reports the faulty fragment without its position. A left-to-right parser reports the same fault for every
 * prefix that contains it, so the shortest such prefix ends with the fragment.
 */
function faultPosition(text: string, error: RE2JSException): number {
  let clean = 0;
  let faulty = text.length;
  while (faulty - clean > 1) {
    const middle = (clean + faulty) >> 1;
    if (isSameFault(parsed(text.slice(0, middle)), error)) faulty = middle;
    else clean = middle;
  }
  const fragment = fragmentOf(error);
  return fragment === '' ? faulty - 1 : text.slice(0, faulty).lastIndexOf(fragment);
}

const isSameFault = (other: RE2JS | RE2JSException, error: RE2JSException): boolean =>
  other instanceof RE2JSException && reasonOf(other) === reasonOf(error) && fragmentOf(other) === fragmentOf(error);

/** `''` if the engine reports none, or the whole text (for a stray parenthesis). */
const fragmentOf = (error: RE2JSException): string =>
  error instanceof RE2JSSyntaxException && error.getDescription() !== 'unexpected )' ? (error.getPattern() ?? '') : '';

const reasonOf = (error: RE2JSException): string =>
  error instanceof RE2JSSyntaxException ? error.getDescription() : error.message;

/** The longest prefix before a `(` that is a pattern ends where the outermost open group begins. */
function unclosedGroup(text: string): number {
  let position = text.lastIndexOf('(');
  while (position > 0 && parsed(text.slice(0, position)) instanceof RE2JSException)
    position = text.lastIndexOf('(', position - 1);
  return position;
}
