import { maxCallSeconds } from '#telephony/call.ts';
import { second } from '#schema/time.ts';

type TimerName = 'limit' | 'renewal';

/** The timers of one call. A timer that is set again is replaced. */
export class CallTimers {
  readonly #timers = new Map<TimerName, NodeJS.Timeout>();
  readonly #fire: (name: TimerName) => void;

  constructor(fire: (name: TimerName) => void) {
    this.#fire = fire;
  }

  set(name: TimerName, milliseconds: number): void {
    clearTimeout(this.#timers.get(name));
    // setTimeout accepts 31 bits.
    const delay = Math.min(milliseconds, maxCallSeconds * second);
    this.#timers.set(
      name,
      setTimeout(() => this.#fire(name), delay),
    );
  }

  clear(): void {
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
  }
}
