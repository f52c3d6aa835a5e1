import { platformRow } from '#dynamodb/row.ts';
import type { AccountLine, Device } from '#schema/device.ts';
import type { PhoneFeature } from '#schema/phone.ts';
import type { MediaEncryption } from '#telephony/peer-settings.ts';
import { day } from '#schema/time.ts';
import { sipUsernameKey } from './binding.ts';

/** HA1 of one realm, for both algorithms that the registrar offers, in hex (RFC 7616 §3.4.2, RFC 8760). */
export type Ha1 = { readonly realm: string; readonly md5: string; readonly sha256: string };

/**
 * Owner and credentials of a SIP user name, found before the organization is known. Only the provisioning file contains
 * the password.
 */
export type SipAccountItem = {
  readonly sip_username: string;
  readonly org_id: number;
  readonly device_id: string;
  readonly line_number: number;
  readonly extension: string;
  /** Kind of the device: a softphone registers only while its user may use one. */
  readonly kind: 'phone' | 'softphone' | 'ata';
  readonly user_id: string | null;
  /** Whether its user was deleted: it has to get new credentials. */
  readonly locked?: true;
  /** Whether it calls without a registration, from anywhere: its organization's seller has marked the device. */
  readonly calls_without_registration?: boolean;
  /** SRTP of its phone, as its device says; absent: `none`. */
  readonly media_encryption?: MediaEncryption;
  /** The SIP domain in its provisioning file. */
  readonly domain: string;
  /** Sealed for organization, device and user name (`shared/secrets/device-secrets.ts`). */
  readonly password: string;
  /** One for each realm in which it may register: the domains of its organization, and that of the platform. */
  readonly ha1: readonly Ha1[];
  /** The previous values: valid until the new file is fetched, or `valid_until` (ISO 8601). */
  readonly previous?: { readonly ha1: readonly Ha1[]; readonly valid_until: string };
  readonly version: number;
};

type AccountKey = { readonly sip_username: string };

const accountKeys = {
  partition: ({ sip_username }: AccountKey) => [sipUsernameKey(sip_username)],
  sort: () => 'credential',
} as const;

/** `sip-credential#<user name>`: apart from devices, so that only the registrar and provisioning can read it. */
export const sipAccountRow = platformRow<
  'sip-credential',
  SipAccountItem,
  { sip_username: string },
  { sip_username: string }
>('sip-credential', accountKeys);

/** Owner and credentials of a phone line (functions/calls/README.md, "Phone lines"). Its password is stored nowhere. */
export type PhoneAccountItem = Pick<
  SipAccountItem,
  'sip_username' | 'org_id' | 'user_id' | 'domain' | 'ha1' | 'previous' | 'version'
> & {
  readonly kind: 'line';
  /** Those of realms that take the place of its own if that domain is deleted: its password is known to no one. */
  readonly other_ha1: readonly Ha1[];
  readonly allow_features: readonly PhoneFeature[];
  /** ISO 8601: after it the line does not register, even if the account still exists. */
  readonly expires_at: string;
  /** A URL to which events of the line and of its calls are posted as well. */
  readonly event_callback?: string;
};

/** Owner and credentials of a PBX or peer trunk, which calls with them. It never registers. */
export type TrunkAccountItem = Pick<
  SipAccountItem,
  'sip_username' | 'org_id' | 'domain' | 'password' | 'ha1' | 'previous' | 'version'
> & { readonly kind: 'trunk'; readonly trunk_id: string };

/** The account of a trunk: as `sipAccountRow`. */
export const trunkAccountRow = platformRow<
  'sip-credential',
  TrunkAccountItem,
  { sip_username: string },
  { sip_username: string }
>('sip-credential', accountKeys);

/** The account of a device's line or of a phone line. */
export type AnyAccountItem = SipAccountItem | PhoneAccountItem;

/** The account of a phone's user name, which may belong to a device or be a phone line: as `sipAccountRow`. */
export const anyAccountRow = platformRow<
  'sip-credential',
  AnyAccountItem,
  { sip_username: string },
  { sip_username: string }
>('sip-credential', accountKeys);

/** The account of a user name that may be a trunk's, too: as `sipAccountRow`. */
export const storedAccountRow = platformRow<
  'sip-credential',
  AnyAccountItem | TrunkAccountItem,
  { sip_username: string },
  { sip_username: string }
>('sip-credential', accountKeys);

/** The valid HA1 values for a realm, newest first. Case is ignored, as in host names. */
export const validHa1 = (
  { ha1, previous }: Pick<SipAccountItem, 'ha1' | 'previous'>,
  realm: string,
  now: Date,
): Ha1[] =>
  [...ha1, ...(previous !== undefined && previous.valid_until > now.toISOString() ? previous.ha1 : [])].filter(
    (each) => each.realm.toLowerCase() === realm.toLowerCase(),
  );

type Credentials = Pick<SipAccountItem, 'domain' | 'password' | 'ha1'> & { readonly organization: number };

type AccountHolder = Pick<Device, 'id' | 'kind' | 'user_id' | 'calls_without_registration' | 'media_encryption'>;

/** The SIP account of a line. */
export const newAccount = (
  { sip_username, line_number, extension }: AccountLine,
  { id, kind, user_id, calls_without_registration: isMarked = false, media_encryption = 'none' }: AccountHolder,
  { organization, domain, password, ha1 }: Credentials,
): SipAccountItem => ({
  sip_username,
  org_id: organization,
  device_id: id,
  line_number,
  extension,
  kind,
  user_id,
  ...(isMarked ? { calls_without_registration: true } : {}),
  ...(media_encryption === 'none' ? {} : { media_encryption }),
  domain,
  password,
  ha1,
  version: 1,
});

/** Until when credentials and URLs stay valid after their rotation, at most: 24 hours. ISO 8601. */
export const rotationEnd = (now: Date): string => new Date(now.getTime() + day).toISOString();

/**
 * A rotated account, whose previous HA1 values stay valid for a while, unless it was locked.
 * @param fresh the account with a new password
 * @param validUntil ISO 8601
 */
export const rotateAccount = (
  before: SipAccountItem | undefined,
  fresh: SipAccountItem,
  validUntil: string,
): SipAccountItem =>
  before === undefined
    ? fresh
    : {
        ...fresh,
        ...(before.locked === true ? {} : { previous: { ha1: before.ha1, valid_until: validUntil } }),
        version: before.version + 1,
      };
