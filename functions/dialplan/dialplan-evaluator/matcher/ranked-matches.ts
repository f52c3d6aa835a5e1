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
