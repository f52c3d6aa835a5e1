import { RE2JS } from 're2js';
import { type Form, formOf } from './matcher/automata.ts';
import { CaptureSearch } from './matcher/captures.ts';
import { isDialable } from './matcher/character-set.ts';
import { parse } from './matcher/parse.ts';
import { type Captures, type Pattern, Re2Pattern } from './pattern.ts';

/**
 * Patterns that were compiled when they were saved: only what is asked of one is compiled now, as of most nothing is.
 */

export const savedPattern = (text: string): Pattern => new SavedPattern(text);

/** How a pattern takes part in its plan. */
export const compiledForm = (text: string): Form => formOf(parse(text).syntax);

/** The size (`Syntax`) of a pattern whose search for captures is kept; it takes about 100 bytes for each. */
const largestKept = 100;

class SavedPattern implements Pattern {
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
    if (syntax.size <= largestKept) this.#captures = captures;
    return captures.find(dialed);
  }
}

/** Bytes that patterns may take, of all plans together, which re2js has to look for. */
const capacity = 64 * 1_024 * 1_024;

const kept = new Map<string, Re2Pattern>();
let keptBytes = 0;

/** Those that were compiled first are forgotten first. */
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
