import * as z from 'zod';
import { AppError, notYetSupported } from '../../../shared/errors.ts';
import { given } from '../../../shared/schema/given.ts';
import { Network } from '../../../shared/schema/ip-address.ts';
import { AmountText, micros } from '../../../shared/schema/money.ts';
import {
  Country,
  Currency,
  Email,
  OrganizationId,
  organizationText,
  text,
  Timestamp,
  TimeZone,
} from '../../../shared/schema/values.ts';
import { newProfile } from '../../billing/billing-profiles/billing-profile.ts';
import { newUser, type User } from '../users/user.ts';
import { weakPassword } from '../auth/password.ts';

/** Organizations: a tree of operator, resellers and customers (orgs.md, "Organizations"). */

const folded = (name: string): string => name.normalize('NFKC').toLowerCase().trim();

const Line = text(200);
const Address = z.object({
  site_label: Line,
  street: Line,
  city: Line,
  state: Line,
  postal_code: Line,
  country: Line,
  phone: Line,
});

const Clearable = Line.nullable();
/** As given: null takes a line away. */
const WantedAddress = z
  .object({
    site_label: Clearable,
    street: Clearable,
    city: Clearable,
    state: Clearable,
    postal_code: Clearable,
    country: Clearable,
    phone: Clearable,
  })
  .partial();

const Limits = z.object({
  max_users: z.int().min(1).max(10_000_000),
  max_devices: z.int().min(0).max(10_000_000),
  max_trunks: z.int().min(0).max(10_000_000),
  max_numbers: z.int().min(0).max(10_000_000),
  max_concurrent_calls: z.int().min(0).max(10_000_000),
  daily_spend: z.string().nullable(),
});
type Limits = z.output<typeof Limits>;

/** As given: a decimal, of which at most 4 decimals count. */
const WantedLimits = Limits.extend({ daily_spend: AmountText(4).nullable() }).partial();

const Security = z.object({
  require_2fa: z.boolean(),
  password_rotation_days: z.int().min(0).max(365),
  session_ttl_max: z.int().min(300).max(604_800),
  ip_whitelist: z.array(Network).max(50),
});

const Retention = z.object({ cdr_days: z.int().min(90).max(3_650), log_days: z.int().min(30).max(3_650) });

const Username = z
  .string()
  .transform(folded)
  .pipe(z.string().regex(/^[a-z0-9._@+-]{3,254}$/, 'must have 3–254 characters of a-z 0-9 . _ @ + -'));

const FirstAdmin = z.object({
  username: Username,
  email: Email.nullish(),
  first_name: text(100).nullish(),
  last_name: text(100).nullish(),
  password: z.string().max(1_024).nullish(),
});

/** Body of `PUT /orgs`. */
export const NewOrganization = z
  .object({
    name: text(200, 1),
    alias: z
      .string()
      .trim()
      .regex(/^[a-z][a-z0-9-]{1,62}$/, 'must match ^[a-z][a-z0-9-]{1,62}$')
      .nullish(),
    type: z.enum(['customer', 'reseller']).default('customer'),
    parent_id: OrganizationId.nullish(),
    status: z.enum(['active', 'suspended']).default('active'),
    country: Country,
    timezone: TimeZone,
    address: WantedAddress.nullish(),
    contacts: z.record(z.string(), z.string().nullable()).nullish(),
    limits: WantedLimits.optional(),
    security: Security.partial().optional(),
    retention: Retention.partial().optional(),
    settings: z.record(z.string(), z.unknown()).optional(),
    currency: Currency.nullish(),
    admin: FirstAdmin.nullish(),
  })
  .meta({ id: 'NewOrganization' });
export type NewOrganization = z.output<typeof NewOrganization>;

/** As answered; with what is said once when it is made. */
export const Organization = z
  .object({
    id: z.string(),
    org_id: z.int(),
    name: z.string(),
    alias: z.string().nullable(),
    type: z.enum(['operator', 'reseller', 'customer']),
    parent_id: z.string().nullable(),
    status: z.enum(['active', 'suspended', 'closed']),
    country: z.string(),
    timezone: z.string(),
    address: Address.partial(),
    contacts: z.object({
      admin_user_id: z.string().nullable(),
      tech_user_id: z.string().nullable(),
      finance_user_id: z.string().nullable(),
    }),
    limits: Limits,
    security: Security,
    retention: Retention,
    settings: z.record(z.string(), z.unknown()),
    created_at: Timestamp,
    updated_at: Timestamp,
    closed_at: Timestamp.optional(),
    version: z.int(),
  })
  .meta({ id: 'Organization' });
