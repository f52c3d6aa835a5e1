import { randomUUID } from 'node:crypto';
import {
  appendHistoryPoints,
  type GatewayHealthItem,
  gatewayHealthRow,
  replaceGatewayHealth,
} from '#dynamodb/rows/gateway-health.ts';
import type { GatewayItem } from '#dynamodb/rows/gateway.ts';
import { afterPing, type GatewayHealth, isAlive, type PingResult, statusEvent } from '#telephony/gateway-health.ts';
import type { HistoryPoint } from '#telephony/gateway-history.ts';
import type { Brake } from '#limits/brake.ts';
import { settingsOf, type StoredPeerSettings } from '#telephony/peer-settings.ts';
import { hostOfAddress } from '#sip/host.ts';
import { nextHopOf, proxyOf, type PeerAddress } from '#telephony/outbound-proxy.ts';
import { claimOf, isSamePeer, nextHopKey, type HostOwner } from '#telephony/shared-host.ts';
import { second } from '#schema/time.ts';
import { address } from '#sip/address.ts';
import { newRequest } from '#sip/build.ts';
import { header } from '#sip/header-kinds.ts';
import { Headers } from '#sip/headers.ts';
import { Parameters } from '#sip/parameters.ts';
import { sipUri, type SipUri } from '#sip/uri.ts';
import type { SidecarContext } from '../leases/membership.ts';
import type { HostGuard } from '../outbound/host-guard.ts';
import { type Outbound, peerUri, routeTo, type Reply } from '../outbound/outbound.ts';

/**
 * The result of a ping. Every final response except a server failure means that the gateway is alive.
 * @param at when the ping was sent, in Unix milliseconds
 * @param milliseconds until the reply
 */
export function pingResult(reply: Reply, at: number, milliseconds: number): PingResult {
  if (reply.kind === 'failed') return { at, error: reply.reason };
  const { status, reason } = reply.response;
  return isAlive(status) ? { at, response_time_ms: Math.round(milliseconds) } : { at, error: `${status} ${reason}` };
}

/** The dependencies of a pinged gateway. */
export type PingDependencies = {
  readonly context: SidecarContext;
  readonly outbound: Pick<Outbound, 'send' | 'addresses'>;
  readonly hosts: Pick<HostGuard, 'noteAll'>;
  readonly brake: Brake;
  readonly domain: string;
  /** Where this task is reached over TLS: peers that know the platform by its name look for it there. */
  readonly contact: SipUri;
  readonly newTag: () => string;
  /** Interval between two writes of a gateway whose status does not change, in milliseconds. */
  readonly writeInterval: () => number;
};

/** Random deviation of a ping, in both directions, as a share of the interval. */
const jitter = 0.1;
/** The first ping comes within this share of the interval. */
const spread = 0.75;

/** The peer of a gateway: its own, or its trunk. `owner`: who has that host. */
export type PingedPeer = PeerAddress & StoredPeerSettings & { readonly owner: HostOwner };

/** A gateway with its address and its stored health. */
type PingTarget = {
  readonly gateway: GatewayItem;
  readonly peer: PingedPeer;
  readonly health: GatewayHealthItem | undefined;
};

/** A gateway that this task pings, with its next ping and its health. */
export class PingedGateway {
  readonly #dependencies: PingDependencies;
  #gateway: GatewayItem;
  #peer: PingedPeer;
  #health: GatewayHealthItem | undefined;
  #points: readonly HistoryPoint[] = [];
  /** Unix milliseconds; undefined before the first ping. */
  #writtenAt: number | undefined;
  #timer: NodeJS.Timeout | undefined;
  #isOver = false;

  constructor(dependencies: PingDependencies, { gateway, peer, health }: PingTarget) {
    this.#dependencies = dependencies;
    this.#gateway = gateway;
    this.#peer = peer;
    this.#health = health;
    // Spreads gateways that start at once. All are pinged within two intervals after the death of their task.
    this.#plan(this.#interval() * spread * dependencies.context.random());
  }

