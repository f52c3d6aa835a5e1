/** Domains of organizations: SIP domains of their phones and trunks, and senders of their e-mail. */

/** The tag of the identities that the platform makes at the provider of e-mail; its value is the id of the domain. */
export const identityTag = 'trunkline:domain';

export const domainTypes = ['primary', 'alias'] as const;
export const domainStatuses = ['pending', 'active', 'inactive'] as const;
export const emailStatuses = ['pending', 'verified', 'failed'] as const;
export const domainTransports = ['udp', 'tcp', 'tls'] as const;

export type Domain = {
  readonly id: string;
  readonly org_id: number;
  /** The organization's parent, whose lists show the domain. */
  readonly parent_id: number | null;
  /** Host name in lower case, as A-labels (RFC 5890 §2.3.2.1). */
  readonly domain: string;
  readonly type: (typeof domainTypes)[number];
  readonly status: (typeof domainStatuses)[number];
  readonly ssl_enabled: boolean;
  readonly settings: {
    readonly default_transport: (typeof domainTransports)[number];
    readonly nat_keepalive: boolean;
  };
  /** The TXT record that proves that the organization controls the domain. */
  readonly dns_verification_record: string;
  /** ISO 8601; null until it is verified, and again when another organization has verified it. */
  readonly verified_at: string | null;
  /** State of the provider's identity of the domain; null without one. */
  readonly email_status: (typeof emailStatuses)[number] | null;
  /** The names and targets of the CNAME records that let the provider sign e-mail of the domain (DKIM). */
  readonly dkim: readonly DkimRecord[];
  readonly created_at: string;
  readonly updated_at: string;
  readonly version: number;
};

export type DkimRecord = { readonly name: string; readonly value: string };

/** A domain and the domains above it, down to two labels, nearest first. */
export function domainAndParents(host: string): string[] {
  const labels = host.split('.');
  return labels.slice(0, -1).map((_, at) => labels.slice(at).join('.'));
}

/** The domain of an e-mail address, as domains are stored; undefined if it has none. */
export function domainOfAddress(address: string): string | undefined {
  const host = address.slice(address.lastIndexOf('@') + 1).toLowerCase();
  return address.includes('@') && host !== '' ? host : undefined;
}

/** The SIP domains of an organization's accounts. */
export type SipDomains = {
  /** The domain in provisioning files. */
  readonly domain: string;
  /** All realms in which accounts may register: that of the platform too. */
  readonly realms: readonly string[];
};

/**
 * The SIP domains of an organization: its active domains and that of the platform. New accounts get the active primary
 * domain, else the oldest active one, else that of the platform.
 * @param platform the platform's SIP domain
 */
export function sipDomainsOf(
  domains: readonly Pick<Domain, 'id' | 'domain' | 'type' | 'status'>[],
  platform: string,
): SipDomains {
  const active = domains
    .filter(({ status }) => status === 'active')
    .toSorted((one, other) => (one.id < other.id ? -1 : 1));
  const own = active.find(({ type }) => type === 'primary') ?? active[0];
  return {
    domain: own?.domain ?? platform,
    realms: [...new Set([...active.map(({ domain }) => domain), platform])],
  };
}
