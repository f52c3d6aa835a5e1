import { anyCharacter, type CharacterSet, contains, dialableCodes } from './character-set.ts';

/**
 * Characters that no set of a plan tells apart are one class: the automaton has a column for each class in place
 * of one for each character.
 */
export class ByteClasses {
  /** The class of each code point below 128. */
  readonly classOf = new Uint8Array(0x80);
  /** A member of each class. */
  readonly members: number[] = [];

  constructor() {
    this.tellApart(anyCharacter);
    this.members.push(dialableCodes[0] ?? 0);
  }

  get count(): number {
    return this.members.length;
  }

  /** Makes sure that each class lies within a set or outside; whether that took new classes. */
  tellApart(set: CharacterSet): boolean {
    const before = this.count;
    if (before === dialableCodes.length) return false;
    const split = new Map<number, number>();
    for (const code of dialableCodes) {
      const known = this.classOf[code] ?? 0;
      const member = this.members[known] ?? code;
      if (contains(set, code) === contains(set, member)) continue;
      const apart = split.get(known) ?? this.members.push(code) - 1;
      split.set(known, apart);
      this.classOf[code] = apart;
    }
    return this.count > before;
  }
}
