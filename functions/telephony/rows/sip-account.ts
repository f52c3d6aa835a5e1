import { platformRow } from '../../../shared/dynamodb/row.ts';
import { sipUsernameKey } from './binding.ts';

/** HA1 of one realm, for both algorithms that the registrar offers, in hex (RFC 7616 §3.4.2, RFC 8760). */
export type Ha1 = { readonly realm: string; readonly md5: string; readonly sha256: string };

/**
 * Whose a SIP user name is, and what proves it: found before an organization is known. Its password is
 * readable again only for the provisioning file.
 */
export type SipAccountItem = {
  readonly sip_username: string;
  readonly org_id: number;
  readonly device_id: string;
  readonly line_number: number;
  readonly extension: string;
  /** Of the device: a softphone registers only while its user may use one. */
  readonly kind: 'phone' | 'softphone' | 'ata';
  readonly user_id: string | null;
  /** The SIP domain that stands in its provisioning file. */
  readonly domain: string;
  /** Sealed (`shared/secrets`), bound to organization, device and user name. */
  readonly password: string;
  /** One for each realm in which it may register: its domain, of which the platform's own is one. */
  readonly ha1: readonly Ha1[];
  /** What was valid before a rotation, until the new configuration is fetched or `valid_until` (ISO 8601). */
  readonly previous?: { readonly ha1: readonly Ha1[]; readonly valid_until: string };
  readonly version: number;
};

/** `sip-credential#<user name>`: apart from devices, so that only the registrar and provisioning read it. */
export const sipAccountRow = platformRow<
  'sip-credential',
  SipAccountItem,
  { sip_username: string },
  { sip_username: string }
>('sip-credential', {
  partition: ({ sip_username }) => [sipUsernameKey(sip_username)],
  sort: () => 'credential',
});

/** The HA1 values that count for a realm (case ignored, as host names are), the newest first. */
export const validHa1 = (
  { ha1, previous }: Pick<SipAccountItem, 'ha1' | 'previous'>,
  realm: string,
  now: Date,
): Ha1[] =>
  [...ha1, ...(previous !== undefined && previous.valid_until > now.toISOString() ? previous.ha1 : [])].filter(
    (each) => each.realm.toLowerCase() === realm.toLowerCase(),
  );
