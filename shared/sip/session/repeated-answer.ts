import type { SetTimer } from '../transaction/run.ts';
import { timers } from '../transaction/timers.ts';

/** What repeats a response until it is acknowledged. */
export type RepeatedAnswerParts = {
  readonly setTimer: SetTimer;
  readonly repeat: () => void;
  /** Not acknowledged after 64 T1. */
  readonly onTimeout: () => void;
  /** Upper limit of the interval; none for a reliable 18x (RFC 3262 §3). */
  readonly max?: number;
};

/**
 * Repeats a 2xx of an INVITE until its ACK, or a reliable 18x until its PRACK: after T1, doubling each time, for 64 T1.
 * Over reliable transports too, as the hop behind may be an unreliable one (RFC 3261 §13.3.1.4, RFC 3262 §3).
 * @returns stops it
 */
export function repeatUntilAcknowledged({ setTimer, repeat, onTimeout, max }: RepeatedAnswerParts): () => void {
  let cancelNext = (): void => undefined;
  const schedule = (milliseconds: number): void => {
    cancelNext = setTimer(milliseconds, () => {
      repeat();
      schedule(Math.min(milliseconds * 2, max ?? Infinity));
    });
  };
  schedule(timers.G.unreliable);
  const stop = (): void => {
    cancelNext();
    cancelEnd();
  };
  const cancelEnd = setTimer(timers.H.unreliable, () => {
    stop();
    onTimeout();
  });
  return stop;
}
