import type { PingSettings } from '../../telephony/gateway-health.ts';
import type { Codec, SipTransport } from '../../telephony/sip-peer.ts';
import { row } from '../row.ts';
import { shardOf } from '../shard.ts';

export type GatewayItem = {
  readonly id: string;
  /** Whose it is, for who finds it by the index of pinged gateways. */
  readonly org_id: number;
  readonly name: string;
  readonly enabled: boolean;
  /** Digits put before the dialed string, and how many are taken off it before that. */
  readonly prefix: string;
  readonly strip: number;
  /** Where to, if by a trunk; its peer is then the trunk's. */
  readonly trunk_id: string | null;
  /** Null with a trunk. */
  readonly peer: GatewayPeer | null;
  readonly caller_id_number: string | null;
  readonly ping: PingSettings;
  readonly created_at: string;
  readonly updated_at: string;
  readonly version: number;
};

/** Where a gateway is, and how it is spoken to. A trunk has all of these too. */
export type GatewayPeer = {
  readonly host: string;
  readonly port: number;
  readonly transport: SipTransport;
  readonly username: string | null;
  /** Sealed for the field `password` of the gateway, or of the trunk whose peer it is (`shared/secrets/seals.ts`). */
  readonly sealed_password: string | null;
  readonly realm: string | null;
  readonly codecs: readonly Codec[];
  readonly max_channels: number | null;
};

/** Partitions over which the pinged gateways of all organizations are spread; tasks share them out by leases. */
export const pingShards = 16;

/** The partition of GSI1 that holds a shard of the pinged gateways, after the entity. */
export const pingedGateways = (shard: number): readonly string[] => ['ping', String(shard)];

/** `gateway#1001`, newest first by id; GSI1: those that are pinged. */
export const gatewayRow = row<'gateway', GatewayItem, { id: string }>('gateway', {
  sort: ({ id }) => id,
  index1: ({ id, enabled, ping }) => (enabled && ping.enabled ? { partition: pingedGateways(shardOf(id, pingShards)), sort: id } : undefined),
});

/** Names are unique in an organization, case ignored. */
export const gatewayNameRow = row<'gateway-name', { name: string; owner: string }, { name: string }>('gateway-name', { sort: ({ name }) => name });
