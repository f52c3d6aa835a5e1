/** The timers of RFC 3261 §17 (table 4) and RFC 6026. Milliseconds. */

/**
 * Estimated round trip; largest interval between retransmissions of requests other than INVITE; how long a message
 * stays in the network.
 */
const [t1, t2, t4] = [500, 4_000, 5_000];

export type TimerName = 'A' | 'B' | 'D' | 'E' | 'F' | 'G' | 'H' | 'I' | 'J' | 'K' | 'L' | 'M' | 'trying' | 'lifetime';

type Timer = {
  /**
   * How long it takes over a transport that loses messages, and over one that loses none; null where it does not run
   * there.
   */
  readonly unreliable: number;
  readonly reliable: number | null;
  /** What it doubles up to, where it is started again. */
  readonly most?: number;
};

export const timers: Readonly<Record<TimerName, Timer>> = {
  A: { unreliable: t1, reliable: null, most: Infinity },
  B: { unreliable: 64 * t1, reliable: 64 * t1 },
  D: { unreliable: 32_000, reliable: 0 },
  E: { unreliable: t1, reliable: null, most: t2 },
  F: { unreliable: 64 * t1, reliable: 64 * t1 },
  G: { unreliable: t1, reliable: null, most: t2 },
  H: { unreliable: 64 * t1, reliable: 64 * t1 },
  I: { unreliable: t4, reliable: 0 },
  J: { unreliable: 64 * t1, reliable: 0 },
  K: { unreliable: t4, reliable: 0 },
  L: { unreliable: 64 * t1, reliable: 64 * t1 },
  M: { unreliable: 64 * t1, reliable: 64 * t1 },
  /** §17.2.1: an INVITE that its user has not answered by then is answered 100. */
  trying: { unreliable: 200, reliable: 200 },
  /**
   * Ours: a request that nobody answers is forgotten once its client has given up (timer F), so that none stays for
   * ever.
   */
  lifetime: { unreliable: 64 * t1, reliable: 64 * t1 },
};
