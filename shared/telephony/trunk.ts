import type { Codec, SipTransport } from './sip-peer.ts';

/** A SIP trunk, as it is stored. */
export type Trunk = {
  readonly id: string;
  /** Whose it is, for who finds it by the index of registering trunks. */
  readonly org_id: number;
  readonly name: string;
  readonly type: TrunkType;
  /** What it is set to. Whether one that registers is `pending` says its registration. */
  readonly status: 'active' | 'inactive' | 'suspended';
  /** The operator suspended it, and alone lifts that. */
  readonly suspended_by_operator: boolean;
  readonly transport: SipTransport;
  readonly host: string;
  readonly port: number;
  readonly username: string | null;
  /** Sealed for this trunk's field `password` (`shared/secrets/seals.ts`). */
  readonly sealed_password: string | null;
  readonly realm: string | null;
  readonly register: boolean;
  /** Goes up whenever it is to register anew: at another place, by other credentials, or as it was told to. */
  readonly registration_epoch: number;
  readonly max_channels: number | null;
  readonly codecs: readonly Codec[];
  readonly dtmf_mode: 'rfc2833' | 'inband' | 'info';
  readonly nat_support: boolean;
  readonly caller_id_name: string | null;
  readonly caller_id_number: string | null;
  readonly created_at: string;
  readonly updated_at: string;
  readonly version: number;
};

export const trunkTypes = ['carrier', 'pbx', 'peer'] as const;
export type TrunkType = (typeof trunkTypes)[number];
