import { RE2JS, RE2JSException, RE2JSSyntaxException } from 're2js';

/** Patterns in RE2's syntax (dialplan.md, Patterns): their time is linear in the dialed string, whoever wrote them. */

/** UTF-16 units. */
const longestPattern = 512;

/**
 * Instructions of a compiled pattern. Nested repetitions reach 70,000 in 512 characters, which costs
 * 50 ms to compile and 80 ms to take captures from; a dialed string has 64 characters, so no pattern
 * that can match one needs nearly as many.
 */
const largestProgram = 20_000;

/** What a search found: `[0]` is the whole match, then each group; `''` where a group took no part. */
export type Captures = readonly string[];

/** A pattern that is ready to be looked for; it is not anchored unless it says so. */
export type Pattern = {
  readonly text: string;
  /** Capturing groups, the whole match not counted. */
  readonly groupCount: number;
  isFoundIn(dialed: string): boolean;
  find(dialed: string): Captures | null;
};

/** Why a text is no pattern. `position` counts UTF-16 units from 0. */
export type PatternProblem = { readonly position: number; readonly reason: string };

/** Compiles one pattern, or says what is wrong with it and where. */
export function compilePattern(text: string): Pattern | PatternProblem {
  if (text === '') return { position: 0, reason: 'empty pattern' };
  if (text.length > longestPattern)
    return { position: longestPattern, reason: `longer than ${longestPattern} characters` };
  const expression = parsed(text);
  if (expression instanceof RE2JSException) return problemOf(text, expression);
  if (expression.programSize() > largestProgram) return { position: 0, reason: 'expression too large' };
  return new Re2Pattern(text, expression);
}

export const isPatternProblem = (compiled: Pattern | PatternProblem): compiled is PatternProblem =>
  'reason' in compiled;

/** A pattern as re2js looks for it. */
export class Re2Pattern implements Pattern {
  readonly text: string;
  readonly groupCount: number;
  /**
   * Bytes that it holds in memory, about: measured with 10 to 480 instructions (9 to 110 KB), rather too much than too
   * little.
   */
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
    return Array.from({ length: this.groupCount + 1 }, (_, group) => matcher.group(group) ?? '');
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

/** Habits from other dialects, which the engine only calls an invalid escape, group or name. */
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
 * The engine tells the faulty fragment but not where it is. A parser that goes from left to right shows
 * a fault in every beginning that holds it, so the shortest such beginning ends with the fragment.
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

/** `''` where the engine tells none, or (a stray parenthesis) the whole text in its place. */
const fragmentOf = (error: RE2JSException): string =>
  error instanceof RE2JSSyntaxException && error.getDescription() !== 'unexpected )' ? (error.getPattern() ?? '') : '';

const reasonOf = (error: RE2JSException): string =>
  error instanceof RE2JSSyntaxException ? error.getDescription() : error.message;

/** All before the outermost group that stays open is a whole pattern, and nothing longer is. */
function unclosedGroup(text: string): number {
  let position = text.lastIndexOf('(');
  while (position > 0 && parsed(text.slice(0, position)) instanceof RE2JSException)
    position = text.lastIndexOf('(', position - 1);
  return position;
}
