import { readToEnd } from '#dynamodb/read-to-end.ts';
import { trunkRow, supervisedTrunks, type TrunkItem } from '#dynamodb/rows/trunk.ts';
import type { Membership } from '../leases/membership.ts';
import { keepsRegistered } from '#telephony/trunk-registration.ts';
import type { Outbound } from '../outbound/outbound.ts';
import { RegisteringTrunk, type RegistrationDependencies } from './registering-trunk.ts';
import { TrunkKeepAlives } from './trunk-keep-alives.ts';

type Dependencies = RegistrationDependencies & { readonly outbound: Pick<Outbound, 'keepAlive'> };

/** Registers the trunks in the shards that this task holds, and sends their keep-alives. */
export class TrunkRegistrations {
  readonly #dependencies: RegistrationDependencies;
  readonly #membership: Pick<Membership, 'shards'>;
  readonly #trunks = new Map<string, RegisteringTrunk>();
  readonly #keepAlives: TrunkKeepAlives;

  constructor(dependencies: Dependencies, membership: Pick<Membership, 'shards'>) {
    this.#dependencies = dependencies;
    this.#keepAlives = new TrunkKeepAlives(dependencies.outbound);
    this.#membership = membership;
  }

  /** Registering trunks. */
  get size(): number {
    return this.#trunks.size;
  }

  /** Starts, changes and ends registrations, following the stored trunks and the held shards. */
  async refresh(): Promise<void> {
    const shards = this.#membership.shards;
    const trunks = (await Promise.all(shards.map((shard) => this.#trunksOf(Number(shard))))).flat();
    this.#keepAlives.update(trunks);
    const registering = trunks.filter(keepsRegistered);
    const ids = new Set(registering.map(({ id }) => id));
    for (const [id, trunk] of this.#trunks) {
      if (ids.has(id)) continue;
      this.#trunks.delete(id);
      // If this task still holds the shard, the trunk itself has stopped registering.
      await trunk.end({ unregisters: shards.includes(trunk.shard) });
    }
    for (const trunk of registering) {
      const known = this.#trunks.get(trunk.id);
      if (known === undefined) this.#trunks.set(trunk.id, new RegisteringTrunk(this.#dependencies, trunk));
      else known.update(trunk);
    }
  }

  /** Ends all registrations without unregistering, as another task continues them. */
  async close(): Promise<void> {
    this.#keepAlives.update([]);
    await Promise.all([...this.#trunks.values()].map((trunk) => trunk.end({ unregisters: false })));
  }

  #trunksOf(shard: number): Promise<TrunkItem[]> {
    const table = this.#dependencies.context.tableOf(0);
    return readToEnd((after) => table.queryIndex(trunkRow, 'GSI1', supervisedTrunks(shard), after));
  }
}
