import { dialableCodes } from './character-set.ts';
import { Found } from './found.ts';
import { LazyDfa } from './lazy-dfa.ts';
import { parse } from './parse.ts';
import { isAnchored, longestDialed, type Syntax } from './syntax.ts';

/** A rule that has a pattern in RE2's syntax, which can be asked alone too. */
type Searchable = { readonly pattern: { readonly text: string; isFoundIn(text: string): boolean } };

/** All rules of a plan, however many, ready to be looked for in one pass over a dialed string. */
export type Matcher<Rule> = {
  /** Bytes that it may come to hold, about. */
  readonly size: number;
  /** The rules whose pattern is found in a text, in their order. */
  matching(text: string): readonly Rule[];
};

/** Whether a pattern is one of the common automaton's or is looked for alone, as it is too large. */
export type Form = 'merged' | 'single';

export type Limits = {
  /** Bytes of states and transitions that an automaton may keep, beside what its rules need. */
  readonly capacity: number;
  /** The size of a pattern (`Syntax`) that is merged with others. */
  readonly pattern: number;
  /** Edges that all rules together may have. */
  readonly edges: number;
};

/** A pattern of 512 characters without counted repetitions is always merged. */
const limits: Limits = { capacity: 262_144, pattern: 1_500, edges: 2_000_000 };

export const formOf = (syntax: Syntax, { pattern }: Pick<Limits, 'pattern'> = limits): Form => (syntax.size > pattern ? 'single' : 'merged');

/**
 * Compiles rules, which are told apart by identity. With a matcher that was compiled before, only those that it does
 * not know are compiled; it goes on answering for its own rules.
 */
export function compileMatcher<Rule extends Searchable>(rules: readonly Rule[], previous?: Matcher<Rule>, bounds: Limits = limits): Matcher<Rule> {
  const known = previous instanceof MergedMatcher ? previous.automata : null;
  const automata = known === null || isMostlyForgotten(known.count, rules.length) ? new Automata<Rule>(bounds) : known;
  return new MergedMatcher(rules, automata);
}

/** Rules that are no longer looked for stay in the automata until they are the greater part. */
const isMostlyForgotten = (compiled: number, wanted: number): boolean => compiled > 2 * wanted + 1_024;

const alone = -1;

/** Both automata: what anchored rules have in common is a tree, which rules that match anywhere would multiply. */
class Automata<Rule extends Searchable> {
  readonly anchored: LazyDfa;
  readonly unanchored: LazyDfa;
  readonly #limits: Limits;
  readonly #numbers = new Map<Rule, number>();
  #count = 0;

  constructor(bounds: Limits) {
    this.#limits = bounds;
    this.anchored = new LazyDfa(true, bounds.capacity);
    this.unanchored = new LazyDfa(false, bounds.capacity);
  }

  /** Rules that were numbered. */
  get count(): number {
    return this.#count;
  }

  get size(): number {
    return this.anchored.size + this.unanchored.size + 100 * this.#numbers.size;
  }

  /** The number of a rule, which is added if it is not known; or `alone`. */
  numberOf(rule: Rule): number {
    const known = this.#numbers.get(rule);
    if (known !== undefined) return known;
    const number = this.#add(rule);
    this.#numbers.set(rule, number);
    return number;
  }

  #add(rule: Rule): number {
    const { syntax } = parse(rule.pattern.text);
    const isFull = this.anchored.edges + this.unanchored.edges > this.#limits.edges;
    if (isFull || formOf(syntax, this.#limits) === 'single') return alone;
    const automaton = isAnchored(syntax) ? this.anchored : this.unanchored;
    automaton.add(syntax, this.#count);
    this.#count += 1;
    return this.#count - 1;
  }

  settle(): void {
    this.anchored.settle();
    this.unanchored.settle();
  }
}

class MergedMatcher<Rule extends Searchable> implements Matcher<Rule> {
  readonly automata: Automata<Rule>;
  readonly #rules: readonly Rule[];
  readonly #found: Found<Rule>;
  /** By their rank. */
  readonly #singles = new Map<number, Rule>();
  readonly #codes = new Uint8Array(longestDialed);

  constructor(rules: readonly Rule[], automata: Automata<Rule>) {
    this.#rules = rules;
    this.automata = automata;
    const numbers = rules.map((rule) => automata.numberOf(rule));
    const ranks = new Int32Array(automata.count).fill(-1);
    for (const [rank, rule] of rules.entries()) {
      const number = numbers[rank] ?? alone;
      if (number === alone) this.#singles.set(rank, rule);
      else ranks[number] = rank;
    }
    this.#found = new Found(rules, ranks);
    automata.settle();
  }

  get size(): number {
    return this.automata.size + this.#found.size;
  }

  matching(text: string): readonly Rule[] {
    // Nothing else gets here through the contract; it is answered all the same.
    if (!this.#encode(text)) return this.#rules.filter(({ pattern }) => pattern.isFoundIn(text));
    this.automata.anchored.collect(this.#codes, text.length, this.#found);
    this.automata.unanchored.collect(this.#codes, text.length, this.#found);
    if (this.#singles.size > 0) this.#searchSingles(text);
    return this.#found.take();
  }

  #searchSingles(text: string): void {
    for (const [rank, { pattern }] of this.#singles) if (pattern.isFoundIn(text)) this.#found.mark(rank);
  }

  /** Whether it can be dialed. */
  #encode(text: string): boolean {
    if (text.length > longestDialed) return false;
    for (let index = 0; index < text.length; index += 1) {
      const code = text.charCodeAt(index);
      if (code >= isDialable.length || isDialable[code] === 0) return false;
      this.#codes[index] = code;
    }
    return true;
  }
}

const isDialable = new Uint8Array(0x80);
for (const code of dialableCodes) isDialable[code] = 1;
