import type { Example } from '#test/support/example-request.ts';
import { newPolicy } from '../dialplan-policies/example-requests.fixture.ts';

export const exampleRequests: Readonly<Record<string, Example>> = {
  'GET /dialplan/search': {
    prepare: async (tenant) => {
      await newPolicy(tenant);
      return { query: { limit: '1', q: tenant.mark } };
    },
  },
};
