import type { HeardParties } from '../../media/call-media.ts';
import { legOfSide, sides, type CallState, type Side } from '../call/state.ts';

/** When the parties of a call gave their last signs of life, in Unix milliseconds. */
export class LastSigns {
  readonly #state: () => Pick<CallState<unknown>, 'a' | 'b' | 'answeredAt'>;
  /** By leg: when its party sent its last request or response. */
  readonly #sentAt = new Map<string, number>();

  constructor(state: () => Pick<CallState<unknown>, 'a' | 'b' | 'answeredAt'>) {
    this.#state = state;
  }

  /** The party of a leg has sent a request or a response. */
  note(leg: string, at: number): void {
    this.#sentAt.set(leg, at);
  }

  /**
   * Of both parties: one that says nothing but is heard by the other one, or hears it, pays on. Undefined: what the
   * parties say does not pass here, so that none can end its charge by its silence.
   */
  ofBoth(heard: HeardParties | undefined): number | undefined {
    if (heard === undefined) return undefined;
    const state = this.#state();
    const signOf = (side: Side): number => this.#sentAt.get(legOfSide(state, side) ?? '') ?? 0;
    return Math.max(state.answeredAt ?? 0, ...sides.flatMap((side) => [heard[side].at, signOf(side)]));
  }

  /**
   * Of a party that has left before it said so: its media. What the other one says since then reaches no one.
   * Undefined: its media do not pass here, or it has sent none.
   */
  ofLeft(leg: string, heard: HeardParties | undefined): number | undefined {
    const state = this.#state();
    const side = sides.find((each) => legOfSide(state, each) === leg);
    if (heard === undefined || side === undefined || !heard[side].isExpected) return undefined;
    return Math.max(state.answeredAt ?? 0, heard[side].at);
  }
}
