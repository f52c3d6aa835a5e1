import * as z from 'zod';
import { reads, records, writes } from '../../../shared/contract/effects.ts';
import { endpoint, listOf } from '../../../shared/contract/endpoint.ts';
import { resource } from '../../../shared/contract/resource.ts';
import { pageQuery, rangeEnd, rangeStart } from '../../../shared/schema/query.ts';
import { OrganizationInUrl } from '../../../shared/schema/values.ts';
import { BillingAccount } from './account.ts';
import { ProfileChange } from './billing-profile.ts';
import { CreditAnswer, entryTypes, ListedEntry, NewCredit } from './ledger.ts';
import { DetailedProfile, OwnProfile } from './presented-profile.ts';

/** A balance that crosses its threshold, or has nothing left to spend, is told of once. */
const tells = [records('balance.low'), records('balance.exhausted')] as const;

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
  description:
    'Changes what is named: objects merge by key, arrays replace. Commercial fields are for the seller: the parent, or the operator.',
  scope: 'billing:write',
  params: { id: OrganizationInUrl },
  body: ProfileChange,
  format: 'standard',
  answers: { 200: DetailedProfile, 201: DetailedProfile },
  errors: [
    'FORBIDDEN_ORG',
    'NOT_THE_SELLER',
    'CURRENCY_LOCKED',
    'UNKNOWN_TARIFF',
    'CURRENCY_MISMATCH',
    'NOT_YET_SUPPORTED',
  ],
  effects: [
    reads('organization'),
    writes('billingprofile'),
    writes('balance'),
    writes('due'),
    writes('tariff'),
    reads('tariff-name'),
    records('billingprofile.created'),
    records('billingprofile.updated'),
    ...tells,
  ],
});

export const postCredit = endpoint('POST /billingprofile/{id}/credit', {
  summary: 'Add credit to a balance, or correct it',
  description:
    'For the seller. A reference is booked once: sent again with the same amount it is answered as at first.',
  scope: 'billing:write',
  params: { id: OrganizationInUrl },
  body: NewCredit,
  format: 'standard',
  answers: { 200: CreditAnswer, 201: CreditAnswer },
  errors: ['FORBIDDEN_ORG', 'NOT_THE_SELLER', 'NOT_CONFIGURED', 'CURRENCY_MISMATCH', 'REFERENCE_CONFLICT'],
  effects: [
    reads('organization'),
    reads('billingprofile'),
    writes('balance'),
    writes('chargeday'),
    writes('ledger'),
    writes('credit'),
    records('credit.added'),
    ...tells,
  ],
});

export const getLedger = endpoint('GET /billingprofile/{id}/ledger', {
  summary: 'What moved a balance, newest first',
  description:
    'Beside the entries: `charges`, what calls and SMS were charged each day. Opening balance, entries and charges make the closing balance. A call that is rated again or replaced lowers the charges of its day by what it had cost (of today, once its period is closed): no entry of type `reversal` is booked beside them. Instants stand for the days (UTC) that they touch; by default the open period.',
  scope: 'billing:read',
  params: { id: OrganizationInUrl },
  query: { ...pageQuery, start: rangeStart.optional(), end: rangeEnd.optional(), type: z.enum(entryTypes).optional() },
  format: 'standard',
  whileSuspended: true,
  answers: { 200: listOf(ListedEntry) },
  errors: ['FORBIDDEN_ORG', 'NOT_CONFIGURED'],
  effects: [
    reads('organization'),
    reads('billingprofile'),
    reads('chargeday'),
    reads('ledger', 'GSI1'),
    reads('ledger', 'GSI2'),
  ],
});

export const listAccounts = endpoint('GET /billing-accounts', {
  summary: 'Balance and credit: the own account, then those in reach',
  scope: 'billing:read',
  query: pageQuery,
  format: 'voipbin',
  brokenRule: 400,
  whileSuspended: true,
  answers: { 200: listOf(BillingAccount) },
  errors: [],
  effects: [
    reads('billingprofile'),
    reads('billingprofile', 'GSI1'),
    reads('billingprofile', 'GSI2'),
    reads('balance'),
  ],
});

export const billingProfiles = resource('billing-profiles', {
  area: 'billing',
  format: 'reference',
  endpoints: [getOwnProfile, getProfile, putProfile, postCredit, getLedger, listAccounts],
});
