import type { RelayKey, RelayLeaseItem } from '#dynamodb/rows/lease.ts';
import { generationSince, newerGeneration, type GenerationTask } from '../sip-sidecar/leases/generations.ts';
import { relayName } from '../sip-sidecar/media/ng-client.ts';
import type { RelayGeneration } from '../sip-sidecar/media/relay-control.ts';
import { leaseTtl, RelayLeases } from '../sip-sidecar/media/relay-leases.ts';

/** The leases of all relays in the table. */
export type LeaseStore = {
  readonly read: () => Promise<readonly RelayLeaseItem[]>;
  readonly write: (lease: RelayLeaseItem) => Promise<void>;
  readonly remove: (key: RelayKey) => Promise<void>;
};

type OwnLeaseDependencies = {
  readonly own: Pick<RelayLeaseItem, 'address' | 'port' | 'control' | 'generation'>;
  readonly store: LeaseStore;
  /** Whether the relay takes no new calls, as it stops. */
  readonly isStopping: () => boolean;
  /** Unix milliseconds. */
  readonly now: () => number;
};

/**
 * Since when the generation of a relay that starts is wanted: later than all others that are there, whatever the clocks
 * of their machines show, unless relays of its own generation take calls.
 */
function beginOf(own: GenerationTask, live: readonly RelayLeaseItem[]): string {
  if (live.some(({ generation, draining }) => generation === own.generation && !draining))
    return generationSince(own, live);
  const others = live.map(({ generation_since: since }) => Date.parse(since) + 1);
  return new Date(Math.max(Date.parse(own.started_at), ...others)).toISOString();
}

/**
 * The lease of a relay. By it the tasks of the sidecar find the relay. It also says whether the relay takes new calls,
 * which the relay decides alone: so all tasks know the same, also those that have just started.
 */
export class OwnLease {
  readonly #dependencies: OwnLeaseDependencies;
  readonly #startedAt: string;
  readonly #leases = new RelayLeases();
  #since: string | undefined;
  #newer: string | undefined;

  constructor(dependencies: OwnLeaseDependencies) {
    this.#dependencies = dependencies;
    this.#startedAt = new Date(dependencies.now()).toISOString();
  }

  /** The newer generation that has the new calls; undefined: none. */
  get newer(): string | undefined {
    return this.#newer;
  }

  /** What a sidecar of an earlier release asks, which decides by itself. */
  get generation(): RelayGeneration {
    const { own, isStopping } = this.#dependencies;
    return { generation: own.generation, started_at: this.#startedAt, draining: isStopping() };
  }

  /** Reads the leases of the others, decides, and renews the own one. @throws Error if the table cannot be reached */
  async refresh(): Promise<void> {
    const { own, store, now, isStopping } = this.#dependencies;
    this.#leases.observe(await store.read(), now());
    const others = new Map(this.#leases.valid);
    // That of a predecessor at this address, or its own.
    others.delete(relayName(own));
    const task = { generation: own.generation, started_at: this.#startedAt, draining: isStopping() };
    this.#since ??= beginOf(task, [...others.values()]);
    const begun = { ...task, generation_since: this.#since };
    const options = { settleTime: -Infinity, now: now(), present: this.#newer };
    this.#newer = newerGeneration(begun, [...others.values()], options);
    const left = this.#newer === undefined || isStopping() ? {} : { left_to: this.#newer };
    const draining = isStopping() || this.#newer !== undefined;
    await store.write({ ...own, ...begun, ...left, draining, until: now() + leaseTtl });
  }

  /** Ends the lease, when the relay has no calls any more. */
  async end(): Promise<void> {
    await this.#dependencies.store.remove(this.#dependencies.own);
  }
}
