import * as z from 'zod';
import { AppError, invalid } from '../../../shared/errors.ts';
import { given } from '../../../shared/schema/given.ts';
import { money, NOTHING, storedMoney, type StoredMoney } from '../../../shared/schema/money.ts';
import { Country, OrganizationId, organizationText, text, TimeZone } from '../../../shared/schema/values.ts';
import {
  limitsWithin,
  mergedByKey,
  NewOrganization,
  rejectUnbuilt,
  type Organization,
  type Parent,
} from './organization.ts';

/** Organizations as they change, are suspended and closed (orgs.md, "Organizations"). */

const Contacts = z
  .object({
    admin_user_id: z.string().max(80).nullable(),
    tech_user_id: z.string().max(80).nullable(),
    finance_user_id: z.string().max(80).nullable(),
  })
  .partial();
const { alias, address, limits, security, retention, settings } = NewOrganization.shape;

/** Body of `POST /orgs/{id}`: objects merge by key. */
export const OrganizationChange = z
  .object({
    name: text(200, 1),
    alias,
    country: Country,
    timezone: TimeZone,
    address,
    contacts: Contacts.nullable(),
    limits,
    security,
    retention,
    settings,
    status: z.enum(['active', 'suspended']),
    type: z.string().max(20),
    parent_id: OrganizationId.nullable(),
  })
  .partial()
  .meta({ id: 'OrganizationChange' });
export type OrganizationChange = z.output<typeof OrganizationChange>;

type Shown = z.output<typeof Organization>;
type Stored = Pick<
  Shown,
  | 'org_id'
  | 'name'
  | 'type'
  | 'status'
  | 'country'
  | 'timezone'
  | 'limits'
  | 'retention'
  | 'settings'
  | 'version'
  | 'updated_at'
> & {
  readonly alias?: string | null;
  readonly parent_id: number | null;
  readonly address: Readonly<Record<string, string>>;
  readonly contacts: {
    readonly admin_user_id?: string;
    readonly tech_user_id?: string;
    readonly finance_user_id?: string;
  };
  readonly security: {
    readonly require_2fa: boolean;
    readonly password_rotation_days: number;
    readonly session_ttl_max: number;
    readonly ip_whitelist: readonly string[];
  };
};

type Seller = { readonly organization: number; readonly reach: 'own' | 'children' | 'all' };

/** Whether the caller is of the organization above, or of the operator. */
const isAbove = ({ organization, reach }: Seller, { parent_id: parent }: Pick<Stored, 'parent_id'>): boolean =>
  reach === 'all' || (reach === 'children' && organization === parent);

const forTheParent = ['status', 'limits'] as const;

/** @throws AppError NOT_THE_PARENT, naming what only the seller sets */
export function requireParentFor(wanted: OrganizationChange, organization: Stored, caller: Seller): void {
  if (isAbove(caller, organization)) return;
  const beyond = forTheParent.filter((name) => wanted[name] !== undefined);
  if (beyond.length > 0)
    throw new AppError('NOT_THE_PARENT', `Only the organization above sets ${beyond.join(', ')}`, {
      details: beyond.map((path) => ({ path, message: 'is set by the organization above' })),
    });
}

/** Users that become contacts, by the field that names them. */
export const newContacts = ({ contacts }: OrganizationChange): (readonly [path: string, id: string])[] =>
  Object.entries(contacts ?? {}).flatMap(([name, id]) =>
    typeof id === 'string' ? [[`contacts.${name}`, id] as const] : [],
  );

/** @throws AppError UNKNOWN_USER */
export function requireContacts(named: ReturnType<typeof newContacts>, found: readonly (object | undefined)[]): void {
  const details = named.flatMap(([path], at) =>
    found[at] === undefined ? [{ path, message: 'is no user of the organization' }] : [],
  );
  if (details.length > 0)
    throw new AppError('UNKNOWN_USER', details.map(({ path, message }) => `${path} ${message}`).join('; '), {
      details,
    });
}

/** @throws AppError VALIDATION_FAILED, OPERATOR_ORG */
function rejectFixed(organization: Stored, { type, parent_id: parent, status }: OrganizationChange): void {
  if (type !== undefined && type !== organization.type) throw invalid('type', 'cannot be changed');
  if (parent !== undefined && parent !== organization.parent_id) throw invalid('parent_id', 'never changes');
  if (status === 'suspended' && organization.type === 'operator') throw operatorStays('suspended');
}

const operatorStays = (what: string): AppError => new AppError('OPERATOR_ORG', `The operator is never ${what}`);

