import { plain, type Example } from '#test/support/example-request.ts';
import { examples } from './examples.ts';

/** One valid request for each endpoint, by route. */
export const exampleRequests: Readonly<Record<string, Example>> = {
  'GET /billingprofile': plain(),
  'GET /billingprofile/{id}': { prepare: ({ organization }) => ({ params: { id: String(organization) } }) },
  'PUT /billingprofile/{id}': {
    prepare: ({ organization, mark }) => ({
      params: { id: String(organization) },
      body: { ...examples.saveBillingProfile, billingName: mark },
    }),
  },
  'POST /billingprofile/{id}/credit': {
    // Only the seller of an organization adds credit to it.
    cells: { reseller: 'rule', admin: 'rule', billing: 'rule' },
    prepare: ({ organization, unique, mark }) => ({
      params: { id: String(organization) },
      body: { ...examples.addCredit, amount: '0.01', reference: unique(), note: mark },
    }),
  },
  'GET /billingprofile/{id}/ledger': {
    prepare: async ({ organization, call, unique, mark }) => {
      const credit = { ...examples.addCredit, amount: '0.01', reference: unique(), note: mark };
      await call('POST', `/billingprofile/${organization}/credit`, credit);
      return { params: { id: String(organization) }, query: { limit: '1' } };
    },
  },
  'GET /billing-accounts': {
    prepare: async ({ call, organization, unique }) => {
      const child = { name: unique(), country: 'US', timezone: 'UTC', parent_id: organization };
      await call('PUT', '/orgs', child);
      return { query: { limit: '1' } };
    },
  },
};
