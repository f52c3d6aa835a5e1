import { reads, records, reports, writes } from '#contract/effects.ts';
import { endpoint, listOf } from '#contract/endpoint.ts';
import { resource } from '#contract/resource.ts';
import { voipbinFormat } from '#contract/voipbin.ts';
import { pageQuery, rangeEnd, rangeStart } from '#schema/query.ts';
import { OrganizationInUrl } from '#schema/values.ts';
import { billingErrors } from '../schema/errors.ts';
import { BillingAccount } from './billing-account.ts';
import { ProfileChange } from '../schema/billing-profile.ts';
import { billingProfileErrors } from '../schema/billing-profile-errors.ts';
import { examples } from './examples.ts';
import { CreditAnswer, EntryKind, ListedEntry, NewCredit } from './ledger.ts';
import { DetailedProfile, OwnProfile } from './presented-profile.ts';

/** Recorded once each time the balance falls below its threshold, or is exhausted. */
const balanceEvents = [reports('balance.low'), reports('balance.exhausted')] as const;

export const getOwnBillingProfile = endpoint('GET /billingprofile', {
  id: 'getOwnBillingProfile',
  summary: 'Get the billing profile of the own organization',
  description: 'A short form of the profile: without the details of the tariff and the use of the open period.',
  scope: 'billing:read',
  whileSuspended: true,
  answers: { 200: OwnProfile },
  errors: ['NOT_CONFIGURED'],
  effects: [reads('billingprofile'), reads('balance'), reads('tariff')],
});

export const getBillingProfile = endpoint('GET /billingprofile/{id}', {
  id: 'getBillingProfile',
  summary: 'Get the billing profile of an organization, with the use of the open period',
  description: '`id` is the organization: `1001` or `org_1001`.',
  scope: 'billing:read',
  params: { id: OrganizationInUrl },
  answers: { 200: DetailedProfile },
  errors: ['NOT_CONFIGURED', 'FORBIDDEN_ORG'],
  effects: [reads('organization'), reads('billingprofile'), reads('balance'), reads('tariff')],
});

export const saveBillingProfile = endpoint('PUT /billingprofile/{id}', {
  id: 'saveBillingProfile',
  summary: 'Update a billing profile, or create it for an organization without one',
  description:
    'Changes the given fields: objects merge by key, arrays replace. Only the seller changes commercial ' +
    'fields: the parent of the organization, or the operator. The first profile of an organization must name ' +
    '`currency`.',
  scope: 'billing:write',
  params: { id: OrganizationInUrl },
  body: ProfileChange,
  format: 'standard',
  answers: { 200: DetailedProfile, 201: DetailedProfile },
  errors: ['FORBIDDEN_ORG', 'NOT_THE_SELLER', 'CURRENCY_LOCKED', 'UNKNOWN_TARIFF', 'CURRENCY_MISMATCH'],
  effects: [
    reads('organization'),
    writes('billingprofile'),
    writes('balance'),
    writes('due'),
    writes('tariff'),
    reads('tariff-name'),
    reads('number', 'GSI1'),
    records('billingprofile.created'),
    records('billingprofile.updated'),
    ...balanceEvents,
  ],
});

export const addCredit = endpoint('POST /billingprofile/{id}/credit', {
  id: 'addCredit',
  summary: 'Add credit to a balance, or correct it',
  description:
    'For the seller only: the parent of the organization, or the operator. A reference is booked once. The ' +
    'same reference with the same amount returns the first entry again, with status 200.',
  scope: 'billing:write',
  unversioned: true,
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
    ...balanceEvents,
  ],
});

export const listLedgerEntries = endpoint('GET /billingprofile/{id}/ledger', {
  id: 'listLedgerEntries',
  summary: 'List the entries of a balance, newest first',
  description:
    'Opening balance plus entries plus charges is the closing balance. `charges` has the charges of calls and ' +
    'SMS of each day (`sms` counts segments); `time_zone` is that of the days.\n\n' +
    'A call that is rated again or replaced lowers the charges of its day by its former charge. If its period ' +
    'is closed, it lowers those of today. No entry of type `reversal` is booked. `late` of a day names the ' +
    'days of its calls that were rated after their period was closed.\n\n' +
    'Instants select the days (UTC) that contain them. The default is the open period up to today.',
  scope: 'billing:read',
  params: { id: OrganizationInUrl },
  query: {
    ...pageQuery,
    start: rangeStart.optional().describe('First day, or an instant on it; at most 366 days before the end'),
    end: rangeEnd.optional().describe('Last day, or an instant before which the range ends'),
    type: EntryKind.optional().describe('Only entries of this type'),
  },
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

export const listBillingAccounts = endpoint('GET /billing-accounts', {
  id: 'listBillingAccounts',
  summary: 'List balances and credit: the own account, then those in reach',
  description: 'In the order of organization numbers. A reseller sees its children, the operator all organizations.',
  scope: 'billing:read',
  query: pageQuery,
  ...voipbinFormat,
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
  errors: { ...billingProfileErrors, ...billingErrors },
  endpoints: [
    getOwnBillingProfile,
    getBillingProfile,
    saveBillingProfile,
    addCredit,
    listLedgerEntries,
    listBillingAccounts,
  ],
  examples,
});
