import { all } from '../../../shared/dynamodb/all.ts';
import { gatewayRow, pingedGateways, type GatewayItem } from '../../../shared/dynamodb/rows/gateway.ts';
import { trunkRow } from '../../../shared/dynamodb/rows/trunk.ts';
import type { Membership } from '../leases/membership.ts';
import type { Peer } from '../outbound/outbound.ts';
import { PingedGateway, type PingOutside } from './pinged-gateway.ts';

/** Gateways of a task up to which each ping is written; beyond it, writes a second at most, and milliseconds after which all the same. */
const few = 100;
const writesPerSecond = 30;
const longestUnwritten = 300_000;

/** Keys of one BatchGet. */
const most = 100;

type Wanted = { readonly gateway: GatewayItem; readonly peer: Peer };

/** The pings of all gateways in the shards that this task holds. */
export class GatewayPings {
  readonly #outside: Omit<PingOutside, 'writeInterval'>;
  readonly #membership: Pick<Membership, 'shards'>;
  readonly #pinged = new Map<string, PingedGateway>();

  constructor(outside: Omit<PingOutside, 'writeInterval'>, membership: Pick<Membership, 'shards'>) {
    this.#outside = outside;
    this.#membership = membership;
  }

  get size(): number {
    return this.#pinged.size;
  }

  /** Begins, changes and ends pings, as gateways and shards come and go. */
  async refresh(): Promise<void> {
    const found = await Promise.all(this.#membership.shards.map((shard) => this.#gatewaysOf(Number(shard))));
    const wanted = await this.#withPeers(found.flat());
    const ids = new Set(wanted.map(({ gateway }) => gateway.id));
    for (const [id, pinged] of this.#pinged) if (!ids.has(id)) this.#end(id, pinged);
    for (const { gateway, peer } of wanted) this.#begin(gateway, peer);
  }

  /** Ends all. */
  close(): void {
    for (const [id, pinged] of this.#pinged) this.#end(id, pinged);
  }

  #begin(gateway: GatewayItem, peer: Peer): void {
    const known = this.#pinged.get(gateway.id);
    if (known === undefined) this.#pinged.set(gateway.id, new PingedGateway({ ...this.#outside, writeInterval: () => this.#writeInterval() }, gateway, peer));
    else known.update(gateway, peer);
  }

  #end(id: string, pinged: PingedGateway): void {
    pinged.end();
    this.#pinged.delete(id);
  }

  #writeInterval(): number {
    return this.size <= few ? 0 : Math.min(longestUnwritten, (this.size / writesPerSecond) * 1_000);
  }

  #gatewaysOf(shard: number): Promise<GatewayItem[]> {
    const table = this.#outside.world.tableOf(0);
    return all((after) => table.queryIndex(gatewayRow, 'GSI1', pingedGateways(shard), after));
  }

  /** A gateway that goes by a trunk is where the trunk is. */
  async #withPeers(gateways: readonly GatewayItem[]): Promise<Wanted[]> {
    const own = gateways.flatMap((gateway) => (gateway.peer === null ? [] : [{ gateway, peer: gateway.peer }]));
    const byTrunk = Map.groupBy(gateways.filter(({ peer }) => peer === null), ({ org_id: organization }) => organization);
    const found = await Promise.all([...byTrunk].map(async ([organization, of]) => {
      const keys = of.slice(0, most).map(({ trunk_id: trunk }) => ({ id: trunk ?? '' }));
      const trunks = await this.#outside.world.tableOf(organization).getAll(trunkRow, keys);
      return of.flatMap((gateway, at) => (trunks[at] === undefined ? [] : [{ gateway, peer: trunks[at] }]));
    }));
    return [...own, ...found.flat()];
  }
}
