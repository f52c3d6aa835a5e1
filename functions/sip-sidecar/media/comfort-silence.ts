import { directionsOf } from '#sip/sdp/sdp.ts';
import { hearsNothing } from './application-description.ts';
import type { Exchange } from './exchange.ts';

/**
 * Packets of silence for a party whose partner is an application that plays nothing: while a message is recorded, while
 * it may type, or between two steps. Session border controllers end calls in which no packets come.
 */

/** File in the folder of the relay with 5 s of silence (`functions/media-relay`). */
export const silenceFile = 'silence.wav';

/** How often it is played at most: for more than a day. */
export const silenceRepeats = 20_000;

/** Milliseconds without a sound until the silence begins: most sounds are followed by another one at once. */
const pause = 200;

/** The dependencies of comfort silence: legs by their names. */
export type ComfortSilenceDependencies = {
  /** In the order of the commands of the call. */
  readonly inOrder: (work: () => Promise<void>) => Promise<void>;
  readonly play: (leg: string) => Promise<void>;
  readonly stop: (leg: string) => Promise<void>;
  readonly fault: (error: unknown) => void;
};

const isListening = (sdp: string): boolean =>
  directionsOf(sdp).some((direction) => direction === 'sendrecv' || direction === 'recvonly');

/** The party of an exchange whose partner is an application that says and repeats nothing, and that listens. */
function listenerIn({ offer, answer }: Exchange): string | undefined {
  if (hearsNothing(answer.sdp)) return isListening(offer.sdp) ? offer.from : undefined;
  return hearsNothing(offer.sdp) && isListening(answer.sdp) ? answer.from : undefined;
}

/** Who of a call listens to an application. Call its methods in the order of the commands of the call. */
export class ComfortSilence {
  readonly #dependencies: ComfortSilenceDependencies;
  /** Legs that listen to an application. */
  readonly #listeners = new Set<string>();
  /** Legs to which silence may be played. */
  readonly #silent = new Set<string>();
  /** When the last sound of a leg ends, in milliseconds of a clock that no one sets; Infinity: by a command. */
  readonly #ends = new Map<string, number>();
  readonly #timers = new Map<string, NodeJS.Timeout>();

  constructor(dependencies: ComfortSilenceDependencies) {
    this.#dependencies = dependencies;
  }

  /** A call of another task, which plays silence or a sound to a leg that listens to an application. */
  resume(exchange: Exchange): void {
    const listener = listenerIn(exchange);
    if (listener === undefined) return;
    this.#listeners.add(listener);
    this.#silent.add(listener);
  }

  /** Two legs have agreed: who leaves an application hears its partner only. */
  async onExchange(exchange: Exchange): Promise<void> {
    const listener = listenerIn(exchange);
    for (const leg of [exchange.offer.from, exchange.offer.to]) {
      if (leg === listener) continue;
      this.#listeners.delete(leg);
      this.#cancel(leg);
      if (this.#silent.delete(leg)) await this.#dependencies.stop(leg);
    }
    if (listener === undefined || this.#listeners.has(listener)) return;
    this.#listeners.add(listener);
    // Who has held the call hears on what was played to it since.
    this.onEnd(listener, Math.max(0, (this.#ends.get(listener) ?? 0) - performance.now()));
  }

  /** A sound is played in place of the silence. */
  onBegin(leg: string): void {
    this.#cancel(leg);
    this.#silent.delete(leg);
    this.#ends.set(leg, Infinity);
  }

  /** What a leg hears ends. @param after milliseconds */
  onEnd(leg: string, after: number): void {
    this.#cancel(leg);
    this.#ends.set(leg, performance.now() + after);
    if (!this.#listeners.has(leg) || after === Infinity) return;
    const timer = setTimeout(() => this.#fallSilent(leg, timer), after + pause);
    this.#timers.set(leg, timer);
  }

  /** The call is over, or another task goes on with it. */
  close(): void {
    for (const leg of this.#timers.keys()) this.#cancel(leg);
    this.#listeners.clear();
  }

  #cancel(leg: string): void {
    clearTimeout(this.#timers.get(leg));
    this.#timers.delete(leg);
  }

  #fallSilent(leg: string, timer: NodeJS.Timeout): void {
    const { inOrder, play, fault } = this.#dependencies;
    inOrder(async () => {
      // A sound may have begun before its turn.
      if (this.#timers.get(leg) !== timer) return;
      this.#timers.delete(leg);
      this.#silent.add(leg);
      await play(leg);
    }).catch(fault);
  }
}
