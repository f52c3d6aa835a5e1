import type { Failure } from '../call/hunt.ts';
import type { Side } from '../call/state.ts';

/**
 * The promise to a party, or to who commands it, that it is replaced. It begins before it is answered: from then on the
 * party may hang up, and the other one waits.
 */
export type Leave = {
  readonly side: Side;
  /** What became of it, once. 200: it is replaced. Else it stays; if it has hung up, the call ends. */
  readonly settle: (outcome: Failure) => void;
};
