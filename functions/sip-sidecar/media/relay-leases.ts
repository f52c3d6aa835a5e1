import type { RelayLeaseItem } from '#dynamodb/rows/lease.ts';
import { relayName } from './ng-client.ts';
import { second } from '#schema/time.ts';

/** Milliseconds between two renewals of the lease of a relay, and between two reads of all of them. */
export const leaseInterval = 2 * second;
/** Milliseconds for which a renewed lease is valid. */
export const leaseTtl = 7 * second;
/** Reads in a row that show a lease unchanged, after which it has ended. */
const maxUnchanged = 4;

type Observed = { readonly lease: RelayLeaseItem; readonly unchanged: number };

/** Whether it is the lease as it was read before: each renewal has another value. */
const isSame = (one: RelayLeaseItem, other: RelayLeaseItem): boolean =>
  one.until === other.until && one.started_at === other.started_at && one.draining === other.draining;

/**
 * The leases of the media relays, as one reader sees them. A lease ends when several reads in a row show it unchanged.
 * So the clocks of relays and readers may differ, no lease ends while the table cannot be read, and a stale read only
 * delays an end.
 */
export class RelayLeases {
  #observed: ReadonlyMap<string, Observed> = new Map();

  /** Takes what a read has shown. @param now Unix milliseconds: a lease that is read first may have ended before */
  observe(leases: readonly RelayLeaseItem[], now: number): void {
    const read = new Map(leases.map((lease) => [relayName(lease), lease]));
    const names = new Set([...this.#observed.keys(), ...read.keys()]);
    this.#observed = new Map(
      [...names].flatMap((name): [string, Observed][] => {
        const before = this.#observed.get(name);
        const lease = read.get(name);
        if (before === undefined)
          return lease === undefined ? [] : [[name, { lease, unchanged: lease.until > now ? 0 : maxUnchanged }]];
        if (lease !== undefined && !isSame(lease, before.lease)) return [[name, { lease, unchanged: 0 }]];
        // That of a relay which has stopped is deleted.
        if (lease === undefined && before.unchanged >= maxUnchanged) return [];
        return [[name, { ...before, unchanged: before.unchanged + 1 }]];
      }),
    );
  }

  /** Whether a relay has a lease, or had one whose end was read a moment ago. */
  has(name: string): boolean {
    return this.#observed.has(name);
  }

  /** Of relays that are alive, by their names. */
  get valid(): ReadonlyMap<string, RelayLeaseItem> {
    return new Map(
      [...this.#observed].flatMap(([name, { lease, unchanged }]) => (unchanged < maxUnchanged ? [[name, lease]] : [])),
    );
  }
}
