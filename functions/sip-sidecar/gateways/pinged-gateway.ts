import { randomUUID } from 'node:crypto';
import {
  gatewayHealthRow,
  healthChanged,
  pointsAdded,
  type GatewayHealthItem,
} from '../../../shared/dynamodb/rows/gateway-health.ts';
import type { GatewayItem } from '../../../shared/dynamodb/rows/gateway.ts';
import {
  isAlive,
  afterPing,
  statusEvent,
  type GatewayHealth,
  type PingResult,
} from '../../../shared/telephony/gateway-health.ts';
import type { HistoryPoint } from '../../../shared/telephony/gateway-history.ts';
import { address } from '../../../shared/sip/address.ts';
import { newRequest } from '../../../shared/sip/build.ts';
import { header } from '../../../shared/sip/header-kinds.ts';
import { Headers } from '../../../shared/sip/headers.ts';
import { Parameters } from '../../../shared/sip/parameters.ts';
import { sipUri } from '../../../shared/sip/uri.ts';
import type { SidecarContext } from '../leases/membership.ts';
import { peerUri, type Outbound, type Peer } from '../outbound/outbound.ts';

export type PingDependencies = {
  readonly context: SidecarContext;
  readonly outbound: Pick<Outbound, 'send'>;
  readonly domain: string;
  readonly newTag: () => string;
  /** Milliseconds between two writes of a gateway whose state does not change. */
  readonly writeInterval: () => number;
};

/** A ping comes at its interval, give or take this share of it. */
const jitter = 0.1;
/** Of its interval, before its first one here. */
const spread = 0.75;

/** A gateway as its pings begin. */
type Begun = { readonly gateway: GatewayItem; readonly peer: Peer; readonly health: GatewayHealthItem | undefined };

/** One gateway that this task pings: its next ping, and what is known of its health. */
export class PingedGateway {
  readonly #dependencies: PingDependencies;
  #gateway: GatewayItem;
  #peer: Peer;
  #health: GatewayHealthItem | undefined;
  #points: readonly HistoryPoint[] = [];
  /** Unix milliseconds; not known before it is first looked at. */
  #writtenAt: number | undefined;
  #timer: NodeJS.Timeout | undefined;
  #isOver = false;

  constructor(dependencies: PingDependencies, { gateway, peer, health }: Begun) {
    this.#dependencies = dependencies;
    this.#gateway = gateway;
    this.#peer = peer;
    this.#health = health;
    // Many that begin at once are spread, and all have their turn within two intervals after their task died.
    this.#plan(this.#interval() * spread * dependencies.context.random());
  }

  /** The gateway as it is now. One that is another place is pinged at once. */
  update(gateway: GatewayItem, peer: Peer): void {
    const isElsewhere =
      peer.host !== this.#peer.host || peer.port !== this.#peer.port || peer.transport !== this.#peer.transport;
    const isSooner = gateway.ping.interval_seconds < this.#gateway.ping.interval_seconds;
    this.#gateway = gateway;
    this.#peer = peer;
    if (isElsewhere) this.#health = undefined;
    if (isElsewhere || isSooner) this.#plan(0);
  }

  /** Pings no more. */
  end(): void {
    this.#isOver = true;
    clearTimeout(this.#timer);
  }

  #interval(): number {
    return this.#gateway.ping.interval_seconds * 1_000;
  }

  #plan(milliseconds: number): void {
    clearTimeout(this.#timer);
    const planned = Date.now() + milliseconds;
    this.#timer = setTimeout(() => void this.#round(planned), milliseconds);
  }

  /** One ping; the next is counted from when this one was to be, so that answers do not stretch the interval. */
  async #round(planned: number): Promise<void> {
    const { context } = this.#dependencies;
    try {
      await this.#settle(await this.#ping());
    } catch (error) {
      context.log.fault(error, this.#gateway.id, 'a ping was not settled');
    }
    if (this.#isOver) return;
    const next = planned + this.#interval() * (1 + jitter * (2 * context.random() - 1));
    this.#plan(Math.max(0, next - Date.now()));
  }

  async #ping(): Promise<PingResult> {
    const { context, outbound, domain, newTag } = this.#dependencies;
    const self = sipUri({ user: 'ping', host: domain });
    const uri = peerUri(this.#peer);
    const request = newRequest({
      method: 'OPTIONS',
      uri,
      from: address(self, new Parameters([['tag', newTag()]])),
      to: address(uri),
      callId: `${randomUUID()}@${domain}`,
      sequence: 1,
      headers: Headers.none
        .append(header.userAgent, 'Trunkline')
        .append(header.accept, { value: 'application/sdp', parameters: Parameters.none }),
    });
    const at = context.clock().getTime();
    const began = performance.now();
    const reply = await outbound.send(request, this.#peer, this.#gateway.ping.timeout_ms);
    if (reply.kind === 'failed') return { at, error: reply.reason };
    const { status, reason } = reply.response;
    return isAlive(status)
      ? { at, response_time_ms: Math.round(performance.now() - began) }
      : { at, error: `${status} ${reason}` };
  }

  /**
   * A change of state is written at once, the rest now and then. Where a report from outside came meanwhile, the ping
   * counts for what that made of it.
   */
  async #settle(result: PingResult): Promise<void> {
    const { context } = this.#dependencies;
    const { id, org_id: organization, ping } = this.#gateway;
    for (let turn = 0; turn < 2 && !this.#isOver; turn += 1) {
      const before = this.#health ?? (await context.tableOf(organization).get(gatewayHealthRow, { id }));
      if (before === undefined) return;
      const after = afterPing(before, result, ping);
      const points = [
        ...this.#points,
        { at: result.at, status: after.status, response_time_ms: after.response_time_ms },
      ];
      const isNews = after.status !== before.status;
      if (!isNews && !this.#isWriteDue(result.at)) {
        this.#keep({ ...after, id, version: before.version }, points);
        return;
      }
      const failed = await context.tryCommit(organization, this.#writes(before, after, points));
      if (failed.length === 0) {
        this.#keep({ ...after, id, version: before.version + 1 }, []);
        this.#writtenAt = isNews ? this.#spread(result.at) : result.at;
        return;
      }
      this.#health = undefined;
    }
  }

  #keep(health: GatewayHealthItem, unwritten: readonly HistoryPoint[]): void {
    this.#health = health;
    this.#points = unwritten;
  }

  #isWriteDue(at: number): boolean {
    this.#writtenAt ??= this.#spread(at);
    return at - this.#writtenAt >= this.#dependencies.writeInterval();
  }

  /** Many that begin or fall at once are not written at once again, one interval later. */
  #spread(at: number): number {
    return at - this.#dependencies.context.random() * this.#dependencies.writeInterval();
  }

  #writes(before: GatewayHealthItem, after: GatewayHealth, points: readonly HistoryPoint[]) {
    const { id, name, org_id: organization } = this.#gateway;
    const event = statusEvent(name, before, after);
    const record = this.#dependencies.context.recorderOf(organization);
    return [
      healthChanged(before, after),
      ...pointsAdded(id, points),
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
