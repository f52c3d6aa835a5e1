/** Why a piece of a message is not what the grammar says (RFC 3261 §25). A value that parsers answer; never thrown. */
export class Fault {
  /** For the reason phrase of an answer: one line without control characters. */
  readonly reason: string;

  constructor(reason: string) {
    this.reason = reason;
  }
}
