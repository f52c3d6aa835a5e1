import { Integers } from './integers.ts';

/** Distinct sequences of integers, numbered from 0. */
export class Sequences {
  readonly #members = new Integers(1_024);
  /** Start of each sequence, then the end of the last one. */
  readonly #starts = new Integers();
  /** Hash table with open addressing: number of a sequence + 1, or 0. */
  #slots = new Int32Array(64);

  constructor() {
    this.#starts.push(0);
  }

  get count(): number {
    return this.#starts.length - 1;
  }

  /** Bytes in use. */
  get size(): number {
    return 4 * (this.#members.length + this.#starts.length + this.#slots.length);
  }

  /** The members of all sequences; those of one are from `start` to before `end`. */
  get members(): Int32Array {
    return this.#members.cells;
  }

  start(sequence: number): number {
    return this.#starts.at(sequence);
  }

  end(sequence: number): number {
    return this.#starts.at(sequence + 1);
  }

  /** The number of a sequence, which is added if it is new. */
  numberOf(list: Integers): number {
    if (this.count * 2 >= this.#slots.length) this.#rehash();
    const slot = this.#slotOf(list.cells, 0, list.length);
    const known = this.#slots[slot] ?? 0;
    if (known > 0) return known - 1;
    this.#members.append(list.cells, list.length);
    this.#starts.push(this.#members.length);
    this.#slots[slot] = this.count;
    return this.count - 1;
  }

  clear(): void {
    this.#members.length = 0;
    this.#starts.length = 1;
    this.#slots.fill(0);
  }

  /** The slot of a sequence, or the empty slot for it. */
  #slotOf(cells: Int32Array, start: number, end: number): number {
    const mask = this.#slots.length - 1;
    let slot = hash(cells, start, end) & mask;
    for (;;) {
      const known = this.#slots[slot] ?? 0;
      if (known === 0 || this.#isSame(known - 1, cells, start, end)) return slot;
      slot = (slot + 1) & mask;
    }
  }

  #isSame(sequence: number, cells: Int32Array, start: number, end: number): boolean {
    const first = this.start(sequence);
    if (this.end(sequence) - first !== end - start) return false;
    const members = this.members;
    for (let index = start; index < end; index += 1) if (cells[index] !== members[first + index - start]) return false;
    return true;
  }

  #rehash(): void {
    this.#slots = new Int32Array(this.#slots.length * 2);
    const members = this.members;
    for (let sequence = 0; sequence < this.count; sequence += 1) {
      this.#slots[this.#slotOf(members, this.start(sequence), this.end(sequence))] = sequence + 1;
    }
  }
}

/** FNV-1a by 32 bits, mixed once more because the table uses the lowest bits. */
function hash(cells: Int32Array, start: number, end: number): number {
  let mixed = 0x811c9dc5;
  for (let index = start; index < end; index += 1) mixed = Math.imul(mixed ^ (cells[index] ?? 0), 0x01000193);
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x2c1b3c6d);
  return mixed ^ (mixed >>> 13);
}