export const CountedOrganization = Organization.extend({
  counts: z.object({
    users: z.int(),
    devices: z.int(),
    trunks: z.int(),
    numbers: z.int(),
    domains: z.int(),
    children: z.int(),
  }),
}).meta({ id: 'CountedOrganization' });
export const CreatedOrganization = Organization.extend({
  admin_user_id: z.string().nullable(),
  admin_password: z.string().optional().meta({ description: 'Only where it was generated; shown this once' }),
}).meta({ id: 'CreatedOrganization' });

const usual = {
  limits: {
    max_users: 10_000,
    max_devices: 10_000,
    max_trunks: 100,
    max_numbers: 10_000,
    max_concurrent_calls: 100,
    daily_spend: null,
  },
  security: { require_2fa: false, password_rotation_days: 0, session_ttl_max: 604_800, ip_whitelist: [] as string[] },
  retention: { cdr_days: 730, log_days: 365 },
};

/** Organizations that one reseller may have below it. */
export const maxChildren = 10_000;

export type Stamp = {
  readonly number: number;
  /** Key of its callers' page tokens: 256 random bits. */
  readonly pageKey: string;
  /** ISO 8601. */
  readonly now: string;
};

/** What is given, over what there is; null takes a key away, and in place of the object all of them. */
export const mergedByKey = <V>(
  present: Readonly<Record<string, V>>,
  wanted: Readonly<Record<string, V | null | undefined>> | null | undefined,
): Record<string, V> =>
  Object.fromEntries(
    Object.entries(wanted === null ? {} : { ...present, ...wanted }).flatMap(([name, value]) =>
      value === null || value === undefined ? [] : [[name, value]],
    ),
  );

/** Fields whose effect is not built yet are refused, never stored unused. */
export function rejectUnbuilt({
  limits,
  security,
  settings,
}: Pick<Partial<NewOrganization>, 'limits' | 'security' | 'settings'>): void {
  const unbuilt = {
    'limits.max_concurrent_calls': limits?.max_concurrent_calls !== undefined,
    'security.require_2fa': security?.require_2fa === true,
    settings: Object.keys(settings ?? {}).length > 0,
  };
  const [first] = Object.entries(unbuilt).filter(([, given]) => given);
  if (first !== undefined) throw notYetSupported(first[0]);
}

/** Nobody belongs to an organization before it is there. @throws AppError UNKNOWN_USER */
function rejectContacts({ contacts }: NewOrganization): void {
  const [contact] = Object.entries(contacts ?? {}).filter(([, user]) => user !== null);
  if (contact !== undefined)
    throw new AppError('UNKNOWN_USER', `contacts.${contact[0]} is no user of the organization`, {
      details: [{ path: `contacts.${contact[0]}`, message: 'is no user of the organization' }],
    });
}

export type Parent = {
  readonly org_id: number;
  readonly type: 'operator' | 'reseller' | 'customer';
  readonly status: 'active' | 'suspended' | 'closed';
  readonly limits: Limits;
};

const counted = ['max_users', 'max_devices', 'max_trunks', 'max_numbers', 'max_concurrent_calls'] as const;

/** What is not given is the usual, or its reseller's where that is less. @throws AppError LIMIT_EXCEEDS_PARENT */
export function limitsWithin(asked: NewOrganization['limits'], parent: Parent): Limits {
  const wanted = given(asked ?? {});
  if (parent.type !== 'reseller') return { ...usual.limits, ...wanted };
  const beyond = [
    ...counted.filter((name) => (wanted[name] ?? 0) > parent.limits[name]),
    ...(spendsBeyond(wanted, parent) ? ['daily_spend' as const] : []),
  ];
  if (beyond.length > 0) {
    throw new AppError('LIMIT_EXCEEDS_PARENT', `Beyond the reseller's own: ${beyond.join(', ')}`, {
      details: beyond.map((name) => ({ path: `limits.${name}`, message: `must be at most ${parent.limits[name]}` })),
    });
  }
  const least = Object.fromEntries(counted.map((name) => [name, Math.min(usual.limits[name], parent.limits[name])]));
  return { ...usual.limits, ...least, daily_spend: parent.limits.daily_spend, ...wanted };
}

/** Without end is more than any amount; amounts are compared as they are written, whatever the currencies. */
function spendsBeyond({ daily_spend: wanted }: Partial<Limits>, { limits: { daily_spend: most } }: Parent): boolean {
  if (wanted === undefined || most === null) return false;
  return wanted === null || (micros(wanted) ?? 0n) > (micros(most) ?? 0n);
}

/**
 * Who may be above whom: the operator above anyone, a reseller above customers. @throws AppError INVALID_PARENT,
 * OPERATOR_ONLY
 */
