import { type CharacterSet, contains, dialableCodes } from './character-set.ts';

/** The class of what cannot be dialed. */
export const undialable = 0xff;

/**
 * Characters that no set of a plan tells apart are one class: the automata have a column for each class in place of
 * one for each character.
 */
export class ByteClasses {
  /** By code point below 128. */
  readonly classOf = new Uint8Array(0x80).fill(undialable);
  /** A member of each class. */
  readonly members: number[] = [];
  readonly #told = new Set<string>();

  constructor() {
    for (const code of dialableCodes) this.classOf[code] = 0;
    this.members.push(...dialableCodes.slice(0, 1));
  }

  get count(): number {
    return this.members.length;
  }

  /** Makes sure that each class lies within a set or outside. */
  tellApart(set: CharacterSet): void {
    if (this.#told.has(set.key) || this.count === dialableCodes.length) return;
    this.#told.add(set.key);
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
