import type { Call } from './state.ts';

/** Calls that a page leaves, so that the next one can take them up. */

/** A call that goes on without its page: the platform waits for its phone for 30 s. */
export type LeftCall = Pick<Call, 'name' | 'number' | 'isHeld' | 'isMuted' | 'answeredAt'> & {
  /** Names its dialog (RFC 3891). */
  readonly replaces: string;
};

/** @param dialogs Replaces of the answered calls. @returns the call that is talked to last, as it then has the keys */
export const leftOf = (calls: readonly Call[], dialogs: ReadonlyMap<string, string>): readonly LeftCall[] =>
  calls
    .flatMap(({ id, phase, name, number, isHeld, isMuted, answeredAt }) => {
      const replaces = dialogs.get(id);
      return phase !== 'talking' || replaces === undefined
        ? []
        : [{ name, number, isHeld, isMuted, answeredAt, replaces }];
    })
    .toSorted((one, other) => Number(other.isHeld) - Number(one.isHeld));
