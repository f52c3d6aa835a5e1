import * as z from 'zod';
import { reads, records, unique, writes } from '#contract/effects.ts';
import { endpoint, listOf } from '#contract/endpoint.ts';
import { resource } from '#contract/resource.ts';
import { savesUser } from '#contract/user-effects.ts';
import { pageQuery } from '#schema/query.ts';
import { Deletion, OrganizationId, OrganizationInUrl } from '#schema/values.ts';
import { accountsErrors } from '../schema/errors.ts';
import { organizationErrors } from './errors.ts';
import { examples } from './examples.ts';
import { CountedOrganization, CreatedOrganization, Organization } from './organization-answer.ts';
import { OrganizationChange } from './organization-change.ts';
import { NewOrganization } from './organization.ts';

export const createOrganization = endpoint('PUT /orgs', {
  id: 'createOrganization',
  summary: 'Create an organization, with its first administrator',
  description:
    'Organization, billing profile and first user are created in one transaction. The operator creates ' +
    'customers and resellers, a reseller customers; a reseller has at most 10,000. The first user has the ' +
    'role admin, that of a reseller the role reseller.',
  scope: 'orgs:write',
  sellersOnly: true,
  nullIsAbsent: true,
  body: NewOrganization,
  answers: { 201: CreatedOrganization },
  errors: [
    'SENDER_NOT_VERIFIED',
    'NOT_A_SELLER',
    'OPERATOR_ONLY',
    'INVALID_PARENT',
    'LIMIT_EXCEEDS_PARENT',
    'LIMIT_EXCEEDED',
    'RECORDING_NOTICE_REQUIRED',
    'UNKNOWN_USER',
    'WEAK_PASSWORD',
    'NOT_YET_SUPPORTED',
    'NAME_TAKEN',
    'ALIAS_TAKEN',
    'USERNAME_TAKEN',
    'EMAIL_TAKEN',
  ],
  actsOn: { none: 'the first user is new, and its organization is sold by the caller' },
  effects: [
    writes('organization'),
    unique('organization-name'),
    unique('organization-alias'),
    writes('counter'),
    writes('count'),
    reads('billingprofile'),
    writes('billingprofile'),
    writes('due'),
    ...savesUser,
    writes('role'),
    writes('credential'),
    records('org.created'),
    records('user.created'),
  ],
  answersSecret: true,
});

export const listOrganizations = endpoint('GET /orgs', {
  id: 'listOrganizations',
  summary: 'List organizations',
  description: "The caller's own; for a reseller also its children; for the operator all. Ordered by `org_id`.",
  scope: 'orgs:read',
  query: {
    ...pageQuery,
    q: z.string().max(200).optional().describe('Prefix of the name or the alias; case and accents do not count'),
    type: z.enum(['operator', 'reseller', 'customer']).optional().describe('Only this kind'),
    status: z.enum(['active', 'suspended', 'closed']).optional().describe('Only this state'),
    parent_id: OrganizationId.optional().describe('Only children of this organization, which must be within reach'),
  },
  answers: { 200: listOf(Organization) },
  errors: [],
  effects: [reads('organization'), reads('organization', 'GSI1'), reads('organization', 'GSI2')],
});

const id = z.union([z.literal('me'), OrganizationInUrl]).meta({ description: 'Organization: 1001, org_1001 or me' });

export const getOrganization = endpoint('GET /orgs/{id}', {
  id: 'getOrganization',
  summary: 'Get an organization, with the number of its resources',
  scope: 'orgs:read',
  params: { id },
  orgFromPath: 'id',
  answers: { 200: CountedOrganization },
  errors: [],
  effects: [reads('organization'), reads('count')],
});

export const updateOrganization = endpoint('POST /orgs/{id}', {
  id: 'updateOrganization',
  summary: 'Update an organization',
  description:
    'Objects merge by key; null removes a key.\n\n' +
    'Only the parent or the operator sets `status`, `limits`, `settings.numbers`, ' +
    '`settings.email.notice_limit`, `settings.email.platform_templates` and `settings.sms.sender_ids`. Limits ' +
    'never exceed those of the reseller. A limit below what exists only stops growth.',
  scope: 'orgs:write',
  params: { id },
  orgFromPath: 'id',
  body: OrganizationChange,
  answers: { 200: Organization },
  errors: [
    'NOT_THE_PARENT',
    'OPERATOR_ORG',
    'NAME_TAKEN',
    'ALIAS_TAKEN',
    'UNKNOWN_USER',
    'LIMIT_EXCEEDS_PARENT',
    'WOULD_LOCK_OUT',
    'SENDER_NOT_VERIFIED',
    'RECORDING_NOTICE_REQUIRED',
    'NOT_YET_SUPPORTED',
  ],
  actsOn: { none: 'contacts are named, not changed' },
  effects: [
    reads('organization'),
    writes('organization'),
    unique('organization-name'),
    unique('organization-alias'),
    reads('user'),
    reads('file'),
    reads('domain'),
    reads('domain-name'),
    // What feature codes hide.
    reads('user-extension'),
    reads('device-line'),
    records('org.updated'),
    records('org.suspended'),
    records('org.resumed'),
  ],
});

export const deleteOrganization = endpoint('DELETE /orgs/{id}', {
  id: 'deleteOrganization',
  summary: 'Close an organization',
  description:
    'Only the parent or the operator closes an organization. It must have no child organizations, numbers, ' +
    'trunks, active domains, running tasks or calls, and a balance of zero.\n\n' +
    'Its credentials are invalid from the next request on. Its name is free at once, its alias never. Users, ' +
    'groups, roles, devices, gateways, SIM cards and the dial plan are removed within a minute. CDRs, ledger ' +
    'and audit log stay for their retention.',
  scope: 'orgs:write',
  params: { id },
  orgFromPath: 'id',
  answers: { 200: Deletion.extend({ status: z.literal('closed').describe('State of the organization') }) },
  errors: ['NOT_THE_PARENT', 'OPERATOR_ORG', 'ORG_HAS_RESOURCES'],
  effects: [
    reads('organization'),
    writes('organization'),
    unique('organization-name'),
    reads('count'),
    writes('count'),
    reads('balance'),
    reads('cdrtask-live'),
    reads('channel'),
    writes('billingprofile'),
    writes('tariff'),
    records('org.closed'),
  ],
});

/** Hashing a password needs one whole vCPU, which a Lambda has from 1,769 MB on (AWS Lambda, "Configure memory"). */
const oneProcessor = 1_769;

export const organizations = resource('organizations', {
  area: 'orgs',
  format: 'standard',
  memory: oneProcessor,
  errors: { ...organizationErrors, ...accountsErrors },
  endpoints: [listOrganizations, createOrganization, getOrganization, updateOrganization, deleteOrganization],
  examples,
});