/** The organization with the changes of a POST. @throws AppError 409, 422 */
export function changedOrganization<O extends Stored>(
  organization: O,
  wanted: OrganizationChange,
  parent: Parent | undefined,
  now: string,
): O {
  rejectFixed(organization, wanted);
  rejectUnbuilt(wanted);
  const {
    type: _,
    parent_id: __,
    limits: wantedLimits,
    address: newAddress,
    contacts,
    security: newSecurity,
    retention: newRetention,
    settings: ___,
    ...rest
  } = wanted;
  const checked = parent === undefined ? {} : limitsWithin(wantedLimits, parent);
  const newLimits = Object.fromEntries(
    Object.entries({ ...checked, ...wantedLimits }).filter(
      ([name, value]) => wantedLimits?.[name as keyof typeof wantedLimits] !== undefined && value !== undefined,
    ),
  );
  return {
    ...organization,
    ...given(rest),
    limits: { ...organization.limits, ...newLimits },
    address: mergedByKey(organization.address, newAddress),
    contacts: mergedByKey(organization.contacts, contacts),
    security: { ...organization.security, ...given(newSecurity ?? {}) },
    retention: { ...organization.retention, ...given(newRetention ?? {}) },
    updated_at: now,
    version: organization.version + 1,
  };
}

/**
 * A list of networks that shuts out whoever sets it. `isWithin` judges the caller's address. @throws AppError
 * WOULD_LOCK_OUT
 */
export function rejectLockOut(
  { security: { ip_whitelist: networks } }: Pick<Stored, 'security'>,
  isOwn: boolean,
  isWithin: (networks: readonly string[]) => boolean,
): void {
  if (isOwn && networks.length > 0 && !isWithin(networks))
    throw new AppError('WOULD_LOCK_OUT', 'security.ip_whitelist would shut you out', {
      details: [{ path: 'security.ip_whitelist', message: 'does not hold the address of this request' }],
    });
}

/**
 * Things that an organization must have none of when it closes, as their counts are named, with what a person calls
 * them.
 */
export const blockers = {
  children: 'child organizations',
  numbers: 'numbers',
  trunks: 'trunks',
  domains: 'domains',
} as const;

export type Counts = Readonly<Record<string, number>>;

/** A part of the balance: what was paid in, and what was used. */
type BalancePart = { readonly credits?: StoredMoney; readonly charges?: StoredMoney };

/** `tasks`: how many are not over. */
type Possessions = { readonly counts: Counts; readonly balance: readonly BalancePart[]; readonly tasks: number };

/** @throws AppError OPERATOR_ORG, NOT_THE_PARENT, ORG_HAS_RESOURCES (one entry for each kind, with its count) */
export function requireClosable(organization: Stored, caller: Seller, { counts, balance, tasks }: Possessions): void {
  if (organization.type === 'operator') throw operatorStays('closed');
  if (!isAbove(caller, organization)) throw new AppError('NOT_THE_PARENT', 'Only the organization above closes it');
  const left = balance.reduce(
    (total, { credits = 0, charges = 0 }) => money(total + storedMoney(credits) - storedMoney(charges)),
    NOTHING,
  );
  const counted = [
    ...Object.entries(blockers).map(([of, name]) => ({ path: of, count: counts[of] ?? 0, name })),
    { path: 'tasks', count: tasks, name: 'running tasks' },
  ];
  const details = [
    ...counted.flatMap(({ path, count, name }) => (count > 0 ? [{ path, message: `${count} ${name}` }] : [])),
    ...(left === NOTHING ? [] : [{ path: 'balance', message: 'a balance other than zero' }]),
  ];
  if (details.length > 0)
    throw new AppError(
      'ORG_HAS_RESOURCES',
      `The organization still has ${details.map(({ message }) => message).join(', ')}`,
      { details },
    );
}

/** How many of each thing there are, as answered. */
export const presentCounts = (counts: Counts) => ({
  users: counts['users'] ?? 0,
  devices: counts['devices'] ?? 0,
  trunks: counts['trunks'] ?? 0,
  numbers: counts['numbers'] ?? 0,
  domains: counts['domains'] ?? 0,
  children: counts['children'] ?? 0,
});

/** What a deletion answers. */
export const presentClosed = (number: number, at: string) => ({
  id: organizationText(number),
  deleted_at: at,
  status: 'closed' as const,
});

export type OrganizationFilter = {
  readonly q?: string | undefined;
  readonly type?: string | undefined;
  readonly status?: string | undefined;
};

const searchable = (value: string): string =>
  value
    .normalize('NFKD')
    .replace(/\p{Mark}/gu, '')
    .toLowerCase()
    .trim();

/** Whether a list that is filtered so shows it; `q` begins its name or alias. */
export const isListed = (
  { name, alias: called, type, status }: Pick<Stored, 'name' | 'alias' | 'type' | 'status'>,
  filter: OrganizationFilter,
): boolean =>
  (filter.type === undefined || type === filter.type) &&
  (filter.status === undefined || status === filter.status) &&
  (filter.q === undefined ||
    [name, called ?? ''].some((each) => each !== '' && searchable(each).startsWith(searchable(filter.q ?? ''))));
