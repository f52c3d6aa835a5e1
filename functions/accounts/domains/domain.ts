import * as z from 'zod';
import { AppError, commonErrors } from '#errors.ts';
import { definedFields } from '#schema/defined-fields.ts';
import { domainTransports, domainTypes, type Domain } from '#schema/domain.ts';
import { OrganizationId } from '#schema/values.ts';
import { domainErrors } from './errors.ts';

/** Domains of an organization: their names, states and proofs (functions/accounts/README.md, "Domains"). */

// RFC 1123 §2.1. The last label begins with a letter, so that no form of an IP address is a name (RFC 3696 §2).
const label = '[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?';
const lastLabel = '[a-z](?:[a-z0-9-]{0,61}[a-z0-9])';
const form = new RegExp(`^(?:${label}\\.)+${lastLabel}$`);
const maxLength = 253;

const isDomainName = (name: string): boolean => name.length <= maxLength && form.test(name);

/** A domain name, converted to lower case. */
export const DomainName = z
  .string()
  .trim()
  .transform((name) => name.toLowerCase())
  .pipe(
    z.string().refine(isDomainName, {
      message:
        'must be a host name of at least two labels, such as voice.example.com, in A-labels (xn--) if it has others',
      params: domainErrors.INVALID_DOMAIN,
    }),
  );

const isInDomain = (host: string, domain: string): boolean => host === domain || host.endsWith(`.${domain}`);

/**
 * The platform's own domains, and those below them, belong to the operator.
 * @param platform the platform's own domains
 * @throws AppError RESERVED_DOMAIN
 */
export function assertNotReserved(host: string, platform: readonly string[], isOperator: boolean): void {
  if (isOperator || !platform.some((domain) => isInDomain(host, domain))) return;
  throw new AppError(domainErrors.RESERVED_DOMAIN, `${host} belongs to the platform`, {
    details: [{ path: 'domain', message: 'is reserved for the operator' }],
  });
}

/** Domains of an organization. */
export const maxDomains = 100;

export const DomainSettings = z
  .strictObject({
    default_transport: z.enum(domainTransports).describe('Transport of its SRV record; `udp` by default'),
    nat_keepalive: z.boolean().describe('Whether phones of the domain keep their NAT bindings open; true by default'),
  })
  .partial()
  .meta({ id: 'NewDomainSettings' });
type DomainSettings = z.output<typeof DomainSettings>;

const type = z
  .enum(domainTypes)
  .describe(
    '`primary`: the SIP domain of new accounts; an organization has at most one. Default: `primary` if there ' +
      'is no other one, else `alias`',
  );
const ssl = z.boolean().describe('Whether phones of the domain may use TLS; true by default');

/** Body of PUT. Absent fields get their defaults. */
export const NewDomain = z
  .object({
    domain: DomainName.describe(
      'Host name of at least two labels and at most 253 characters, no address and without a trailing dot; ' +
        'other letters as A-labels (`xn--…`). It is converted to lower case. Names of the platform are rejected. ' +
        'Not changed once the domain is verified',
    ),
    organization_id: OrganizationId,
    type: type.optional(),
    ssl_enabled: ssl.optional(),
    settings: DomainSettings.optional(),
  })
  .meta({ id: 'NewDomain' });
export type NewDomain = z.output<typeof NewDomain>;

/** Body of POST: the fields to change. */
export const DomainChange = z
  .object({
    status: z
      .string()
      .refine((status) => status === 'active' || status === 'inactive', {
        message: 'must be active or inactive',
        params: commonErrors.INVALID_STATUS,
      })
      .transform((status): 'active' | 'inactive' => (status === 'active' ? status : 'inactive'))
      .describe(
        '`active` checks the DNS first if the domain is not verified; `inactive` takes it out of use and frees ' +
          'its name',
      )
      .meta({ override: { type: 'string', enum: ['active', 'inactive'] } }),
    ssl_enabled: ssl,
    settings: DomainSettings,
  })
  .partial()
  .meta({ id: 'DomainChange' });
export type DomainChange = z.output<typeof DomainChange>;

const defaultSettings = { default_transport: 'udp', nat_keepalive: true } as const;

const mergeSettings = (before: Domain['settings'], wanted: DomainSettings = {}): Domain['settings'] => ({
  ...before,
  ...definedFields(wanted),
});

type Origin = {
  readonly id: string;
  readonly organization: number;
  /** The organization's parent. */
  readonly parent: number | null;
  /** The TXT record that verifies it. */
  readonly record: string;
  /** ISO 8601. */
  readonly now: string;
};

const isPrimary = ({ type: of }: Pick<Domain, 'type'>): boolean => of === 'primary';

/** The type that was asked for; by default primary for an organization without another primary domain. */
const typeAmong = (others: readonly Domain[], wanted: Domain['type'] | undefined): Domain['type'] =>
  wanted ?? (others.some(isPrimary) ? 'alias' : 'primary');

