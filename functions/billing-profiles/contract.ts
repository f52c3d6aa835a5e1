import { reads, records, writes } from '../../shared/contract/effects.ts';
import { endpoint } from '../../shared/contract/endpoint.ts';
import { resource } from '../../shared/contract/resource.ts';
import { OrganizationInUrl } from '../../shared/schema/values.ts';
import { ProfileChange } from './billing-profile.ts';
import { DetailedProfile, OwnProfile } from './presented-profile.ts';

export const getOwnProfile = endpoint('GET /billingprofile', {
  summary: 'The billing profile of the organization',
  scope: 'billing:read',
  whileSuspended: true,
  answers: { 200: OwnProfile },
  errors: ['NOT_CONFIGURED'],
  effects: [reads('billingprofile'), reads('balance'), reads('tariff')],
});

export const getProfile = endpoint('GET /billingprofile/{id}', {
  summary: 'The billing profile of an organization, with the use of the present period',
  description: '`id` is the organization: `1001` or `org_1001`.',
  scope: 'billing:read',
  params: { id: OrganizationInUrl },
  answers: { 200: DetailedProfile },
  errors: ['NOT_CONFIGURED', 'FORBIDDEN_ORG'],
  effects: [reads('organization'), reads('billingprofile'), reads('balance'), reads('tariff')],
});

export const putProfile = endpoint('PUT /billingprofile/{id}', {
  summary: 'Update a billing profile, or make one where there is none',
  description: 'Changes what is named: objects merge by key, arrays replace. Commercial fields are for the seller: the parent, or the operator.',
  scope: 'billing:write',
  params: { id: OrganizationInUrl },
  body: ProfileChange,
  face: 'standard',
  answers: { 200: DetailedProfile, 201: DetailedProfile },
  errors: ['FORBIDDEN_ORG', 'NOT_THE_SELLER', 'CURRENCY_LOCKED', 'UNKNOWN_TARIFF', 'CURRENCY_MISMATCH', 'NOT_YET_SUPPORTED'],
  effects: [
    reads('organization'), writes('billingprofile'), writes('balance'), writes('tariff'), reads('tariff-name'),
    records('billingprofile.created'), records('billingprofile.updated'),
  ],
});

export const billingProfiles = resource('billing-profiles', { area: 'billing', face: 'reference', endpoints: [getOwnProfile, getProfile, putProfile] });
