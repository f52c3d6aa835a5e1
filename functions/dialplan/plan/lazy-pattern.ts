import { RE2JS } from 're2js';
import { type Form, formOf } from './matcher/automata.ts';
import { CaptureSearch } from './matcher/captures.ts';
import { isDialable } from './matcher/character-set.ts';
import { parse } from './matcher/parse.ts';
import { type Captures, type Pattern, Re2Pattern } from './pattern.ts';

/**
 * A pattern that was compiled when it was saved. Compiles on first use, since most patterns of a plan are never used.
 */
export const lazyPattern = (text: string): Pattern => new LazyPattern(text);

/** Whether a pattern is part of the common automaton. */
export const compiledForm = (text: string): Form => formOf(parse(text).syntax);

/** Largest size (`Syntax`) of a pattern that keeps its capture search, at about 100 bytes per unit. */
const maxKeptSize = 100;

class LazyPattern implements Pattern {
  readonly text: string;
  #groupCount: number | undefined;
  #captures: CaptureSearch | undefined;

  constructor(text: string) {
    this.text = text;
  }

  get groupCount(): number {
    this.#groupCount ??= parse(this.text).groupCount;
    return this.#groupCount;
  }

  isFoundIn(dialed: string): boolean {
    return re2Pattern(this.text).isFoundIn(dialed);
  }

  find(dialed: string): Captures | null {
    if (!isDialable(dialed)) return re2Pattern(this.text).find(dialed);
    if (this.#captures !== undefined) return this.#captures.find(dialed);
    const { syntax, groupCount } = parse(this.text);
    if (formOf(syntax) === 'single') return re2Pattern(this.text).find(dialed);
    const captures = new CaptureSearch(syntax, groupCount);
    if (syntax.size <= maxKeptSize) this.#captures = captures;
    return captures.find(dialed);
  }
}

/** Bytes of the patterns of all plans that re2js searches. */
const capacity = 64 * 1_024 * 1_024;

const kept = new Map<string, Re2Pattern>();
let keptBytes = 0;

/** Evicts the oldest patterns first. */
function re2Pattern(text: string): Re2Pattern {
  const known = kept.get(text);
  if (known !== undefined) return known;
  const pattern = new Re2Pattern(text, RE2JS.compile(text));
  kept.set(text, pattern);
  keptBytes += pattern.size;
  for (const [oldest, { size }] of kept) {
    if (keptBytes <= capacity || oldest === text) break;
    kept.delete(oldest);
    keptBytes -= size;
  }
  return pattern;
}