/** A domain as first stored. @param others of the organization */
export const newDomain = (body: NewDomain, others: readonly Domain[], origin: Origin): Domain => ({
  id: origin.id,
  org_id: origin.organization,
  parent_id: origin.parent,
  domain: body.domain,
  type: typeAmong(others, body.type),
  status: 'pending',
  ssl_enabled: body.ssl_enabled ?? true,
  settings: mergeSettings(defaultSettings, body.settings),
  dns_verification_record: origin.record,
  verified_at: null,
  email_status: null,
  dkim: [],
  created_at: origin.now,
  updated_at: origin.now,
  version: 1,
});

/** A value that a domain keeps for ever. */
export const immutable = (path: string): AppError =>
  new AppError(domainErrors.IMMUTABLE_FIELD, `${path} cannot be changed`, {
    details: [{ path, message: 'cannot be changed' }],
  });

/**
 * The domain after a PUT of its id: absent fields return to their defaults. A pending domain may get another name, and
 * has another record then.
 * @throws AppError IMMUTABLE_FIELD
 */
export function replaceDomain(
  before: Domain,
  body: NewDomain,
  others: readonly Domain[],
  { record, now }: Pick<Origin, 'record' | 'now'>,
): Domain {
  const isRenamed = body.domain !== before.domain;
  if (isRenamed && before.status !== 'pending') throw immutable('domain');
  return {
    ...before,
    domain: body.domain,
    type: typeAmong(others, body.type),
    ssl_enabled: body.ssl_enabled ?? true,
    settings: mergeSettings(defaultSettings, body.settings),
    dns_verification_record: isRenamed ? record : before.dns_verification_record,
    updated_at: now,
    version: before.version + 1,
  };
}

/**
 * Whether a change activates a domain that must be verified for it: one that was never verified, or that another
 * organization has verified since.
 */
export const needsVerification = (before: Domain, { status }: DomainChange): boolean =>
  status === 'active' && before.status !== 'active' && before.verified_at === null;

/**
 * The domain after a POST, if it needs no verification.
 * @throws AppError INVALID_STATUS for a domain that was never active
 */
export function changeDomain(before: Domain, { status, ssl_enabled, settings }: DomainChange, now: string): Domain {
  if (status === 'inactive' && before.status === 'pending')
    throw new AppError('INVALID_STATUS', 'A pending domain cannot be set inactive; delete it', {
      details: [{ path: 'status', message: 'cannot be inactive before the domain was active' }],
    });
  return {
    ...before,
    status: status ?? before.status,
    ssl_enabled: ssl_enabled ?? before.ssl_enabled,
    settings: mergeSettings(before.settings, settings),
    updated_at: now,
    version: before.version + 1,
  };
}

/** A domain whose record was found. */
export const activateDomain = (before: Domain, now: string): Domain => ({
  ...before,
  status: 'active',
  verified_at: now,
  updated_at: now,
  version: before.version + 1,
});

const withType = (domain: Domain, of: Domain['type'], now: string): Domain => ({
  ...domain,
  type: of,
  updated_at: now,
  version: domain.version + 1,
});

/** The former primary domain as an alias, if there is a new one. */
export function demotePrimary(after: Domain, others: readonly Domain[], now: string) {
  const before = isPrimary(after) ? others.find(isPrimary) : undefined;
  return before === undefined ? undefined : { before, after: withType(before, 'alias', now) };
}

/** The oldest active alias as primary domain, if the primary one is deleted. Ids ascend with time. */
export function promoteAlias(deleted: Domain, others: readonly Domain[], now: string) {
  if (!isPrimary(deleted)) return undefined;
  const [before] = others
    .filter(({ status }) => status === 'active')
    .toSorted((one, other) => (one.id < other.id ? -1 : 1));
  return before === undefined ? undefined : { before, after: withType(before, 'primary', now) };
}

/** Proof that an organization controls a domain: a TXT record with this prefix. */
const prefix = 'voiceplatform-verify=';

/** The record of a new claim. @param random 24 characters */
export const verificationRecord = (random: string): string => `${prefix}${random}`;

/** The names at which the record may be. */
export const recordNames = (domain: string): readonly [string, string] => [domain, `_voiceplatform.${domain}`];

/** What the DNS answered: the TXT records of both names, or that no server answered for one of them. */
export type TxtAnswer = { readonly records: readonly string[]; readonly isComplete: boolean };

/** Records that an error names, and characters of each. */
const shown = { records: 10, characters: 255 } as const;
/** What a person cannot see, or that changes how the rest is shown. */
const invisible = /[\p{C}\p{Zl}\p{Zp}]/gu;

/** @throws AppError DOMAIN_NOT_VERIFIED with the records that were found, DNS_UNAVAILABLE if there may be others */
export function assertVerified(domain: string, expected: string, { records, isComplete }: TxtAnswer): void {
  if (records.includes(expected)) return;
  if (!isComplete)
    throw new AppError(domainErrors.DNS_UNAVAILABLE, `The name servers of ${domain} do not answer; try again`, {
      retryAfter: 30,
    });
  const [own, below] = recordNames(domain);
  throw new AppError(domainErrors.DOMAIN_NOT_VERIFIED, `Neither ${own} nor ${below} has the TXT record ${expected}`, {
    details: [
      { path: 'expected', message: expected },
      ...records.slice(0, shown.records).map((record) => ({
        path: 'found',
        message: record.slice(0, shown.characters).replaceAll(invisible, '\ufffd'),
      })),
    ],
  });
}