export function requireParent<P extends Parent>(
  type: NewOrganization['type'],
  parent: P | undefined,
  caller: { readonly organization: number; readonly reach: 'own' | 'children' | 'all' },
): P {
  if (type === 'reseller' && caller.reach !== 'all')
    throw new AppError('OPERATOR_ONLY', 'Only the operator makes resellers');
  const may =
    parent !== undefined &&
    parent.status !== 'closed' &&
    (caller.reach === 'all' || parent.org_id === caller.organization);
  const fits =
    parent !== undefined && (parent.type === 'operator' || (parent.type === 'reseller' && type === 'customer'));
  if (may && fits) return parent;
  const message = "must be the caller's organization or, for the operator, a reseller that gets a customer";
  throw new AppError('INVALID_PARENT', `parent_id ${message}`, { details: [{ path: 'parent_id', message }] });
}

/** An organization as it is first stored. @throws AppError NOT_YET_SUPPORTED, UNKNOWN_USER, LIMIT_EXCEEDS_PARENT */
export function newOrganization(wanted: NewOrganization, parent: Parent, { number, pageKey, now }: Stamp) {
  rejectUnbuilt(wanted);
  rejectContacts(wanted);
  return {
    org_id: number,
    name: wanted.name,
    alias: wanted.alias ?? null,
    type: wanted.type,
    parent_id: parent.org_id,
    status: wanted.status,
    country: wanted.country,
    timezone: wanted.timezone,
    address: mergedByKey({}, wanted.address),
    contacts: {},
    limits: limitsWithin(wanted.limits, parent),
    security: { ...usual.security, ...given(wanted.security ?? {}) },
    retention: { ...usual.retention, ...given(wanted.retention ?? {}) },
    settings: {},
    permission_epoch: 1,
    page_key: pageKey,
    charge_shards: 1,
    created_at: now,
    updated_at: now,
    version: 1,
  };
}

type Founded = Pick<Parent, 'org_id' | 'type'> & { readonly name: string };

/** Uniqueness of names is judged by this form. */
export const foldedName = folded;

type FirstAdminStamp = {
  readonly id: string;
  readonly now: string;
  /** Whether the password was made here, so that it must be changed. */ readonly generated: boolean;
};

/** The first user of an organization: its administrator. */
export const firstAdmin = (
  wanted: NonNullable<NewOrganization['admin']>,
  organization: Founded,
  { id, now, generated }: FirstAdminStamp,
): User =>
  newUser({
    id,
    now,
    username: wanted.username,
    email: wanted.email ?? null,
    first_name: wanted.first_name ?? null,
    last_name: wanted.last_name ?? null,
    roles: [organization.type === 'reseller' ? 'reseller' : 'admin'],
    must_change_password: generated,
  });

/** WEAK_PASSWORD for a given password of the first administrator, or null. */
export const weakAdminPassword = ({ admin, name }: NewOrganization): AppError | null =>
  typeof admin?.password === 'string'
    ? weakPassword(admin.password, [admin.username, admin.email ?? null, name], 'admin.password')
    : null;

/** The billing profile that is made along. */
export const firstProfile = (
  organization: Founded,
  { id, currency, now }: { readonly id: string; readonly currency: string; readonly now: string },
) => newProfile({ id, organization: organization.org_id, billingName: organization.name, currency, now });

type Stored = Omit<
  z.output<typeof Organization>,
  'id' | 'parent_id' | 'alias' | 'contacts' | 'security' | 'closed_at'
> & {
  readonly closed_at?: string;
  readonly security: Omit<z.output<typeof Security>, 'ip_whitelist'> & { readonly ip_whitelist: readonly string[] };
  readonly alias?: string | null;
  readonly parent_id: number | null;
  readonly contacts: {
    readonly admin_user_id?: string;
    readonly tech_user_id?: string;
    readonly finance_user_id?: string;
  };
};

/** As answered. */
export const presentOrganization = (organization: Stored): z.input<typeof Organization> => ({
  ...organization,
  id: organizationText(organization.org_id),
  alias: organization.alias ?? null,
  security: { ...organization.security, ip_whitelist: [...organization.security.ip_whitelist] },
  parent_id: organization.parent_id === null ? null : organizationText(organization.parent_id),
  contacts: { admin_user_id: null, tech_user_id: null, finance_user_id: null, ...organization.contacts },
});

/** The organization that owns the platform, as it is first stored (auth.md, "First start"). */
export const operatorOrganization = ({
  name,
  country,
  ...stamp
}: Stamp & { readonly name: string; readonly country: string }) => ({
  ...newOrganization(
    NewOrganization.parse({ name, country, timezone: 'UTC' }),
    { org_id: stamp.number, type: 'operator', status: 'active', limits: usual.limits },
    stamp,
  ),
  type: 'operator' as const,
  parent_id: null,
});
