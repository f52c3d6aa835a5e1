import { minute, second } from '../time.ts';

/**
 * Whether a receiver answers quickly. Deliveries to quick receivers have a queue of their own, in which no slow one
 * holds them up (functions/platform/webhook-delivery/README.md, "Two queues").
 */
export type Pace = {
  readonly quick: boolean;
  /** ISO 8601: when it was last found slow. */
  readonly slow_at: string | null;
};

/** Of a new webhook, until its receiver has answered. */
export const unknownPace: Pace = { quick: false, slow_at: null };

/** Milliseconds of a success by which a receiver becomes quick, and of an attempt by which it is slow. */
const quickWithin = second;
const slowFrom = 2 * second;
/** Milliseconds for which a receiver that was slow does not become quick again. */
const probation = 10 * minute;

type Attempt = { readonly duration_ms: number; /** Null after a success. */ readonly error: string | null };

/** Whether an attempt took so long that its receiver is slow. */
export const isSlow = (duration: number): boolean => duration >= slowFrom;

/** The pace after an attempt; the same object if nothing changes. It changes at most twice in ten minutes. */
export function paceAfter(pace: Pace, { duration_ms: duration, error }: Attempt, now: Date): Pace {
  if (pace.quick) return isSlow(duration) ? { quick: false, slow_at: now.toISOString() } : pace;
  const hasWaited = pace.slow_at === null || Date.parse(pace.slow_at) + probation <= now.getTime();
  return error === null && duration < quickWithin && hasWaited ? { ...pace, quick: true } : pace;
}
