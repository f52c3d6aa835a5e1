import type { PingSettings } from './gateway-health.ts';
import type { PeerConsents } from './foreign-caller-id.ts';
import type { StoredPeerSettings } from './peer-settings.ts';
import type { Codec, SipTransport } from './sip-peer.ts';

export const stirSettings = ['off', 'sign'] as const;
type StirSetting = (typeof stirSettings)[number];

/** A SIP gateway as stored: a next hop for calls. */
export type Gateway = PeerConsents & {
  readonly id: string;
  /** The owner: the index of pinged gateways spans organizations. */
  readonly org_id: number;
  readonly name: string;
  readonly enabled: boolean;
  /** Digits put before the dialed string, after `strip`. */
  readonly prefix: string;
  /** Number of leading digits removed from the dialed string. */
  readonly strip: number;
  /** The trunk that carries its calls; the trunk's peer is then used. */
  readonly trunk_id: string | null;
  /** Null if it uses a trunk. */
  readonly peer: GatewayPeer | null;
  readonly caller_id_number: string | null;
  /** Whether its calls are signed (RFC 8224). Absent in earlier versions: `off`. */
  readonly stir?: StirSetting;
  readonly ping: PingSettings;
  readonly created_at: string;
  readonly updated_at: string;
  readonly version: number;
};

/** Address, credentials and media of a SIP peer. Trunks have the same fields. */
export type GatewayPeer = StoredPeerSettings & {
  readonly host: string;
  readonly port: number;
  readonly transport: SipTransport;
  readonly username: string | null;
  /** Sealed for the field `password` of its gateway or trunk (`shared/secrets/seals.ts`). */
  readonly sealed_password: string | null;
  readonly realm: string | null;
  readonly codecs: readonly Codec[];
  readonly max_channels: number | null;
};

/** Whether the sidecar pings it. */
export const isPinged = ({ enabled, ping }: Pick<Gateway, 'enabled' | 'ping'>): boolean => enabled && ping.enabled;

type Identity = { readonly id: string; readonly name: string };

/** Whether a reference (an id or a name) means this gateway. Names are compared case-insensitively. */
export const isNamedBy = ({ id, name }: Identity, reference: string): boolean =>
  reference === id || reference.toLowerCase() === name.toLowerCase();

/** The gateway after the deletion of its trunk: kept, but neither routed to nor pinged. @param now ISO 8601 */
export const disableGateway = (gateway: Gateway, now: string): Gateway => ({
  ...gateway,
  enabled: false,
  updated_at: now,
  version: gateway.version + 1,
});

/** The part of a gateway that the compiled dial plan contains. */
export const routingOf = ({
  id,
  name,
  enabled,
  prefix,
  strip,
}: Gateway): Pick<Gateway, 'id' | 'name' | 'enabled' | 'prefix' | 'strip'> => ({ id, name, enabled, prefix, strip });
