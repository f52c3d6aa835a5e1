/** Why a part of a message violates the grammar (RFC 3261 §25). Parsers return it as a value and never throw it. */
export class Fault {
  /** Usable as the reason phrase of a response: one line without control characters. */
  readonly reason: string;

  constructor(reason: string) {
    this.reason = reason;
  }
}
