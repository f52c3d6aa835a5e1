import type { Example } from '#test/support/example-request.ts';
import { newPolicy } from '../dialplan-policies/example-requests.fixture.ts';

export const exampleRequests: Readonly<Record<string, Example>> = {
  'GET /dialplan/dependencies': {
    prepare: async (tenant) => ({ query: { id: await newPolicy(tenant), type: 'policy' } }),
  },
};
