import { all } from '../../../shared/dynamodb/all.ts';
import { trunkRow, trunksLookedAfter, type TrunkItem } from '../../../shared/dynamodb/rows/trunk.ts';
import type { Membership } from '../leases/membership.ts';
import { keepsRegistered } from '../../../shared/telephony/trunk-registration.ts';
import type { Outbound } from '../outbound/outbound.ts';
import { RegisteringTrunk, type RegistrationDependencies } from './registering-trunk.ts';
import { TrunkKeepAlives } from './trunk-keep-alives.ts';

type KeptDependencies = RegistrationDependencies & { readonly outbound: Pick<Outbound, 'keepAlive'> };

/** The registrations and keep-alives of all trunks in the shards that this task holds. */
export class TrunkRegistrations {
  readonly #dependencies: RegistrationDependencies;
  readonly #membership: Pick<Membership, 'shards'>;
  readonly #trunks = new Map<string, RegisteringTrunk>();
  readonly #keepAlives: TrunkKeepAlives;

  constructor(dependencies: KeptDependencies, membership: Pick<Membership, 'shards'>) {
    this.#dependencies = dependencies;
    this.#keepAlives = new TrunkKeepAlives(dependencies.outbound);
    this.#membership = membership;
  }

  get size(): number {
    return this.#trunks.size;
  }

  /** Begins, changes and ends registrations, as trunks and shards come and go. */
  async refresh(): Promise<void> {
    const shards = this.#membership.shards;
    const looked = (await Promise.all(shards.map((shard) => this.#trunksOf(Number(shard))))).flat();
    this.#keepAlives.follow(looked);
    const found = looked.filter(keepsRegistered);
    const ids = new Set(found.map(({ id }) => id));
    for (const [id, trunk] of this.#trunks) {
      if (ids.has(id)) continue;
      this.#trunks.delete(id);
      // Its shard is still ours: the trunk itself is to be registered no more.
      await trunk.end({ unregisters: shards.includes(trunk.shard) });
    }
    for (const trunk of found) {
      const known = this.#trunks.get(trunk.id);
      if (known === undefined) this.#trunks.set(trunk.id, new RegisteringTrunk(this.#dependencies, trunk));
      else known.update(trunk);
    }
  }

  /** Ends all; their bindings stay for the task that goes on. */
  async close(): Promise<void> {
    this.#keepAlives.follow([]);
    await Promise.all([...this.#trunks.values()].map((trunk) => trunk.end({ unregisters: false })));
  }

  #trunksOf(shard: number): Promise<TrunkItem[]> {
    const table = this.#dependencies.context.tableOf(0);
    return all((after) => table.queryIndex(trunkRow, 'GSI1', trunksLookedAfter(shard), after));
  }
}
