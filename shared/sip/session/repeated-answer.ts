import type { SetTimer } from '../transaction/run.ts';
import type { Timers } from '../transaction/timers.ts';

/** What repeats a response until it is acknowledged. */
export type RepeatedAnswerParts = {
  readonly setTimer: SetTimer;
  readonly timers: Timers;
  readonly repeat: () => void;
  /** Not acknowledged in time. */
  readonly onTimeout: () => void;
  /** Milliseconds without a sign of the peer after which it is not acknowledged; default: 64 T1. */
  readonly within?: number;
  /** Upper limit of the interval; none for a reliable 18x (RFC 3262 §3). */
  readonly max?: number;
};

/**
 * Repeats a 2xx of an INVITE until its ACK, or a reliable 18x until its PRACK: after T1, doubling each time, for 64 T1.
 * Over reliable transports too, as the hop behind may be an unreliable one (RFC 3261 §13.3.1.4, RFC 3262 §3).
 * @returns stops it; `onSign`: the peer has sent something else, so that the time without a sign begins again, for
 * 64 T1 in all
 */
export function repeatUntilAcknowledged({
  setTimer,
  timers,
  repeat,
  onTimeout,
  within = timers.durations.H.unreliable,
  max,
}: RepeatedAnswerParts): { readonly stop: () => void; readonly onSign: () => void } {
  let cancelNext = (): void => undefined;
  const schedule = (milliseconds: number): void => {
    cancelNext = setTimer(milliseconds, () => {
      repeat();
      schedule(Math.min(milliseconds * 2, max ?? Infinity));
    });
  };
  schedule(timers.durations.G.unreliable);
  const stop = (): void => {
    cancelNext();
    cancelEnd();
    cancelLast();
  };
  const end = (): void => {
    stop();
    onTimeout();
  };
  let cancelEnd = setTimer(within, end);
  const longest = timers.durations.H.unreliable;
  const cancelLast = within < longest ? setTimer(longest, end) : () => undefined;
  const onSign = (): void => {
    cancelEnd();
    cancelEnd = setTimer(within, end);
  };
  return { stop, onSign };
}
