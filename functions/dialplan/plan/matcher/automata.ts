import { ByteClasses, undialable } from './byte-classes.ts';
import { longestDialed } from './character-set.ts';
import type { Integers } from './integers.ts';
import { LazyDfa } from './lazy-dfa.ts';
import { parse } from './parse.ts';
import { isAnchored, type Syntax } from './syntax.ts';

export type Limits = {
  /** Bytes for the states and transitions of an automaton, in addition to what its rules need. */
  readonly capacity: number;
  /** Bytes for cached answers, likewise. */
  readonly answers: number;
  /** Largest size (`Syntax`) of a merged pattern. */
  readonly pattern: number;
  /** Edges of all rules together. */
  readonly edges: number;
};

/** A pattern of 512 characters without counted repetitions is never larger than `pattern`. */
export const limits: Limits = { capacity: 65_536, answers: 65_536, pattern: 1_500, edges: 2_000_000 };

/** Whether a pattern is part of the common automata, or too large for them. */
export type Form = 'merged' | 'single';

export const formOf = (syntax: Syntax, { pattern }: Pick<Limits, 'pattern'> = limits): Form =>
  syntax.size > pattern ? 'single' : 'merged';

/** The number of a rule that is not merged. */
export const alone = -1;

/** Separates the results of the two automata. */
const between = -1;

/**
 * Rules as two automata: anchored patterns share prefixes as a tree, whose states unanchored patterns would multiply.
 * Rules are known by identity, and only added.
 */
export class Automata<Rule extends { readonly pattern: { readonly text: string } }> {
  readonly #limits: Limits;
  readonly #classes = new ByteClasses();
  readonly #anchored: LazyDfa;
  readonly #unanchored: LazyDfa;
  readonly #numbers = new Map<Rule, number>();
  readonly #string = new Uint8Array(longestDialed);
  #count = 0;

  constructor(bounds: Limits) {
    this.#limits = bounds;
    this.#anchored = new LazyDfa(true, this.#classes, bounds.capacity);
    this.#unanchored = new LazyDfa(false, this.#classes, bounds.capacity);
  }

  /** Number of merged rules; their numbers are below it. */
  get count(): number {
    return this.#count;
  }

  /** Number of rules that were ever added, merged or not. */
  get known(): number {
    return this.#numbers.size;
  }

  /** Estimated bytes that they may take. */
  get size(): number {
    return this.#anchored.size + this.#unanchored.size + 100 * this.#numbers.size;
  }

  /** The results of `collect` keep their meaning while this stays the same. */
  get round(): number {
    return this.#anchored.round + this.#unanchored.round;
  }

  /** The numbers of rules. Unknown rules are added. */
  numbersOf(rules: readonly Rule[]): readonly number[] {
    const numbers = rules.map((rule) => this.#numbers.get(rule) ?? this.#add(rule));
    const both = [this.#anchored, this.#unanchored];
    for (const automaton of both) automaton.distinguish();
    for (const automaton of both) automaton.settle();
    return numbers;
  }

  #add(rule: Rule): number {
    const number = this.#merge(parse(rule.pattern.text).syntax);
    this.#numbers.set(rule, number);
    return number;
  }

  #merge(syntax: Syntax): number {
    const isFull = this.#anchored.edges + this.#unanchored.edges > this.#limits.edges;
    if (isFull || formOf(syntax, this.#limits) === 'single') return alone;
    const automaton = isAnchored(syntax) ? this.#anchored : this.#unanchored;
    automaton.add(syntax, this.#count);
    this.#count += 1;
    return this.#count - 1;
  }

  /** Finds the matching rules, for `each`; false if the text cannot be dialed. */
  collect(text: string, matches: Integers): boolean {
    if (!this.#encode(text)) return false;
    this.#anchored.makeRoom();
    this.#unanchored.makeRoom();
    matches.length = 0;
    this.#anchored.collect(this.#string, text.length, matches);
    matches.push(between);
    this.#unanchored.collect(this.#string, text.length, matches);
    return true;
  }

  /** Passes on the number of each rule in a result of this round, possibly with duplicates. */
  each(matches: Integers, found: { add(rule: number): void }): void {
    let automaton = this.#anchored;
    for (let index = 0; index < matches.length; index += 1) {
      const sequence = matches.at(index);
      if (sequence === between) automaton = this.#unanchored;
      else automaton.eachOf(sequence, found);
    }
  }

  #encode(text: string): boolean {
    const { classOf } = this.#classes;
    if (text.length > longestDialed) return false;
    for (let index = 0; index < text.length; index += 1) {
      const code = text.charCodeAt(index);
      const known = code < classOf.length ? (classOf[code] ?? undialable) : undialable;
      if (known === undialable) return false;
      this.#string[index] = known;
    }
    return true;
  }
}
