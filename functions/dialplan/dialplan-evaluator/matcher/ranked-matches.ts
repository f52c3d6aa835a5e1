/**
 * Which rules were found in one string: a bit for each, by its rank, and a bit for each 32 of those, so that they
 * come out in order and only once, in a time that depends on how many were found.
 */
export class Found<Rule> {
  readonly #rules: readonly Rule[];
  /** By a rule's number: its place in the order, or -1. */
  readonly #ranks: Int32Array;
  readonly #bits: Int32Array;
  readonly #blocks: Int32Array;

  /** `rules` are in order; `ranks` tell by a rule's number where it is among them. */
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

  /** Notes a rule by its number, unless it is none of these. */
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

  /** The rules that were noted, in order; and begins anew. */
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