  /** Applies a change of the gateway. With another address or a shorter interval it is pinged at once. */
  update(gateway: GatewayItem, peer: PingedPeer): void {
    const isElsewhere = !isSamePeer(peer, this.#peer);
    const isSooner = gateway.ping.interval_seconds < this.#gateway.ping.interval_seconds;
    this.#gateway = gateway;
    this.#peer = peer;
    if (isElsewhere) this.#health = undefined;
    if (isElsewhere || isSooner) this.#plan(0);
  }

  /** Ends the pings. */
  end(): void {
    this.#isOver = true;
    clearTimeout(this.#timer);
  }

  #interval(): number {
    return this.#gateway.ping.interval_seconds * second;
  }

  #plan(milliseconds: number): void {
    clearTimeout(this.#timer);
    const planned = Date.now() + milliseconds;
    this.#timer = setTimeout(() => void this.#pingAt(planned), milliseconds);
  }

  /** Pings, and plans the next ping relative to the planned time of this one, so that answers do not delay it. */
  async #pingAt(planned: number): Promise<void> {
    const { context } = this.#dependencies;
    const wait = await this.#wait();
    if (wait > 0) {
      // Spread, so that gateways which wait for the same host do not go at once. A ping that is late is no failure.
      if (!this.#isOver) this.#plan(wait * second * (1 + context.random()));
      return;
    }
    try {
      await this.#applyResult(await this.#ping());
      await this.#noteAddresses();
    } catch (error) {
      context.log.fault(error, this.#gateway.id, 'storing a ping failed');
    }
    if (this.#isOver) return;
    const next = planned + this.#interval() * (1 + jitter * (2 * context.random() - 1));
    this.#plan(Math.max(0, next - Date.now()));
  }

  /** Seconds until the host may be pinged: many gateways may have it. */
  #wait(): Promise<number> {
    const { brake, context } = this.#dependencies;
    const target = nextHopKey(this.#peer);
    return brake('gateway-ping', { organization: this.#gateway.org_id, target }, context.clock());
  }

  async #ping(): Promise<PingResult> {
    const { context, outbound, domain, contact, newTag } = this.#dependencies;
    const { from_domain: host } = settingsOf(this.#peer);
    const self = sipUri({ user: 'ping', host: host === null ? domain : hostOfAddress(host) });
    const uri = peerUri(this.#peer);
    const proxy = proxyOf(this.#peer);
    const request = newRequest({
      method: 'OPTIONS',
      uri,
      from: address(self, new Parameters([['tag', newTag()]])),
      to: address(uri),
      callId: `${randomUUID()}@${domain}`,
      sequence: 1,
      route: proxy === undefined ? [] : [routeTo(proxy)],
      headers: Headers.none
        .append(header.userAgent, 'Trunkline')
        .append(header.accept, { value: 'application/sdp', parameters: Parameters.none })
        .with(header.contact, ...(nextHopOf(this.#peer).transport === 'tls' ? [address(contact)] : [])),
    });
    const at = context.clock().getTime();
    const began = performance.now();
    const reply = await outbound.send(request, nextHopOf(this.#peer), this.#gateway.ping.timeout_ms);
    return pingResult(reply, at, performance.now() - began);
  }

  /** Where the gateway is, others then do not reach without proof. */
  async #noteAddresses(): Promise<void> {
    const { outbound, hosts } = this.#dependencies;
    const { owner } = this.#peer;
    const hop = nextHopOf(this.#peer);
    await hosts.noteAll(claimOf(owner), hop, () => outbound.addresses(peerUri(hop), hop.transport));
  }

  /**
   * Applies a result to the health. A change of status is written at once, other results at the write interval. If an
   * external report changed the stored health, the result is applied to that. It is not repeated further (`transact`):
   * the next ping comes soon, and its result is newer.
   */
  async #applyResult(result: PingResult): Promise<void> {
    const { context } = this.#dependencies;
    const { id, org_id: organization, ping } = this.#gateway;
    for (let attempt = 0; attempt < 2 && !this.#isOver; attempt += 1) {
      const before = this.#health ?? (await context.tableOf(organization).get(gatewayHealthRow, { id }));
      if (before === undefined) return;
      const after = afterPing(before, result, ping);
      const points = [
        ...this.#points,
        { at: result.at, status: after.status, response_time_ms: after.response_time_ms },
      ];
      const isNews = after.status !== before.status;
      if (!isNews && !this.#isWriteDue(result.at)) {
        this.#setState({ ...after, id, version: before.version }, points);
        return;
      }
      const failed = await context.tryCommit(organization, this.#writes(before, after, points));
      if (failed.length === 0) {
        this.#setState({ ...after, id, version: before.version + 1 }, []);
        this.#writtenAt = isNews ? this.#spread(result.at) : result.at;
        return;
      }
      this.#health = undefined;
    }
  }

  #setState(health: GatewayHealthItem, unwritten: readonly HistoryPoint[]): void {
    this.#health = health;
    this.#points = unwritten;
  }

  #isWriteDue(at: number): boolean {
    this.#writtenAt ??= this.#spread(at);
    return at - this.#writtenAt >= this.#dependencies.writeInterval();
  }

  /**
   * A random time within the last write interval, so that gateways which change at once are not written at once later.
   */
  #spread(at: number): number {
    return at - this.#dependencies.context.random() * this.#dependencies.writeInterval();
  }

  #writes(before: GatewayHealthItem, after: GatewayHealth, points: readonly HistoryPoint[]) {
    const { id, name, org_id: organization } = this.#gateway;
    const event = statusEvent(name, before, after);
    const record = this.#dependencies.context.recorderOf(organization);
    return [
      replaceGatewayHealth(before, after),
      ...appendHistoryPoints(id, points),
      ...(event === null
        ? []
        : [
            record(event.type, {
              entity: { type: 'gateway', id },
              description: event.description,
              severity: event.severity,
              fields: event.fields,
            }),
          ]),
    ];
  }
}
