import { definedFields } from '../schema/defined-fields.ts';

/** How trunks and gateways differ from one another: what a peer expects, and what it sends. */

export const peerProfiles = [
  'generic',
  'sipgate',
  'telekom_companyflex',
  'telnyx',
  'twilio',
  'bandwidth',
  'ovh',
  'asterisk',
  '3cx',
  'teams',
] as const;
export type PeerProfile = (typeof peerProfiles)[number];

export const didSources = ['request_uri', 'to', 'p_called_party_id', 'p_preferred_identity', 'diversion'] as const;
export type DidSource = (typeof didSources)[number];

export const callerSources = ['p_asserted_identity', 'from', 'p_preferred_identity', 'remote_party_id'] as const;
export type CallerSource = (typeof callerSources)[number];

export const identityHeaders = ['p_asserted_identity', 'p_preferred_identity', 'remote_party_id', 'none'] as const;
export type IdentityHeader = (typeof identityHeaders)[number];

export const mediaEncryptions = ['none', 'prefer', 'require'] as const;
export type MediaEncryption = (typeof mediaEncryptions)[number];

/** How the number of a caller is written: `+4930…`, or `4930…`. */
export const callerFormats = ['e164', 'e164_without_plus'] as const;
export type CallerFormat = (typeof callerFormats)[number];

/** The settings of a peer as they apply. */
export type PeerSettings = {
  /** `host[:port][;transport=]`, to which requests are sent with a Route; null: they are sent to the host. */
  readonly outbound_proxy: string | null;
  /** Where the dialed number of an INVITE of the peer is read, in this order. */
  readonly did_source: readonly DidSource[];
  /** Where the caller of an INVITE of the peer is read, in this order. */
  readonly caller_source: readonly CallerSource[];
  /** User of From in requests to the peer. */
  readonly from_user: 'caller' | 'username';
  /** Header that has the presented caller. */
  readonly identity_header: IdentityHeader;
  /** Form of numbers in From, in the identity header and in Diversion. */
  readonly caller_format: CallerFormat;
  /** Host of From and of the identity header; null: the domain of the platform. */
  readonly from_domain: string | null;
  /** SDES-SRTP (RFC 4568) towards the peer. */
  readonly media_encryption: MediaEncryption;
  /** Keys of SRTP may be sent over a transport other than TLS. */
  readonly allow_clear_keys: boolean;
  readonly fax: 't38' | 'audio' | 'reject';
  /** What becomes of a REFER of the peer. */
  readonly refer: 'reject' | 'accept';
  /** Final answers after which no further gateway is tried. 482, 483 and 6xx always are. */
  readonly stop_codes: readonly number[];
  /** Seconds without any response until the next gateway is tried. */
  readonly attempt_seconds: number;
  /** Seconds without an 18x; null: no limit of its own. */
  readonly progress_seconds: number | null;
  /** Constant headers of requests of calls, by name (`X-…`). */
  readonly headers: Readonly<Record<string, string>>;
  /** User of the Contact that is registered; null: the user name. */
  readonly contact_user: string | null;
  /** Seconds for which the trunk registers. */
  readonly expires: number;
};

/** The settings of a peer as stored: what was set, and the profile that has the others. Sparse, as most set none. */
export type StoredPeerSettings = { readonly profile?: PeerProfile } & {
  readonly [F in keyof PeerSettings]?: PeerSettings[F];
};

const generic: PeerSettings = {
  outbound_proxy: null,
  did_source: ['request_uri'],
  caller_source: ['p_asserted_identity', 'from'],
  from_user: 'caller',
  identity_header: 'p_asserted_identity',
  caller_format: 'e164',
  from_domain: null,
  media_encryption: 'none',
  allow_clear_keys: false,
  fax: 't38',
  refer: 'reject',
  stop_codes: [404, 410, 480, 484, 486, 487],
  attempt_seconds: 4,
  progress_seconds: null,
  headers: {},
  contact_user: null,
  expires: 3_600,
};

/**
 * What carriers and PBXs expect differently, as their public documentation says. "Assumed" is what it leaves open. No
 * profile accepts REFER, or media encryption without need: what spends money or needs TLS is set for each trunk.
 */
