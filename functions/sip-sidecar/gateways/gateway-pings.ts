import { readToEnd } from '#dynamodb/read-to-end.ts';
import { gatewayHealthRow, type GatewayHealthItem } from '#dynamodb/rows/gateway-health.ts';
import { changedGateways, gatewayRow, pingedGateways, type GatewayItem } from '#dynamodb/rows/gateway.ts';
import { trunkRow } from '#dynamodb/rows/trunk.ts';
import { newBrake, windowsOfProcess } from '#limits/brake.ts';
import { minute, second } from '#schema/time.ts';
import type { Membership } from '../leases/membership.ts';
import { newestChanges, PeerShards } from '../leases/peer-shards.ts';
import { PingedGateway, type PingDependencies, type PingedPeer } from './pinged-gateway.ts';

/**
 * Up to this many gateways of a task, each ping is written. With more, results are written at this rate, but at least
 * at this interval (milliseconds).
 */
const maxEagerGateways = 100;
const writesPerSecond = 30;
const maxWriteInterval = 5 * minute;

/** Interval between two reads of a shard in milliseconds; longer if more than this many gateways a second were read. */
const minReadInterval = 3 * second;
const readsPerSecond = 250;

/** Interval between two writes of a gateway whose status does not change, in milliseconds. 0: each ping is written. */
export const writeInterval = (gateways: number): number =>
  gateways <= maxEagerGateways ? 0 : Math.min(maxWriteInterval, (gateways / writesPerSecond) * second);

/** When a shard was last read; 0 before the first time. Unix milliseconds. */
type ReadShard = { readonly readAt: number };

/**
 * The shards to read now, the oldest read first. Of many gateways, only one known shard is read at a time, besides new
 * ones.
 * @param gateways pinged gateways of the task
 */
export function dueShards<Shard extends ReadShard>(
  shards: Iterable<readonly [string, Shard]>,
  gateways: number,
  now: number,
): (readonly [string, Shard])[] {
  const interval = Math.max(minReadInterval, (gateways / readsPerSecond) * second);
  const due = [...shards]
    .filter(([, { readAt }]) => now - readAt >= interval)
    .sort(([, one], [, other]) => one.readAt - other.readAt);
  return interval === minReadInterval ? due : due.filter(([, { readAt }], index) => index === 0 || readAt === 0);
}

type PingTarget = { readonly gateway: GatewayItem; readonly peer: PingedPeer };

/** The pinged gateways of a shard by their ids, and when the shard was last read (Unix milliseconds). */
type Shard = { readonly pinged: Map<string, PingedGateway>; readAt: number };

type Dependencies = Omit<PingDependencies, 'writeInterval' | 'brake'>;

/** Pings the gateways in the shards that this task holds. */
export class GatewayPings {
  readonly #dependencies: Omit<PingDependencies, 'writeInterval'>;
  readonly #membership: Pick<Membership, 'shards'>;
  readonly #shards = new Map<string, Shard>();
  readonly #changes: PeerShards;

  constructor(dependencies: Dependencies, membership: Pick<Membership, 'shards'>) {
    // A write of the store for each ping would cost more than the ping.
    this.#dependencies = { ...dependencies, brake: newBrake(windowsOfProcess()) };
    this.#membership = membership;
    const newest = { limit: newestChanges, order: 'desc' } as const;
    this.#changes = new PeerShards(
      async () => (await dependencies.context.tableOf(0).queryIndex(gatewayRow, 'GSI2', changedGateways, newest)).items,
      () => this.#now(),
    );
  }

  /** Pinged gateways. */
  get size(): number {
    return this.#shards.values().reduce((sum, { pinged }) => sum + pinged.size, 0);
  }

  /** Starts, changes and ends pings, following the stored gateways and the held shards. */
  async refresh(): Promise<void> {
    const held = new Set(this.#membership.shards);
    for (const [shard, { pinged }] of this.#shards) {
      if (held.has(shard)) continue;
      endAll(pinged);
      this.#shards.delete(shard);
    }
    for (const shard of held) if (!this.#shards.has(shard)) this.#shards.set(shard, { pinged: new Map(), readAt: 0 });
    this.#changes.keepOnly([...held]);
    const due = dueShards(this.#shards, this.size, this.#now());
    const read = await this.#changes.due(due.map(([name]) => name));
    // One after the other, so that reading many gateways does not delay pings.
    for (const [name, shard] of due)
      if (read.has(name)) await this.#read(Number(name), shard);
      else shard.readAt = this.#now();
  }

  /** Ends all pings. */
  close(): void {
    for (const { pinged } of this.#shards.values()) endAll(pinged);
    this.#shards.clear();
  }

  async #read(number: number, shard: Shard): Promise<void> {
    shard.readAt = this.#now();
    const gateways = await this.#gatewaysOf(number);
    this.#changes.note(String(number), gateways.length);
    const targets = await this.#withPeers(gateways);
    const healths = await this.#healthsOf(
      targets.flatMap(({ gateway }) => (shard.pinged.has(gateway.id) ? [] : [gateway])),
    );
    // The shard may have been released while it was read.
    if (this.#shards.get(String(number)) !== shard) return;
    const ids = new Set(targets.map(({ gateway }) => gateway.id));
    for (const [id, pinged] of shard.pinged) {
      if (ids.has(id)) continue;
      pinged.end();
      shard.pinged.delete(id);
    }
    const dependencies = { ...this.#dependencies, writeInterval: () => writeInterval(this.size) };
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

  /** The stored health of gateways that this task has not pinged before, in few reads. */
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

  #now(): number {
    return this.#dependencies.context.clock().getTime();
  }

  #gatewaysOf(shard: number): Promise<GatewayItem[]> {
    const table = this.#dependencies.context.tableOf(0);
    return readToEnd((after) => table.queryIndex(gatewayRow, 'GSI1', pingedGateways(shard), after));
  }

  /** Adds the address of each gateway. A gateway with a trunk has the address of the trunk. */
  async #withPeers(gateways: readonly GatewayItem[]): Promise<PingTarget[]> {
    const own = gateways.flatMap((gateway) =>
      gateway.peer === null ? [] : [{ gateway, peer: { ...gateway.peer, owner: gateway } }],
    );
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
        return of.flatMap((gateway, at) => {
          const trunk = trunks[at];
          return trunk === undefined ? [] : [{ gateway, peer: { ...trunk, owner: trunk } }];
        });
      }),
    );
    return [...own, ...found.flat()];
  }
}

function endAll(pinged: ReadonlyMap<string, PingedGateway>): void {
  for (const each of pinged.values()) each.end();
}
