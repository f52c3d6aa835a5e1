import { alone, Automata, type Limits, limits } from './automata.ts';
import { Integers } from './integers.ts';
import { Sequences } from './sequences.ts';

/**
 * The rules that match one string, as bits by rank, with a bit for each 32 of those. So rules come out in order and
 * once, in time that depends on the number of matches.
 */
export class RankedMatches<Rule> {
  readonly #rules: readonly Rule[];
  /** By the number of a rule: its rank, or -1. */
  readonly #ranks: Int32Array;
  readonly #bits: Int32Array;
  readonly #blocks: Int32Array;

  /** @param rules in order; @param ranks by the number of a rule: its index in `rules`, or -1 */
  constructor(rules: readonly Rule[], ranks: Int32Array) {
    this.#rules = rules;
    this.#ranks = ranks;
    this.#bits = new Int32Array((rules.length >> 5) + 1);
    this.#blocks = new Int32Array((rules.length >> 10) + 1);
  }

  /** Bytes. */
  get size(): number {
    return this.#ranks.byteLength + this.#bits.byteLength + this.#blocks.byteLength;
  }

  /** Adds a rule by its number, unless it has no rank. */
  add(number: number): void {
    const rank = this.#ranks[number] ?? -1;
    if (rank >= 0) this.mark(rank);
  }

  mark(rank: number): void {
    const word = rank >> 5;
    this.#bits[word] = (this.#bits[word] ?? 0) | (1 << (rank & 31));
    const block = word >> 5;
    this.#blocks[block] = (this.#blocks[block] ?? 0) | (1 << (word & 31));
  }

  /** The added rules, in order; clears them. */
  take(): readonly Rule[] {
    const taken: Rule[] = [];
    for (let block = 0; block < this.#blocks.length; block += 1) {
      for (let words = this.#blocks[block] ?? 0; words !== 0; words &= words - 1)
        this.#takeWord(block * 32 + lowestBit(words), taken);
      this.#blocks[block] = 0;
    }
    return taken;
  }

  #takeWord(word: number, taken: Rule[]): void {
    for (let bits = this.#bits[word] ?? 0; bits !== 0; bits &= bits - 1) {
      const rule = this.#rules[word * 32 + lowestBit(bits)];
      if (rule !== undefined) taken.push(rule);
    }
    this.#bits[word] = 0;
  }
}

const lowestBit = (bits: number): number => 31 - Math.clz32(bits & -bits);

/** A rule with a pattern in the syntax of RE2, which can also be searched singly. */
type Searchable = { readonly pattern: { readonly text: string; isFoundIn(text: string): boolean } };

/** Many rules, ready to be found in one pass over a dialed string. */
export type Matcher<Rule> = {
  /** In their order. */
  readonly rules: readonly Rule[];
  /** Estimated bytes that it may take. */
  readonly size: number;
  /** The rules whose pattern is found in a text, in their order. */
  matching(text: string): readonly Rule[];
};

/**
 * Compiles rules, which are known by identity.
 * @param previous an earlier matcher: only rules that it does not know are compiled, and it stays usable
 */
export function compileMatcher<Rule extends Searchable>(
  rules: readonly Rule[],
  previous?: Matcher<Rule>,
  bounds: Limits = limits,
): Matcher<Rule> {
  const known = previous instanceof MergedMatcher ? previous.automata : null;
  const isUsable = known !== null && known.known <= maxKept(rules.length);
  return new MergedMatcher(rules, isUsable ? known : new Automata<Rule>(bounds), bounds);
}

/** Removed rules stay in the automata until they are the greater part. */
const maxKept = (wanted: number): number => 2 * wanted + 1_024;

/** Bytes of a cached answer, in addition to its members. */
const bytesPerAnswer = 64;

class MergedMatcher<Rule extends Searchable> implements Matcher<Rule> {
  readonly automata: Automata<Rule>;
  readonly rules: readonly Rule[];
  readonly #capacity: number;
  readonly #found: RankedMatches<Rule>;
  /** Rules outside the automata, by rank. */
  readonly #singles = new Map<number, Rule>();
  readonly #matches = new Integers();
  /** Earlier results of the automata, and their answers: there are fewer results than dialed strings. */
  readonly #findings = new Sequences();
  #answers: (readonly Rule[])[] = [];
  #answered = 0;
  #round = 0;

  constructor(rules: readonly Rule[], automata: Automata<Rule>, bounds: Limits) {
    this.rules = rules;
    this.automata = automata;
    this.#capacity = bounds.answers + 2 * bytesPerAnswer * rules.length;
    const numbers = automata.numbersOf(rules);
    const ranks = new Int32Array(automata.count).fill(-1);
    rules.forEach((rule, rank) => {
      const number = numbers[rank] ?? alone;
      if (number === alone) this.#singles.set(rank, rule);
      else ranks[number] = rank;
    });
    this.#found = new RankedMatches(rules, ranks);
  }

  get size(): number {
    return this.automata.size + this.#found.size + this.#capacity;
  }

  matching(text: string): readonly Rule[] {
    // The contract rejects text that cannot be dialed; it is answered anyway.
    if (!this.automata.collect(text, this.#matches)) return this.rules.filter(({ pattern }) => pattern.isFoundIn(text));
    if (this.#singles.size === 0) return this.#answer();
    const matching = [...this.#singles].filter(([, { pattern }]) => pattern.isFoundIn(text));
    for (const [rank] of matching) this.#found.mark(rank);
    return this.#taken();
  }

  #taken(): readonly Rule[] {
    this.automata.each(this.#matches, this.#found);
    return this.#found.take();
  }

  #answer(): readonly Rule[] {
    if (this.#round !== this.automata.round || this.#bytes > this.#capacity) this.#forget();
    const known = this.#answers[this.#findings.numberOf(this.#matches)];
    if (known !== undefined) return known;
    const answer = this.#taken();
    this.#answers.push(answer);
    this.#answered += answer.length;
    return answer;
  }

  get #bytes(): number {
    return this.#findings.size + 8 * this.#answered + bytesPerAnswer * this.#answers.length;
  }

  #forget(): void {
    this.#round = this.automata.round;
    this.#findings.clear();
    this.#answers = [];
    this.#answered = 0;
  }
}
