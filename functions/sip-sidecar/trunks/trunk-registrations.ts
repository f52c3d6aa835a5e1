import { readToEnd } from '#dynamodb/read-to-end.ts';
import { changedTrunks, supervisedTrunks, trunkRow, type TrunkItem } from '#dynamodb/rows/trunk.ts';
import { keepsAlive, keepsRegistered } from '#telephony/trunk-registration.ts';
import type { Membership } from '../leases/membership.ts';
import { newestChanges, PeerShards } from '../leases/peer-shards.ts';
import type { Outbound } from '../outbound/outbound.ts';
import { keepAliveInterval } from '../transport/keep-alives.ts';
import { RegisteringTrunk, type RegistrationDependencies } from './registering-trunk.ts';

/** Sends keep-alives to trunks with `nat_support`. */
export class TrunkKeepAlives {
  readonly #outbound: Pick<Outbound, 'keepAlive'>;
  readonly #active = new Map<string, { trunk: TrunkItem; readonly timer: NodeJS.Timeout }>();

  constructor(outbound: Pick<Outbound, 'keepAlive'>) {
    this.#outbound = outbound;
  }

  /** Starts and ends keep-alives. @param trunks all trunks of this task */
  update(trunks: readonly TrunkItem[]): void {
    const enabled = new Map(trunks.filter(keepsAlive).map((trunk) => [trunk.id, trunk]));
    for (const [id, { timer }] of this.#active) {
      if (enabled.has(id)) continue;
      clearInterval(timer);
      this.#active.delete(id);
    }
    for (const trunk of enabled.values()) this.#start(trunk);
  }

  #start(trunk: TrunkItem): void {
    const known = this.#active.get(trunk.id);
    if (known !== undefined) {
      known.trunk = trunk;
      return;
    }
    const active = { trunk, timer: setInterval(() => void this.#outbound.keepAlive(active.trunk), keepAliveInterval) };
    this.#active.set(trunk.id, active);
    void this.#outbound.keepAlive(trunk);
  }
}

type Dependencies = RegistrationDependencies & { readonly outbound: Pick<Outbound, 'keepAlive'> };

/** Registers the trunks in the shards that this task holds, and sends their keep-alives. */
export class TrunkRegistrations {
  readonly #dependencies: RegistrationDependencies;
  readonly #membership: Pick<Membership, 'shards'>;
  readonly #trunks = new Map<string, RegisteringTrunk>();
  readonly #keepAlives: TrunkKeepAlives;
  readonly #shards: PeerShards;

  constructor(dependencies: Dependencies, membership: Pick<Membership, 'shards'>) {
    this.#dependencies = dependencies;
    this.#keepAlives = new TrunkKeepAlives(dependencies.outbound);
    this.#membership = membership;
    const { context } = dependencies;
    const newest = { limit: newestChanges, order: 'desc' } as const;
    this.#shards = new PeerShards(
      async () => (await context.tableOf(0).queryIndex(trunkRow, 'GSI2', changedTrunks, newest)).items,
      () => context.clock().getTime(),
    );
  }

  /** Registering trunks. */
  get size(): number {
    return this.#trunks.size;
  }

  /** Starts, changes and ends registrations, following the stored trunks and the held shards. */
  async refresh(): Promise<void> {
    const shards = this.#membership.shards;
    this.#shards.keepOnly(shards);
    // The others had no trunks when they were last read.
    const due = [...(await this.#shards.due(shards))];
    const trunks = (await Promise.all(due.map((shard) => this.#trunksOf(shard)))).flat();
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

  async #trunksOf(shard: string): Promise<TrunkItem[]> {
    const table = this.#dependencies.context.tableOf(0);
    const partition = supervisedTrunks(Number(shard));
    const trunks = await readToEnd((after) => table.queryIndex(trunkRow, 'GSI1', partition, after));
    this.#shards.note(shard, trunks.length);
    return trunks;
  }
}
