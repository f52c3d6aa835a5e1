import type { Arrival } from '#sip/framing.ts';
import type { Flow } from './flow.ts';

/** Arrivals that wait at most; further ones are lost, as they would be on a network. */
const maxWaiting = 256;

/**
 * Holds what arrives after the sockets are open and before the task has begun: its first heartbeat is stored, and it
 * knows the other tasks and its media relays. A call that arrives in that time waits instead of a rejection by 503.
 */
export class EarlyArrivals {
  readonly #receive: (arrival: Arrival, flow: Flow) => void;
  /** Undefined: the task has begun. */
  #waiting: { readonly arrival: Arrival; readonly flow: Flow }[] | undefined = [];

  constructor(receive: (arrival: Arrival, flow: Flow) => void) {
    this.#receive = receive;
  }

  take(arrival: Arrival, flow: Flow): void {
    if (this.#waiting === undefined) this.#receive(arrival, flow);
    else if (this.#waiting.length < maxWaiting) this.#waiting.push({ arrival, flow });
  }

  /** Receives what has waited, in its order, and everything else from then on. */
  begin(): void {
    const waiting = this.#waiting ?? [];
    this.#waiting = undefined;
    for (const { arrival, flow } of waiting) this.#receive(arrival, flow);
  }
}
