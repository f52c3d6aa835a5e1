import type { PingSettings } from './gateway-health.ts';
import type { Codec, SipTransport } from './sip-peer.ts';

/** A SIP gateway, as it is stored: a next hop for calls. */
export type Gateway = {
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

/** Of a gateway, what its place in the world follows from. */
export const isPinged = ({ enabled, ping }: Pick<Gateway, 'enabled' | 'ping'>): boolean => enabled && ping.enabled;

type Identity = { readonly id: string; readonly name: string };

/** Whether something that names a gateway by id or name means this one. Names compare case-insensitively. */
export const isNamedBy = ({ id, name }: Identity, reference: string): boolean =>
  reference === id || reference.toLowerCase() === name.toLowerCase();

/** A gateway whose trunk is gone: it goes on to be there, and is neither routed nor pinged. `now`: ISO 8601. */
export const disabledGateway = (gateway: Gateway, now: string): Gateway => ({
  ...gateway,
  enabled: false,
  updated_at: now,
  version: gateway.version + 1,
});

/** What the dial plan knows of a gateway. */
export const routingOf = ({
  id,
  name,
  enabled,
  prefix,
  strip,
}: Gateway): Pick<Gateway, 'id' | 'name' | 'enabled' | 'prefix' | 'strip'> => ({ id, name, enabled, prefix, strip });
