/** A growing list of 32-bit integers. */
export class Integers {
  length = 0;
  #cells: Int32Array;

  constructor(capacity = 16) {
    this.#cells = new Int32Array(capacity);
  }

  /** Bytes. */
  get size(): number {
    return this.#cells.byteLength;
  }

  /** The cells, of which the first `length` are in use. A push can replace the array. */
  get cells(): Int32Array {
    return this.#cells;
  }

  at(index: number): number {
    return this.#cells[index] ?? 0;
  }

  push(value: number): void {
    if (this.length === this.#cells.length) this.#grow();
    this.#cells[this.length] = value;
    this.length += 1;
  }

  append(cells: Int32Array, length: number): void {
    while (this.length + length > this.#cells.length) this.#grow();
    for (let index = 0; index < length; index += 1) this.#cells[this.length + index] = cells[index] ?? 0;
    this.length += length;
  }

  #grow(): void {
    const larger = new Int32Array(this.#cells.length * 2);
    larger.set(this.#cells);
    this.#cells = larger;
  }
}
