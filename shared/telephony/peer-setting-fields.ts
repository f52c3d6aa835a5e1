import * as z from 'zod';
import { AppError, invalid } from '../errors.ts';
import { definedFields } from '../schema/defined-fields.ts';
import { parseProxy } from './outbound-proxy.ts';
import {
  callerFormats,
  callerSources,
  didSources,
  identityHeaders,
  mediaEncryptions,
  peerProfiles,
  settingsOf,
  type StoredPeerSettings,
} from './peer-settings.ts';
import { SipHost, type SipTransport } from './sip-peer.ts';

/** The settings of a peer in requests and answers (functions/telephony/sip-trunks/README.md, "Profiles"). */

const isSet = (list: readonly unknown[]): boolean => new Set(list).size === list.length;
const setOf = <T extends z.ZodType>(value: T) => z.array(value).refine(isSet, 'must not repeat a value');

const OutboundProxy = z
  .string()
  .trim()
  .max(300)
  .refine((text) => parseProxy(text, 'udp') !== undefined, 'must be host[:port][;transport=udp|tcp|tls]');

/** A final answer that ends an attempt: 3xx are followed, 6xx always end all attempts. */
const StopCode = z.int().min(400).max(699);

const maxHeaders = 8;

/** Of the platform itself. */
const ownHeaders: readonly string[] = ['x-verification-token'];

/** Letters, digits, dots, underscores and hyphens are of RFC 3261's `token` and of names of XML. */
const HeaderName = z
  .string()
  .max(64)
  .regex(/^[Xx]-[A-Za-z0-9._-]+$/, 'must be X- and letters, digits, dots, underscores or hyphens')
  .refine((name) => !ownHeaders.includes(name.toLowerCase()), 'is a header of the platform');

/** Printable ASCII without a blank at either end, as parsers of SIP remove those. */
const HeaderValue = z.string().regex(/^[!-~](?:[ -~]{0,254}[!-~])?$/, 'must have 1 to 256 printable characters');

const Headers = z
  .record(HeaderName, HeaderValue)
  .refine((headers) => Object.keys(headers).length <= maxHeaders, `must have at most ${maxHeaders} headers`)
  .refine((headers) => isSet(Object.keys(headers).map((name) => name.toLowerCase())), 'must not repeat a name');

