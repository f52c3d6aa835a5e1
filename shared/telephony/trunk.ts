import type { NumberFormat } from './number-format.ts';
import type { PeerConsents } from './foreign-caller-id.ts';
import type { StoredPeerSettings } from './peer-settings.ts';
import type { Codec, SipTransport } from './sip-peer.ts';
import type { VerstatTrust } from './verstat-trust.ts';

/** A SIP trunk, as it is stored. */
export type Trunk = PeerConsents &
  VerstatTrust &
  StoredPeerSettings & {
    readonly id: string;
    /** The owner: the index of registering trunks spans organizations. */
    readonly org_id: number;
    readonly name: string;
    readonly type: TrunkType;
    /** As set by a user. Answers derive `pending` from the registration (`trunkStatus`). */
    readonly status: 'active' | 'inactive' | 'suspended';
    /** Set by the operator, who alone can lift the suspension. */
    readonly suspended_by_operator: boolean;
    readonly transport: SipTransport;
    readonly host: string;
    readonly port: number;
    readonly username: string | null;
    /** Sealed for this trunk's field `password` (`shared/secrets/seals.ts`). */
    readonly sealed_password: string | null;
    readonly realm: string | null;
    /** SIP user name with which a PBX or a peer calls; null for carriers, absent in earlier versions. */
    readonly inbound_username?: string | null;
    readonly register: boolean;
    /**
     * Rises when the trunk must register again: at another peer, with other credentials, or on request. A registration
     * of an older epoch no longer counts.
     */
    readonly registration_epoch: number;
    readonly max_channels: number | null;
    readonly codecs: readonly Codec[];
    readonly dtmf_mode: 'rfc2833' | 'inband' | 'info';
    readonly nat_support: boolean;
    readonly caller_id_name: string | null;
    readonly caller_id_number: string | null;
    /** How numbers of its calls are written; as its organization's if null, or absent in earlier versions. */
    readonly number_format?: NumberFormat | null;
    readonly created_at: string;
    readonly updated_at: string;
    readonly version: number;
  };

export const trunkTypes = ['carrier', 'pbx', 'peer'] as const;
export type TrunkType = (typeof trunkTypes)[number];
