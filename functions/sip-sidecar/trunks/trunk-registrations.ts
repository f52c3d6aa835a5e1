import { all } from '../../../shared/dynamodb/all.ts';
import { registeringTrunks, trunkRow, type TrunkItem } from '../../../shared/dynamodb/rows/trunk.ts';
import type { Membership } from '../leases/membership.ts';
import { RegisteringTrunk, type RegistrationOutside } from './registering-trunk.ts';

/** The registrations of all trunks in the shards that this task holds. */
export class TrunkRegistrations {
  readonly #outside: RegistrationOutside;
  readonly #membership: Pick<Membership, 'shards'>;
  readonly #trunks = new Map<string, RegisteringTrunk>();

  constructor(outside: RegistrationOutside, membership: Pick<Membership, 'shards'>) {
    this.#outside = outside;
    this.#membership = membership;
  }

  get size(): number {
    return this.#trunks.size;
  }

  /** Begins, changes and ends registrations, as trunks and shards come and go. */
  async refresh(): Promise<void> {
    const shards = this.#membership.shards;
    const found = (await Promise.all(shards.map((shard) => this.#trunksOf(Number(shard))))).flat();
    const ids = new Set(found.map(({ id }) => id));
    for (const [id, trunk] of this.#trunks) {
      if (ids.has(id)) continue;
      this.#trunks.delete(id);
      // Its shard is still ours: the trunk itself is to be registered no more.
      await trunk.end({ unregisters: shards.includes(trunk.shard) });
    }
    for (const trunk of found) {
      const known = this.#trunks.get(trunk.id);
      if (known === undefined) this.#trunks.set(trunk.id, new RegisteringTrunk(this.#outside, trunk));
      else known.update(trunk);
    }
  }

  /** Ends all; their bindings stay for the task that goes on. */
  async close(): Promise<void> {
    await Promise.all([...this.#trunks.values()].map((trunk) => trunk.end({ unregisters: false })));
  }

  #trunksOf(shard: number): Promise<TrunkItem[]> {
    const table = this.#outside.world.tableOf(0);
    return all((after) => table.queryIndex(trunkRow, 'GSI1', registeringTrunks(shard), after));
  }
}
