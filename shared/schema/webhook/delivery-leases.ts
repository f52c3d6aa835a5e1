import { second } from '../time.ts';

/**
 * Attempts in flight to a receiver that may be slow: leases of the processes that make them
 * (functions/platform/webhook-delivery/README.md, "Two queues").
 */
export type DeliveryLeases = {
  /** The webhook, or the receiver of callbacks. */
  readonly receiver: string;
  readonly leases: readonly {
    readonly id: string;
    readonly attempts: number;
    /** Unix milliseconds; a process that dies does not return its lease. */
    readonly until: number;
  }[];
  /** Unix seconds. */
  readonly expires_at: number;
  readonly version: number;
};

/** Attempts in flight to one receiver, over all processes that deliver to slow ones. */
export const maxInFlight = 6;

const live = ({ leases }: DeliveryLeases, now: Date) => leases.filter(({ until }) => until > now.getTime());

const expiryOf = (until: number): number => Math.ceil(until / second) + 60;

type Lease = { readonly id: string; /** Attempts wanted. */ readonly attempts: number; readonly ttl: number };

/** The leases with one of as many attempts as are free; undefined if none is. @param ttl milliseconds */
export function takeLease(
  receiver: string,
  before: DeliveryLeases | undefined,
  { id, attempts, ttl }: Lease,
  now: Date,
): { readonly leases: DeliveryLeases; readonly attempts: number } | undefined {
  const others = before === undefined ? [] : live(before, now).filter((lease) => lease.id !== id);
  const free = maxInFlight - others.reduce((sum, lease) => sum + lease.attempts, 0);
  const granted = Math.min(attempts, free);
  if (granted <= 0) return undefined;
  const until = now.getTime() + ttl;
  return {
    attempts: granted,
    leases: {
      receiver,
      leases: [...others, { id, attempts: granted, until }],
      expires_at: expiryOf(until),
      version: (before?.version ?? 0) + 1,
    },
  };
}

/** The leases without one. */
export const returnLease = (before: DeliveryLeases, id: string, now: Date): DeliveryLeases => ({
  ...before,
  leases: live(before, now).filter((lease) => lease.id !== id),
  version: before.version + 1,
});
