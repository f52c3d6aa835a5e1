/** The timers of RFC 3261 §17 (table 4) and RFC 6026, in milliseconds. */

/**
 * T1: estimated round-trip time. T2: longest interval between retransmissions of a non-INVITE request. T4: longest time
 * that a message stays in the network.
 */
const [t1, t2, t4] = [500, 4_000, 5_000];

/** Not in the RFC: who has not answered an INVITE by then, not even with 100, may be dead. */
const silent = 4_000;

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

/** Durations by timer. */
export const timers: Readonly<Record<TimerName, Timer>> = {
  A: { unreliable: t1, reliable: null, max: Infinity },
  B: { unreliable: 64 * t1, reliable: 64 * t1 },
  D: { unreliable: 32_000, reliable: 0 },
  E: { unreliable: t1, reliable: null, max: t2 },
  F: { unreliable: 64 * t1, reliable: 64 * t1 },
  G: { unreliable: t1, reliable: null, max: t2 },
  H: { unreliable: 64 * t1, reliable: 64 * t1 },
  I: { unreliable: t4, reliable: 0 },
  J: { unreliable: 64 * t1, reliable: 0 },
  K: { unreliable: t4, reliable: 0 },
  L: { unreliable: 64 * t1, reliable: 64 * t1 },
  M: { unreliable: 64 * t1, reliable: 64 * t1 },
  /** The next server is tried. Runs only if the user asks for it. */
  first: { unreliable: silent, reliable: silent },
  /** The user is notified, and the INVITE goes on. Runs if `first` does not. */
  silence: { unreliable: silent, reliable: silent },
  /** RFC 3261 §9.1. */
  cancelled: { unreliable: 64 * t1, reliable: 64 * t1 },
  /** RFC 3261 §17.2.1: an INVITE that the user has not answered by then gets a 100. */
  trying: { unreliable: 200, reliable: 200 },
  /** Not in the RFC: a request that the user never answers ends when its client has given up (timer F). */
  lifetime: { unreliable: 64 * t1, reliable: 64 * t1 },
};
