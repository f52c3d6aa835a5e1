/** The state of a parser: its position in a pattern, flags, and number of groups. */
export class Cursor {
  readonly text: string;
  /** Position of the next character, in UTF-16 units. */
  at = 0;
  /** The flag `i`: case is ignored. */
  folds = false;
  /** The flag `U`: greedy and lazy are swapped. */
  swapsGreed = false;
  /** Number of capturing groups that have begun. */
  groups = 0;

  constructor(text: string) {
    this.text = text;
  }

  /** Skips a token; false if another text follows. */
  takes(token: string): boolean {
    const isThere = this.text.startsWith(token, this.at);
    if (isThere) this.at += token.length;
    return isThere;
  }

  /** Skips what a sticky expression matches here; null if it does not match. */
  takesMatch(sticky: RegExp): RegExpExecArray | null {
    sticky.lastIndex = this.at;
    const found = sticky.exec(this.text);
    if (found !== null) this.at = sticky.lastIndex;
    return found;
  }
}
