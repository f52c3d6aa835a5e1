import type { DigitWay } from '#telephony/call.ts';
import { isUnknownCall, type AskedOfParty, type NgReply } from './ng-message.ts';

/** How the digits of a leg come. */
export type DigitLeg = {
  /** Whether its last answer has telephone events (RFC 4733); undefined: there is none yet. */
  hasEvents?: boolean;
  /** Whether the relay looks for tones in its audio. */
  detectsTones?: true;
};

/** The dependencies of the detection of tones: legs by their names. */
export type ToneDetectionDependencies = {
  readonly legOf: (leg: string) => DigitLeg;
  readonly askAbout: (leg: string, asked: AskedOfParty) => Promise<NgReply>;
  /** In the order of the commands of the call, while it is up. */
  readonly inOrder: (work: () => Promise<void>) => Promise<void>;
  readonly fault: (error: unknown) => void;
};

/**
 * Makes the relay look for digits in the audio of legs that have agreed on no telephone events, while someone listens.
 * A leg has one way only: rtpengine 10.5 reports a digit twice that comes in both.
 */
export class ToneDetection {
  readonly #dependencies: ToneDetectionDependencies;
  /** By leg: how many listen. */
  readonly #listeners = new Map<string, number>();
  #isClosed = false;

  constructor(dependencies: ToneDetectionDependencies) {
    this.#dependencies = dependencies;
  }

  /** Someone listens to the digits of a leg. @returns ends it */
  listen(leg: string): () => void {
    this.#count(leg, 1);
    let isOver = false;
    return () => {
      if (!isOver) this.#count(leg, -1);
      isOver = true;
    };
  }

  /** How a digit of a leg has come. */
  wayOf(leg: string): DigitWay {
    return this.#dependencies.legOf(leg).detectsTones === true ? 'inband' : 'rfc4733';
  }

  /** A leg has agreed on a description. Call it in the order of the commands of the call. */
  async update(leg: string): Promise<void> {
    const { legOf, askAbout, fault } = this.#dependencies;
    if (this.#isClosed) return;
    const known = legOf(leg);
    const isDetected = known.detectsTones === true;
    // What another task has decided stays until the next answer.
    const hasTones = known.hasEvents === undefined ? isDetected : !known.hasEvents;
    const isWanted = hasTones && (this.#listeners.get(leg) ?? 0) > 0;
    if (isWanted === isDetected) return;
    if (isWanted) known.detectsTones = true;
    else delete known.detectsTones;
    try {
      // `detect DTMF` works in this command only, and only beside a delay (rtpengine 10.5, `call_unblock_dtmf_ng`).
      const flags = isWanted ? (['detect DTMF'] as const) : [];
      const reply = await askAbout(leg, { command: 'unblock DTMF', 'delay-buffer': 0, flags });
      if (reply.result !== 'ok' && !isUnknownCall(reply)) fault(new Error(`the media relay answers ${reply.result}`));
    } catch (error) {
      fault(error);
    }
  }

  /** The call is over, or another task goes on with it: what the relay does stays. */
  close(): void {
    this.#isClosed = true;
  }

  #count(leg: string, change: 1 | -1): void {
    this.#listeners.set(leg, (this.#listeners.get(leg) ?? 0) + change);
    const { inOrder, fault } = this.#dependencies;
    if (!this.#isClosed) inOrder(() => this.update(leg)).catch(fault);
  }
}
