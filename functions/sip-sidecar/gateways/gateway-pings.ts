import { all } from '../../../shared/dynamodb/all.ts';
import { gatewayHealthRow, type GatewayHealthItem } from '../../../shared/dynamodb/rows/gateway-health.ts';
import { gatewayRow, pingedGateways, type GatewayItem } from '../../../shared/dynamodb/rows/gateway.ts';
import { trunkRow } from '../../../shared/dynamodb/rows/trunk.ts';
import type { Membership } from '../leases/membership.ts';
import type { Peer } from '../outbound/outbound.ts';
import { PingedGateway, type PingDependencies } from './pinged-gateway.ts';

/**
 * Gateways of a task up to which each ping is written; beyond it, writes a second at most, and milliseconds after which
 * all the same.
 */
const maxEagerGateways = 100;
const writesPerSecond = 30;
const maxWriteInterval = 300_000;

/** Milliseconds between two looks at a shard; of many gateways fewer looks, so that no more a second are looked at. */
const lookInterval = 3_000;
const looksPerSecond = 250;

type PingTarget = { readonly gateway: GatewayItem; readonly peer: Peer };

/**
 * The gateways of a shard that are pinged, by their ids, and when it was last looked which there are (Unix
 * milliseconds).
 */
type Shard = { readonly pinged: Map<string, PingedGateway>; lookedAt: number };

/** The pings of all gateways in the shards that this task holds. */
export class GatewayPings {
  readonly #dependencies: Omit<PingDependencies, 'writeInterval'>;
  readonly #membership: Pick<Membership, 'shards'>;
  readonly #shards = new Map<string, Shard>();

  constructor(dependencies: Omit<PingDependencies, 'writeInterval'>, membership: Pick<Membership, 'shards'>) {
    this.#dependencies = dependencies;
    this.#membership = membership;
  }

  get size(): number {
    return this.#shards.values().reduce((sum, { pinged }) => sum + pinged.size, 0);
  }

  /** Begins, changes and ends pings, as gateways and shards come and go. */
  async refresh(): Promise<void> {
    const held = new Set(this.#membership.shards);
    for (const [shard, { pinged }] of this.#shards) {
      if (held.has(shard)) continue;
      endAll(pinged);
      this.#shards.delete(shard);
    }
    for (const shard of held) if (!this.#shards.has(shard)) this.#shards.set(shard, { pinged: new Map(), lookedAt: 0 });
    // One after the other: what comes of one is worked on at once, and pings are to go on meanwhile.
    for (const [name, shard] of this.#due()) await this.#look(Number(name), shard);
  }

  /** Ends all. */
  close(): void {
    for (const { pinged } of this.#shards.values()) endAll(pinged);
    this.#shards.clear();
  }

  /** Shards to be looked at now: new ones, and the one whose turn it is. */
  #due(): [string, Shard][] {
    const now = this.#now();
    const interval = Math.max(lookInterval, (this.size / looksPerSecond) * 1_000);
    const late = [...this.#shards]
      .filter(([, { lookedAt }]) => now - lookedAt >= interval)
      .sort(([, one], [, other]) => one.lookedAt - other.lookedAt);
    return interval === lookInterval ? late : late.filter(([, { lookedAt }], index) => index === 0 || lookedAt === 0);
  }

  async #look(number: number, shard: Shard): Promise<void> {
    shard.lookedAt = this.#now();
    const targets = await this.#withPeers(await this.#gatewaysOf(number));
    const healths = await this.#healthsOf(
      targets.flatMap(({ gateway }) => (shard.pinged.has(gateway.id) ? [] : [gateway])),
    );
    // The shard may have gone while it was looked at.
    if (this.#shards.get(String(number)) !== shard) return;
    const ids = new Set(targets.map(({ gateway }) => gateway.id));
    for (const [id, pinged] of shard.pinged) {
      if (ids.has(id)) continue;
      pinged.end();
      shard.pinged.delete(id);
    }
    const dependencies = { ...this.#dependencies, writeInterval: () => this.#writeInterval() };
    for (const { gateway, peer } of targets) {
      const known = shard.pinged.get(gateway.id);
      if (known === undefined)
        shard.pinged.set(
          gateway.id,
          new PingedGateway(dependencies, { gateway, peer, health: healths.get(gateway.id) }),
        );
      else known.update(gateway, peer);
    }
  }

  /** What is known of gateways that this task has not pinged before: of many in few reads. */
  async #healthsOf(gateways: readonly GatewayItem[]): Promise<ReadonlyMap<string, GatewayHealthItem>> {
    const found = await Promise.all(
      [...Map.groupBy(gateways, ({ org_id: organization }) => organization)].map(([organization, of]) =>
        this.#dependencies.context.tableOf(organization).getAll(
          gatewayHealthRow,
          of.map(({ id }) => ({ id })),
        ),
      ),
    );
    return new Map(found.flat().flatMap((health) => (health === undefined ? [] : [[health.id, health] as const])));
  }

  #writeInterval(): number {
    return this.size <= maxEagerGateways ? 0 : Math.min(maxWriteInterval, (this.size / writesPerSecond) * 1_000);
  }

  #now(): number {
    return this.#dependencies.context.clock().getTime();
  }

  #gatewaysOf(shard: number): Promise<GatewayItem[]> {
    const table = this.#dependencies.context.tableOf(0);
    return all((after) => table.queryIndex(gatewayRow, 'GSI1', pingedGateways(shard), after));
  }

  /** A gateway that goes by a trunk is where the trunk is. */
  async #withPeers(gateways: readonly GatewayItem[]): Promise<PingTarget[]> {
    const own = gateways.flatMap((gateway) => (gateway.peer === null ? [] : [{ gateway, peer: gateway.peer }]));
    const byTrunk = Map.groupBy(
      gateways.filter(({ peer }) => peer === null),
      ({ org_id: organization }) => organization,
    );
    const found = await Promise.all(
      [...byTrunk].map(async ([organization, of]) => {
        const trunks = await this.#dependencies.context.tableOf(organization).getAll(
          trunkRow,
          of.map(({ trunk_id: trunk }) => ({ id: trunk ?? '' })),
        );
        return of.flatMap((gateway, at) => (trunks[at] === undefined ? [] : [{ gateway, peer: trunks[at] }]));
      }),
    );
    return [...own, ...found.flat()];
  }
}

function endAll(pinged: ReadonlyMap<string, PingedGateway>): void {
  for (const each of pinged.values()) each.end();
}
