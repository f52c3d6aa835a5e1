import { type CharacterSet, contains, dialableCodes } from './character-set.ts';

/** The class of characters that cannot be dialed. */
export const undialable = 0xff;

/**
 * Classes of characters that no set of a plan distinguishes. The automata have a column for each class instead of one
 * for each character.
 */
export class ByteClasses {
  /** By code point below 128. */
  readonly classOf = new Uint8Array(0x80).fill(undialable);
  /** A member of each class. */
  readonly members: number[] = [];
  readonly #distinguished = new Set<string>();

  constructor() {
    for (const code of dialableCodes) this.classOf[code] = 0;
    this.members.push(...dialableCodes.slice(0, 1));
  }

  get count(): number {
    return this.members.length;
  }

  /** Splits classes so that each is completely within the set or completely outside. */
  distinguish(set: CharacterSet): void {
    if (this.#distinguished.has(set.key) || this.count === dialableCodes.length) return;
    this.#distinguished.add(set.key);
    const split = new Map<number, number>();
    for (const code of dialableCodes) {
      const known = this.classOf[code] ?? 0;
      if (contains(set, code) === contains(set, this.members[known] ?? code)) continue;
      const apart = split.get(known) ?? this.members.push(code) - 1;
      split.set(known, apart);
      this.classOf[code] = apart;
    }
  }
}
