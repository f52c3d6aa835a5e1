/** The timers of RFC 3261 §17 (table 4) and RFC 6026, in milliseconds. */

/** T1, the estimated round-trip time, of the RFC. */
export const defaultT1 = 500;

/** Timers of the RFCs by their letters, and others. */
export type TimerName =
  | 'A'
  | 'B'
  | 'D'
  | 'E'
  | 'F'
  | 'G'
  | 'H'
  | 'I'
  | 'J'
  | 'K'
  | 'L'
  | 'M'
  | 'first'
  | 'silence'
  | 'cancelled'
  | 'trying'
  | 'lifetime';

type Timer = {
  /** Duration over an unreliable and over a reliable transport; null if it does not run there. */
  readonly unreliable: number;
  readonly reliable: number | null;
  /** Upper limit of a timer that doubles. */
  readonly max?: number;
};

/** The timers of a task. */
export type Timers = {
  /** Milliseconds. */
  readonly t1: number;
  /** Durations by timer. */
  readonly durations: Readonly<Record<TimerName, Timer>>;
};

/** The same over all transports. */
const always = (milliseconds: number): Timer => ({ unreliable: milliseconds, reliable: milliseconds });

/** The timers for a T1, in milliseconds. T2, T4 and timer D follow it as their defaults do (RFC 3261, table 4). */
export function timersOf(t1: number): Timers {
  /** T2 and T4: longest interval between retransmissions of a non-INVITE request, and longest time of a message. */
  const [t2, t4] = [8 * t1, 10 * t1];
  const max = always(64 * t1);
  /** Not in the RFC, 4 s: who has not answered an INVITE by then, not even with 100, may be dead. */
  const silent = always(8 * t1);
  const durations: Timers['durations'] = {
    A: { unreliable: t1, reliable: null, max: Infinity },
    B: max,
    D: { unreliable: 64 * t1, reliable: 0 },
    E: { unreliable: t1, reliable: null, max: t2 },
    F: max,
    G: { unreliable: t1, reliable: null, max: t2 },
    H: max,
    I: { unreliable: t4, reliable: 0 },
    J: { unreliable: 64 * t1, reliable: 0 },
    K: { unreliable: t4, reliable: 0 },
    L: max,
    M: max,
    /** The next server is tried. Runs only if the user asks for it. */
    first: silent,
    /** The user is notified, and the INVITE goes on. Runs if `first` does not. */
    silence: silent,
    /** RFC 3261 §9.1. */
    cancelled: max,
    /** RFC 3261 §17.2.1: an INVITE that the user has not answered by then gets a 100. */
    trying: always(200),
    /** Not in the RFC: a request that the user never answers ends when its client has given up (timer F). */
    lifetime: max,
  };
  return { t1, durations };
}

/** Timers by which the next server is tried after so many seconds. A T1 shorter than that of the RFC shortens them. */
export const withFirst = ({ t1, durations }: Timers, seconds: number): Timers => ({
  t1,
  durations: { ...durations, first: always(((seconds * 1_000) / defaultT1) * t1) },
});

/** With the T1 of the RFC. */
export const defaultTimers: Timers = timersOf(defaultT1);