/** RFC 3261 §25.1, `user` without parameters and escapes. */
const ContactUser = z
  .string()
  .max(128)
  .regex(/^[\w.!~*'()&=+$,/?-]+$/, 'must be the user of a SIP URI');

const values = {
  profile: z.enum(peerProfiles),
  outbound_proxy: OutboundProxy,
  did_source: setOf(z.enum(didSources)).min(1).max(didSources.length),
  caller_source: setOf(z.enum(callerSources)).min(1).max(callerSources.length),
  from_user: z.enum(['caller', 'username']),
  identity_header: z.enum(identityHeaders),
  caller_format: z.enum(callerFormats),
  from_domain: SipHost,
  media_encryption: z.enum(mediaEncryptions),
  allow_clear_keys: z.boolean(),
  fax: z.enum(['t38', 'audio', 'reject']),
  refer: z.enum(['reject', 'accept']),
  stop_codes: setOf(StopCode).max(16),
  attempt_seconds: z.int().min(1).max(32),
  progress_seconds: z.int().min(5).max(180),
  headers: Headers,
  contact_user: ContactUser,
  expires: z.int().min(60).max(86_400),
} as const;

const described = {
  profile:
    'The carrier or PBX, which sets the defaults of the fields from `outbound_proxy` to `expires`. A field that is ' +
    'set has its own value',
  outbound_proxy:
    'Server to which all requests are sent with a Route (`host[:port][;transport=]`); the Request-URI keeps `host`. ' +
    'The rules of `host` count for it',
  did_source:
    'Where the dialed number of an INVITE of the peer is read, in this order. A number of the platform in the ' +
    'Request-URI always counts first',
  caller_source: 'Where the caller of an INVITE of the peer is read, in this order',
  from_user:
    'User of From in requests to the peer. `username` needs `username`, and `foreign_caller_id` if that may be read ' +
    'as a number',
  identity_header: 'Header that has the presented caller',
  caller_format: 'Form of numbers in From, in the identity header and in Diversion: `+4930…`, or `4930…` without plus',
  from_domain: 'Host of From and of the identity header; null: the domain of the platform',
  media_encryption:
    'SDES-SRTP (RFC 4568) towards the peer: `prefer` calls again without it after 488 or 606, `require` rejects ' +
    'media in clear. Needs TLS, or `allow_clear_keys`',
  allow_clear_keys: 'Whether the keys of SRTP may be sent without TLS, where anyone on the way can read them',
  fax: '`t38`: T.38 passes (RFC 3362); `audio`: fax by G.711, T.38 is rejected with 488; `reject`: neither',
  refer: 'Whether a REFER of the peer is carried out; `reject`: 603',
  stop_codes: 'Answers (400 to 699) after which no further gateway is tried; 482, 483 and 6xx always are',
  attempt_seconds: 'Seconds without any answer until the next gateway is tried',
  progress_seconds: 'Seconds without ringing or progress until the next gateway is tried; null: no limit of its own',
  headers:
    'Constant headers of the INVITEs to the peer: at most 8 names that begin with `X-`, values of 1 to 256 characters',
  contact_user: 'User of the Contact that is registered; null: the user name',
  expires: 'Seconds for which the trunk asks to be registered; the registrar may grant fewer',
} as const satisfies Record<keyof typeof values, string>;

const removable = '. Null: the value of the profile';

/** Request fields of a trunk, and of a gateway without a trunk. Null removes what was set. */
export const peerSettingFields = {
  profile: values.profile.nullable().describe(`${described.profile}. Default, and null: \`generic\``),
  outbound_proxy: values.outbound_proxy.nullable().describe(described.outbound_proxy + removable),
  did_source: values.did_source.nullable().describe(described.did_source + removable),
  caller_source: values.caller_source.nullable().describe(described.caller_source + removable),
  from_user: values.from_user.nullable().describe(described.from_user + removable),
  identity_header: values.identity_header.nullable().describe(described.identity_header + removable),
  caller_format: values.caller_format.nullable().describe(described.caller_format + removable),
  from_domain: values.from_domain.nullable().describe(described.from_domain + removable),
  media_encryption: values.media_encryption.nullable().describe(described.media_encryption + removable),
  allow_clear_keys: values.allow_clear_keys.nullable().describe(described.allow_clear_keys + removable),
  fax: values.fax.nullable().describe(described.fax + removable),
  refer: values.refer.nullable().describe(described.refer + removable),
  stop_codes: values.stop_codes.nullable().describe(described.stop_codes + removable),
  attempt_seconds: values.attempt_seconds.nullable().describe(described.attempt_seconds + removable),
  progress_seconds: values.progress_seconds.nullable().describe(described.progress_seconds + removable),
  headers: values.headers.nullable().describe(described.headers + removable),
  contact_user: values.contact_user.nullable().describe(described.contact_user + removable),
  expires: values.expires.nullable().describe(described.expires + removable),
} as const;

/** The settings of a peer as answered: as they apply. */
export const peerSettingAnswers = {
  profile: values.profile.describe(described.profile),
  outbound_proxy: z.string().nullable().describe(described.outbound_proxy),
  did_source: z.array(z.enum(didSources)).describe(described.did_source),
  caller_source: z.array(z.enum(callerSources)).describe(described.caller_source),
  from_user: values.from_user.describe(described.from_user),
  identity_header: values.identity_header.describe(described.identity_header),
  caller_format: values.caller_format.describe(described.caller_format),
  from_domain: z.string().nullable().describe(described.from_domain),
  media_encryption: values.media_encryption.describe(described.media_encryption),
  allow_clear_keys: values.allow_clear_keys.describe(described.allow_clear_keys),
  fax: values.fax.describe(described.fax),
  refer: values.refer.describe(described.refer),
  stop_codes: z.array(z.int()).describe(described.stop_codes),
  attempt_seconds: z.int().describe(described.attempt_seconds),
  progress_seconds: z.int().nullable().describe(described.progress_seconds),
  headers: z.record(z.string(), z.string()).describe(described.headers),
  contact_user: z.string().nullable().describe(described.contact_user),
  expires: z.int().describe(described.expires),
} as const;

type SettingName = keyof typeof peerSettingFields;

/** Names of the settings, the profile among them. */
// The assertion is safe: these are the names of the object.
export const peerSettingNames = Object.keys(peerSettingFields) as readonly SettingName[];

/** The settings of a request; null removes what was set. */
export type WantedSettings = {
  readonly [F in SettingName]?: z.output<(typeof peerSettingFields)[F]> | undefined;
};

const isSetting = ([name]: readonly [string, unknown]): boolean =>
  (peerSettingNames as readonly string[]).includes(name);

/** A request, a trunk or a peer without the settings. */
// The assertion is safe: exactly the settings are missing.
export const withoutSettings = <Fields extends object>(fields: Fields) =>
  Object.fromEntries(Object.entries(fields).filter((entry) => !isSetting(entry))) as Omit<Fields, SettingName>;

const settingsIn = (fields: object): object => Object.fromEntries(Object.entries(fields).filter(isSetting));

/**
 * What is stored of the settings after a request: what was set before, or is now. A profile changes only what is not.
 * @param before the trunk or the peer before; empty: it is new, or is replaced
 */
export const settingsAfter = (before: StoredPeerSettings, wanted: WantedSettings): StoredPeerSettings =>
  Object.fromEntries(
    Object.entries({ ...settingsIn(before), ...definedFields(settingsIn(wanted)) }).filter(
      ([, value]) => value !== null,
    ),
  );

/** The settings of a trunk or peer as answered. */
export function presentSettings(peer: StoredPeerSettings) {
  const { did_source, caller_source, stop_codes, headers, ...others } = settingsOf(peer);
  return {
    profile: peer.profile ?? 'generic',
    ...others,
    did_source: [...did_source],
    caller_source: [...caller_source],
    stop_codes: [...stop_codes],
    headers: { ...headers },
  };
}

type ConfiguredPeer = StoredPeerSettings & { readonly transport: SipTransport; readonly username: string | null };

/**
 * @throws AppError INSECURE_KEYS if keys of SRTP would be sent without TLS, VALIDATION_FAILED if other fields
 *   contradict each other
 */
export function assertSettings(peer: ConfiguredPeer): void {
  const { outbound_proxy: proxy, from_user, media_encryption, allow_clear_keys } = settingsOf(peer);
  const nextHop = proxy === null ? peer : parseProxy(proxy, peer.transport);
  if (nextHop === undefined) throw invalid('outbound_proxy', 'must not give up the TLS of `transport`');
  if (from_user === 'username' && peer.username === null)
    throw invalid('username', 'is required by `from_user`: `username`');
  if (media_encryption === 'none' || allow_clear_keys || nextHop.transport === 'tls') return;
  const path = proxy === null ? 'transport' : 'outbound_proxy';
  throw new AppError('INSECURE_KEYS', 'Keys of SRTP are sent in clear without TLS; allow_clear_keys permits it', {
    details: [
      { path: 'media_encryption', message: `is \`${media_encryption}\`` },
      { path, message: `has \`${nextHop.transport}\` where \`tls\` is needed` },
    ],
  });
}

/** What a peer may read as a number: digits with a plus or without, up to parameters (RFC 3966). */
const readsAsNumber = (user: string): boolean => {
  const digits = user.replace(/;.*$/s, '').replaceAll(/[\s().-]/g, '');
  return /^(?:\+.*|\d{7,})$/s.test(digits);
};

/**
 * A user name may be any text, so in From it could be the number of anyone.
 * @throws AppError VALIDATION_FAILED if the seller has not said that the peer accepts numbers of others
 */
export function assertOwnCaller(
  peer: Pick<ConfiguredPeer, 'username'> & StoredPeerSettings,
  { foreign_caller_id: acceptsForeign = false }: { readonly foreign_caller_id?: boolean },
): void {
  if (acceptsForeign || settingsOf(peer).from_user !== 'username' || !readsAsNumber(peer.username ?? '')) return;
  throw new AppError('VALIDATION_FAILED', 'A user name that reads as a number needs foreign_caller_id to be in From', {
    details: [
      { path: 'from_user', message: 'is `username`' },
      { path: 'username', message: 'reads as a number' },
      { path: 'foreign_caller_id', message: 'must be set by the seller' },
    ],
  });
}
