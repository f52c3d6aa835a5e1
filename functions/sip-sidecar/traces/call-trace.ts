import type { TracedLeg, TracedMessage, TracedParty } from '#telephony/sip-trace.ts';

/** Bytes of the messages of a call: of its beginning, and of its newest ones. */
const room = { beginning: 49_152, end: 16_384 } as const;

/** What a message takes besides its text. */
const overhead = 160;

/** Whose memory the messages take: that of all traces of a task. */
export type TraceMemory = { used: number; readonly max: number };

const sizeOf = ({ text }: TracedMessage): number => Buffer.byteLength(text) + overhead;

/** The SIP messages of one call: those with which it begins, and the newest ones. What is between may be dropped. */
export class CallTrace {
  readonly #memory: TraceMemory;
  readonly #legs: TracedLeg[] = [];
  readonly #beginning: TracedMessage[] = [];
  readonly #end: TracedMessage[] = [];
  #bytes = { beginning: 0, end: 0 };
  #dropped = 0;
  #isClosed = false;

  constructor(memory: TraceMemory) {
    this.#memory = memory;
  }

  get legs(): readonly TracedLeg[] {
    return this.#legs;
  }

  get messages(): readonly TracedMessage[] {
    return [...this.#beginning, ...this.#end];
  }

  /** Messages that had no room. */
  get dropped(): number {
    return this.#dropped;
  }

  /** The position of a leg, which may be called again with another party. */
  leg(sipCallId: string, party: TracedParty): number {
    const at = this.#legs.findIndex((leg) => leg.sip_call_id === sipCallId);
    const leg = { ...party, sip_call_id: sipCallId };
    if (at === -1) return this.#legs.push(leg) - 1;
    if (party.kind !== 'unknown') this.#legs[at] = leg;
    return at;
  }

  add(message: TracedMessage): void {
    const size = sizeOf(message);
    if (this.#isClosed) return;
    if (this.#memory.used + size > this.#memory.max) {
      this.#dropped += 1;
      return;
    }
    if (this.#end.length === 0 && this.#bytes.beginning + size <= room.beginning) {
      this.#beginning.push(message);
      this.#bytes.beginning += size;
      this.#memory.used += size;
      return;
    }
    this.#end.push(message);
    this.#bytes.end += size;
    this.#memory.used += size;
    while (this.#bytes.end > room.end) {
      const oldest = this.#end.shift();
      if (oldest === undefined) break;
      this.#bytes.end -= sizeOf(oldest);
      this.#memory.used -= sizeOf(oldest);
      this.#dropped += 1;
    }
  }

  /** Gives its memory back, and takes no more. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#memory.used -= this.#bytes.beginning + this.#bytes.end;
  }
}
