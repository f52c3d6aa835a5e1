import type { Example, Place } from '../../../test/support/example-request.ts';
import { examples } from './examples.ts';

const orgId = ({ organization }: Place): string => `org_${organization}`;

/** A set-up, which calls no one. */
const setUp = ({ mark }: Place) => ({ ...examples.setSalesforce, client_id: mark, auto_link: false });

export const exampleRequests: Readonly<Record<string, Example>> = {
  'PUT /auth/salesforce/{orgId}': { ask: (place) => ({ params: { orgId: orgId(place) }, body: setUp(place) }) },
  'GET /auth/salesforce/{orgId}': {
    ask: async (place) => {
      await place.call('PUT', `/auth/salesforce/${orgId(place)}`, setUp(place));
      return { params: { orgId: orgId(place) } };
    },
  },
  // Log-ins need Salesforce; test/system/single-sign-on.test.ts has a provider of its own.
  'GET /auth/salesforce': { ask: () => ({ query: { org_id: 'org_999999999' } }) },
  'POST /auth/salesforce': {
    ask: () => ({ body: { ...examples.finishSalesforceLogIn, org_id: 'org_999999999' } }),
  },
};
