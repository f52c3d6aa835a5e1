import { second } from '#schema/time.ts';
import type { Session } from '#sip/session/session.ts';

/** Milliseconds that a party which asked to leave has for its BYE. */
const grace = 5 * second;

/** Parties that have left the call by REFER: they hang up themselves (RFC 5359 §2.4), or are hung up. */
export class Departures {
  readonly #leaving = new Map<string, { readonly session: Session; readonly timer: NodeJS.Timeout }>();

  get size(): number {
    return this.#leaving.size;
  }

  add(leg: string, session: Session): void {
    this.#leaving.set(leg, { session, timer: setTimeout(() => this.#end(leg), grace) });
  }

  /** The session of a leg is over. */
  remove(leg: string): void {
    clearTimeout(this.#leaving.get(leg)?.timer);
    this.#leaving.delete(leg);
  }

  /** Hangs up those that are left. */
  clear(): void {
    for (const leg of [...this.#leaving.keys()]) this.#end(leg);
  }

  #end(leg: string): void {
    const session = this.#leaving.get(leg)?.session;
    this.remove(leg);
    session?.end({ q850: 16 });
  }
}
