/** Where a parser stands in a pattern, and what it has met so far. */
export class Cursor {
  readonly text: string;
  /** UTF-16 units before the next character. */
  at = 0;
  /** The flag `i`: case is ignored from here on. */
  folds = false;
  /** The flag `U`: greedy and lazy are swapped from here on. */
  swapsGreed = false;
  /** Capturing groups that have begun. */
  groups = 0;

  constructor(text: string) {
    this.text = text;
  }

  /** Steps over a token, if it stands here. */
  takes(token: string): boolean {
    const isThere = this.text.startsWith(token, this.at);
    if (isThere) this.at += token.length;
    return isThere;
  }

  /** Steps over what a sticky expression finds here, if it does. */
  takesMatch(sticky: RegExp): RegExpExecArray | null {
    sticky.lastIndex = this.at;
    const found = sticky.exec(this.text);
    if (found !== null) this.at = sticky.lastIndex;
    return found;
  }
}
