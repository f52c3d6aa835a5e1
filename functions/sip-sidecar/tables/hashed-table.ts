import { hash, randomBytes } from 'node:crypto';

/** The numbers that are stored with a key. */
export type Row<Field extends string> = Readonly<Record<Field, number>>;

/** Slots of a group. A key is stored in one of the slots of its group. */
const groupSize = 8;

/**
 * Numbers by text keys, in a table whose size never changes: what strangers send may fill it, but not the memory. A row
 * ends at its time. In a full group, a new row replaces the one that ends first. Keys are stored as 64 bits of a hash
 * with a secret, so that no one can choose keys that are equal or share a group.
 */
export class HashedTable<Field extends string> {
  readonly #now: () => number;
  readonly #secret = randomBytes(16).toString('hex');
  readonly #groups: number;
  /** Two numbers per slot. */
  readonly #keys: Uint32Array;
  /** Unix milliseconds per slot; in the past if the slot is free. */
  readonly #until: Float64Array;
  readonly #columns: readonly (readonly [Field, Float64Array])[];
  #last: { readonly key: string; readonly digest: Buffer };

  /**
   * @param slots a multiple of 8
   * @param now milliseconds
   */
  constructor(fields: readonly Field[], slots: number, now: () => number) {
    this.#now = now;
    this.#groups = slots / groupSize;
    this.#keys = new Uint32Array(2 * slots).fill(0);
    this.#until = new Float64Array(slots).fill(-Infinity);
    this.#last = { key: '', digest: hash('sha256', this.#secret, 'buffer') };
    this.#columns = fields.map((field) => [field, new Float64Array(slots)] as const);
  }

  /** The size of the table. */
  get bytes(): number {
    return this.#columns.reduce(
      (sum, [, column]) => sum + column.byteLength,
      this.#keys.byteLength + this.#until.byteLength,
    );
  }

  /** Undefined if the row is unknown, has ended or was replaced. */
  read(key: string): Row<Field> | undefined {
    const { slot } = this.#find(key);
    return slot === undefined
      ? undefined
      : (Object.fromEntries(this.#columns.map(([field, column]) => [field, column[slot] ?? 0])) as Row<Field>);
  }

  /** Adds or replaces a row. @param until when it ends, in milliseconds */
  write(key: string, row: Row<Field>, until: number): void {
    const { slot, free, high, low } = this.#find(key);
    const at = slot ?? free;
    this.#keys[2 * at] = high;
    this.#keys[2 * at + 1] = low;
    this.#until[at] = until;
    for (const [field, column] of this.#columns) column[at] = row[field];
  }

  /** Reads are followed by writes of the same key. */
  #digest(key: string): Buffer {
    if (this.#last.key !== key) this.#last = { key, digest: hash('sha256', this.#secret + key, 'buffer') };
    return this.#last.digest;
  }

  /** The slot of a key; `free` is the slot that a new row takes. */
  #find(key: string): { slot: number | undefined; free: number; high: number; low: number } {
    const digest = this.#digest(key);
    const first = (digest.readUInt32LE(0) % this.#groups) * groupSize;
    const [high, low, now] = [digest.readUInt32LE(4), digest.readUInt32LE(8), this.#now()];
    let free = first;
    for (let slot = first; slot < first + groupSize; slot += 1) {
      const until = this.#until[slot] ?? 0;
      if (until > now && this.#keys[2 * slot] === high && this.#keys[2 * slot + 1] === low)
        return { slot, free, high, low };
      if (until < (this.#until[free] ?? 0)) free = slot;
    }
    return { slot: undefined, free, high, low };
  }
}
