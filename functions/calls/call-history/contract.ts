import { reads } from '#contract/effects.ts';
import { endpoint, listOf } from '#contract/endpoint.ts';
import { resource } from '#contract/resource.ts';
import { pageQuery } from '#schema/query.ts';
import { CustomerInUrl, historyFilters, PastCall } from './past-call.ts';

const effects = [
  reads('cdr'),
  reads('cdr', 'GSI1'),
  reads('cdrcall', 'GSI1'),
  reads('cdrparty'),
  reads('user'),
  reads('user-extension'),
] as const;
const query = { ...pageQuery, ...historyFilters };
const answers = { 200: listOf(PastCall, 'calls') };

export const listPastCalls = endpoint('GET /Calls/history', {
  id: 'listPastCalls',
  summary: 'List the calls of the past',
  description: 'Newest first, from the CDRs. The range is the last 30 days by default, and 92 days at most.',
  scope: 'calls:read',
  query,
  answers,
  errors: [],
  effects,
});

export const listPastCallsOfCustomer = endpoint('GET /Calls/customer/{customerId}/history', {
  id: 'listPastCallsOfCustomer',
  summary: 'List the calls of the past of an organization or a user',
  description:
    'As the history of the own organization, for an organization within reach, or for a user. The history of a user ' +
    'has the calls that it placed, calls from outside to it, and calls of colleagues to its extension. These count ' +
    'from the time at which the user got the extension.',
  scope: 'calls:read',
  params: { customerId: CustomerInUrl },
  orgFromPath: 'customerId',
  query,
  answers,
  errors: [],
  effects,
});

export const callHistory = resource('call-history', {
  area: 'calls',
  format: 'bare',
  owner: 'found',
  endpoints: [listPastCalls, listPastCallsOfCustomer],
});
