import { ByteClasses, undialable } from './byte-classes.ts';
import { longestDialed } from './character-set.ts';
import type { Integers } from './integers.ts';
import { LazyDfa } from './lazy-dfa.ts';
import { parse } from './parse.ts';
import { isAnchored, type Syntax } from './syntax.ts';

export type Limits = {
  /** Bytes that the states and transitions of an automaton may take, beside what its rules need. */
  readonly capacity: number;
  /** Bytes that remembered answers may take, likewise. */
  readonly answers: number;
  /** The size (`Syntax`) of a pattern that is merged with others. */
  readonly pattern: number;
  /** Edges that all rules together may have. */
  readonly edges: number;
};

/** No pattern of 512 characters without counted repetitions is larger than this. */
export const limits: Limits = { capacity: 65_536, answers: 65_536, pattern: 1_500, edges: 2_000_000 };

/** Whether a pattern is merged with the others of its plan or is looked for alone, as it is too large. */
export type Form = 'merged' | 'single';

export const formOf = (syntax: Syntax, { pattern }: Pick<Limits, 'pattern'> = limits): Form =>
  syntax.size > pattern ? 'single' : 'merged';

/** The number of a rule that is not merged. */
export const alone = -1;

/** Stands between what the one automaton tells and what the other. */
const between = -1;

/**
 * Rules as two automata: what the anchored ones have in common is a tree, which those that match anywhere would
 * multiply. Rules are known by identity, and only ever added.
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

  /** Merged rules; their numbers are below it. */
  get count(): number {
    return this.#count;
  }

  /** Rules that were ever asked for, merged or not. */
  get known(): number {
    return this.#numbers.size;
  }

  /** Bytes that they may come to hold, about. */
  get size(): number {
    return this.#anchored.size + this.#unanchored.size + 100 * this.#numbers.size;
  }

  /** While this is the same, what `collect` tells means the same. */
  get round(): number {
    return this.#anchored.round + this.#unanchored.round;
  }

  /** The numbers of rules. Those that are not known are added. */
  numbersOf(rules: readonly Rule[]): readonly number[] {
    const numbers = rules.map((rule) => this.#numbers.get(rule) ?? this.#add(rule));
    const both = [this.#anchored, this.#unanchored];
    for (const automaton of both) automaton.tellApart();
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

  /** Whether a text can be dialed; then `told` says which rules match it, for `each`. */
  collect(text: string, told: Integers): boolean {
    if (!this.#encode(text)) return false;
    this.#anchored.makeRoom();
    this.#unanchored.makeRoom();
    told.length = 0;
    this.#anchored.collect(this.#string, text.length, told);
    told.push(between);
    this.#unanchored.collect(this.#string, text.length, told);
    return true;
  }

  /** Passes on the number of each rule that was told in this round, some more than once. */
  each(told: Integers, found: { add(rule: number): void }): void {
    let automaton = this.#anchored;
    for (let index = 0; index < told.length; index += 1) {
      const sequence = told.at(index);
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