const profiles: Readonly<Record<PeerProfile, Partial<PeerSettings>>> = {
  generic: {},
  /**
   * help.sipgate.de, "Wie setze ich bei sipgate trunking die Absenderrufnummer?" (2026): From has the SIP-ID, and
   * P-Preferred-Identity the caller, both at sipconnect.sipgate.de. Numbers there and in Diversion are E.164 without
   * plus: with one, another number is shown. Assumed: To has the number where the Request-URI has the registered
   * Contact.
   */
  sipgate: {
    from_user: 'username',
    from_domain: 'sipconnect.sipgate.de',
    identity_header: 'p_preferred_identity',
    caller_format: 'e164_without_plus',
    did_source: ['request_uri', 'to'],
  },
  /**
   * Deutsche Telekom, 1TR119 "Technical Specification of the SIP-Trunking Interface for CompanyFlex", version 1.9.0
   * (2021-02-03): one Contact is registered for all numbers (RFC 6140), the caller is in P-Preferred-Identity, 403 or
   * 488 for another identity, and the contract names an outbound proxy. Assumed: P-Called-Party-ID (RFC 7315) has the
   * number where the Request-URI has the Contact; From is at sip-trunk.telekom.de; registration for 10 minutes.
   */
  telekom_companyflex: {
    from_domain: 'sip-trunk.telekom.de',
    identity_header: 'p_preferred_identity',
    did_source: ['request_uri', 'p_called_party_id', 'to'],
    expires: 600,
  },
  /**
   * developers.telnyx.com, "Caller ID Policy" (2026): the caller is read from P-Preferred-Identity,
   * P-Asserted-Identity, Remote-Party-ID and From, in this order; an invalid one is 403. Assumed: To has the number
   * where a connection with credentials is called at its Contact.
   */
  telnyx: { did_source: ['request_uri', 'to'] },
  /**
   * twilio.com, "Elastic SIP Trunking" (2026-07-21): no registration, numbers as E.164 with a plus in the Request-URI.
   * Its secure trunking needs TLS and SRTP, and is set for each trunk.
   */
  twilio: {},
  /**
   * support.bandwidth.com, "Outbound Calling Integration Guide" and "SIP peers for 911 service" (2025): known by
   * address, P-Asserted-Identity as RFC 3325 says. Assumed: E.164 with a plus in the Request-URI.
   */
  bandwidth: {},
  /**
   * guide.ovh.com, "Créer un tunnel SIP" (Elastix, undated): a line registers with its number (`0033…`) as user name.
   * Assumed: From has the line, To the number where the Request-URI has the registered Contact.
   */
  ovh: { from_user: 'username', did_source: ['request_uri', 'to'] },
  /**
   * docs.asterisk.org, "res_pjsip Configuration Examples" (Asterisk 20, 2024): `send_pai` and `send_rpid` say in which
   * header an endpoint names its caller. Assumed: FreePBX sets either for a trunk.
   */
  asterisk: { caller_source: ['p_asserted_identity', 'remote_party_id', 'from'] },
  /**
   * 3cx.com, "Outbound Calls" and "Requirements for VoIP Providers" (2024): From has the authentication id of the
   * trunk, and the caller may be in P-Asserted-Identity or Remote-Party-ID.
   */
  '3cx': { caller_source: ['p_asserted_identity', 'remote_party_id', 'from'] },
  /**
   * learn.microsoft.com, "Direct Routing - SIP protocol" and "Direct Routing - definitions and RFC standards" (2025):
   * TLS with certificates of both sides, SRTP, names in Contact, P-Asserted-Identity with Privacy.
   */
  teams: { media_encryption: 'require' },
};

const fields = Object.keys(generic);

/** What was set of the settings. @param peer a trunk or the peer of a gateway, with its other fields */
const setOf = (peer: StoredPeerSettings): Partial<PeerSettings> =>
  Object.fromEntries(Object.entries(definedFields(peer)).filter(([field]) => fields.includes(field)));

/** The settings of a trunk or gateway as they apply. */
export const settingsOf = (peer: StoredPeerSettings): PeerSettings => ({
  ...generic,
  ...profiles[peer.profile ?? 'generic'],
  ...setOf(peer),
});
