import type { CallLeg, Channel } from '#schema/call.ts';
import type { ChannelLimits } from '#dynamodb/rows/channel.ts';
import type { SipUri } from '#sip/uri.ts';
import type { SealedFor } from '#secrets/seals.ts';
import type { HostClaim } from '#telephony/shared-host.ts';
import type { Peer } from '../outbound/outbound.ts';
import type { Flow } from '../transport/flow.ts';

/** Credentials for the challenges of a peer. */
export type PeerAccount = {
  readonly username: string;
  readonly sealed_password: string;
  readonly realm: string | null;
  readonly sealedFor: SealedFor;
};

/** Who is at the other end of a leg, as it is stored. */
export type LegParty = Pick<
  CallLeg,
  'kind' | 'target' | 'number' | 'user_id' | 'device_id' | 'line' | 'gateway_id' | 'trunk_id'
>;

/** Where a leg's INVITE goes. */
export type Target = {
  readonly party: LegParty;
  /** The Request-URI. */
  readonly uri: SipUri;
  readonly to:
    | { readonly kind: 'phone'; readonly flow: Flow }
    | {
        readonly kind: 'peer';
        readonly peer: Peer;
        readonly account: PeerAccount | null;
        /** By what the organization sends calls to the host. */
        readonly claim: HostClaim;
      };
  /** Whether it may see the verified number of a withheld caller (RFC 3325). */
  readonly isTrusted: boolean;
  /** The number that it presents for callers without one of their own. */
  readonly callerNumber: string | null;
  /** What it takes while it is called, and how much there is of it. */
  readonly channels: readonly Channel[];
  readonly limits: ChannelLimits;
};

/** A leg without anyone at its other end. */
export const noParty = {
  target: '',
  number: null,
  user_id: null,
  device_id: null,
  line: null,
  gateway_id: null,
  trunk_id: null,
} as const satisfies Omit<LegParty, 'kind'>;
