import { reads, records, unique, writes } from '../../shared/contract/effects.ts';
import { endpoint } from '../../shared/contract/endpoint.ts';
import { resource } from '../../shared/contract/resource.ts';
import { CreatedOrganization, NewOrganization } from './organization.ts';

export const putOrganization = endpoint('PUT /orgs', {
  summary: 'Create an organization, with its first administrator',
  description: 'Organization, billing profile and first user are made in one transaction. `parent_id` defaults to the caller\'s organization.',
  scope: 'orgs:write',
  sellersOnly: true,
  body: NewOrganization,
  answers: { 201: CreatedOrganization },
  errors: [
    'NOT_A_SELLER', 'OPERATOR_ONLY', 'INVALID_PARENT', 'LIMIT_EXCEEDS_PARENT', 'LIMIT_EXCEEDED', 'UNKNOWN_USER', 'WEAK_PASSWORD', 'NOT_YET_SUPPORTED',
    'NAME_TAKEN', 'ALIAS_TAKEN', 'USERNAME_TAKEN', 'EMAIL_TAKEN',
  ],
  effects: [
    writes('organization'), unique('organization-name'), unique('organization-alias'), writes('counter'), writes('count'), reads('billingprofile'), writes('billingprofile'),
    writes('user'), unique('username'), unique('user-email'), unique('user-client'), unique('user-extension'), writes('role'), writes('credential'), records('org.created'), records('user.created'),
  ],
  answersSecret: true,
});

/** A password is hashed at the speed of one whole processor, which a Lambda has from 1,769 MiB on. */
const wholeProcessor = 1_769;

export const organizations = resource('organizations', { area: 'orgs', face: 'standard', memory: wholeProcessor, endpoints: [putOrganization] });
