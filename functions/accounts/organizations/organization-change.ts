import * as z from 'zod';
import { AppError, invalid } from '#errors.ts';
import { definedFields } from '#schema/defined-fields.ts';
import { omit } from '#schema/omit.ts';
import { Country, OrganizationId, text, TimeZone } from '#schema/values.ts';
import { accountsErrors } from '../schema/errors.ts';
import { organizationErrors } from './errors.ts';
import { changedLimits } from './limits.ts';
import type { StoredOrganization } from './organization-answer.ts';
import { assertSupported, mergeByKey, mergeSettings, NewOrganization } from './organization.ts';
import { assertNoticeStillPermitted } from './organization-settings.ts';

/** Changes of organizations (functions/accounts/README.md, "Organizations"). */

const Contacts = z
  .object({
    admin_user_id: z.string().max(80).nullable().describe('User for administrative questions'),
    tech_user_id: z.string().max(80).nullable().describe('User for technical questions'),
    finance_user_id: z.string().max(80).nullable().describe('User for questions of billing'),
  })
  .partial();
const { alias, address, limits, security, retention, settings } = NewOrganization.shape;

/** Body of `POST /orgs/{id}`: objects merge by key. */
export const OrganizationChange = z
  .object({
    name: text(200, 1).describe('Name, 1–200 characters; unique among the children of one parent'),
    alias,
    country: Country.describe('Country (ISO 3166-1 alpha-2)'),
    timezone: TimeZone.describe('Time zone (IANA)'),
    address,
    contacts: Contacts.nullable().describe('Users of the organization to contact'),
    limits: limits.describe("Limits, set by the parent; at most the reseller's own"),
    security,
    retention,
    settings,
    status: z.enum(['active', 'suspended']).describe('State, set by the parent'),
    type: z.string().max(20).describe('Cannot be changed; the current value is accepted'),
    parent_id: OrganizationId.nullable().describe('Cannot be changed; the current value is accepted'),
  })
  .partial()
  .meta({ id: 'OrganizationChange' });
export type OrganizationChange = z.output<typeof OrganizationChange>;

type Contact = readonly [path: string, id: string];

/** Users that become contacts, by the path of their field. */
export const newContacts = ({ contacts }: OrganizationChange): Contact[] =>
  Object.entries(contacts ?? {}).flatMap(([name, id]) =>
    typeof id === 'string' ? [[`contacts.${name}`, id] as const] : [],
  );

/** @param users what was found of the contacts, in their order. @throws AppError UNKNOWN_USER */
export function assertContactsExist(contacts: readonly Contact[], users: readonly (object | undefined)[]): void {
  const details = contacts.flatMap(([path], at) =>
    users[at] === undefined ? [{ path, message: 'is no user of the organization' }] : [],
  );
  if (details.length > 0)
    throw new AppError('UNKNOWN_USER', details.map(({ path, message }) => `${path} ${message}`).join('; '), {
      details,
    });
}

/** @throws AppError VALIDATION_FAILED, OPERATOR_ORG */
function assertNothingFixed(
  organization: StoredOrganization,
  { type, parent_id: parent, status }: OrganizationChange,
): void {
  if (type !== undefined && type !== organization.type) throw invalid('type', 'cannot be changed');
  if (parent !== undefined && parent !== organization.parent_id) throw invalid('parent_id', 'cannot be changed');
  if (status === 'suspended' && organization.type === 'operator')
    throw new AppError(organizationErrors.OPERATOR_ORG, 'The operator cannot be suspended');
}

const mergedBySection = [
  'type',
  'parent_id',
  'limits',
  'address',
  'contacts',
  'security',
  'retention',
  'settings',
] as const;

/**
 * The next version of an organization.
 * @throws AppError VALIDATION_FAILED, OPERATOR_ORG, NOT_YET_SUPPORTED, LIMIT_EXCEEDS_PARENT,
 * RECORDING_NOTICE_REQUIRED
 */
export function changeOrganization<O extends StoredOrganization>(
  organization: O,
  wanted: OrganizationChange,
  parent: Parameters<typeof changedLimits>[2],
  now: string,
): O {
  assertNothingFixed(organization, wanted);
  assertSupported(wanted);
  const after = {
    ...organization,
    ...definedFields(omit(wanted, ...mergedBySection)),
    limits: changedLimits(organization.limits, wanted.limits, parent),
    address: mergeByKey(organization.address, wanted.address),
    contacts: mergeByKey(organization.contacts, wanted.contacts),
    security: { ...organization.security, ...definedFields(wanted.security ?? {}) },
    retention: { ...organization.retention, ...definedFields(wanted.retention ?? {}) },
    settings: mergeSettings(organization.settings, wanted.settings),
    updated_at: now,
    version: organization.version + 1,
  };
  assertNoticeStillPermitted(organization, after);
  return after;
}

/**
 * Rejects a list of networks without the address of the caller who sets it for its own organization.
 * @param isWithin whether the caller's address is in a list of networks. @throws AppError WOULD_LOCK_OUT
 */
export function assertNotLockedOut(
  { security: { ip_whitelist: networks } }: Pick<StoredOrganization, 'security'>,
  isOwn: boolean,
  isWithin: (networks: readonly string[]) => boolean,
): void {
  if (isOwn && networks.length > 0 && !isWithin(networks))
    throw new AppError(
      accountsErrors.WOULD_LOCK_OUT,
      'security.ip_whitelist would lock you out: add the address that you use',
      {
        details: [{ path: 'security.ip_whitelist', message: 'does not hold the address of this request' }],
      },
    );
}

/** The audit event of a change. */
export function changeEvent(before: { readonly status: string }, after: { readonly status: string }) {
  if (before.status === after.status) return 'org.updated';
  return after.status === 'suspended' ? 'org.suspended' : 'org.resumed';
}
