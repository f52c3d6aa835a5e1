import type { Example } from '#test/support/example-request.ts';
import { newPolicy } from '../dialplan-policies/example-requests.fixture.ts';

export const exampleRequests: Readonly<Record<string, Example>> = {
  'GET /dialplan/dependencies': { ask: async (place) => ({ query: { id: await newPolicy(place), type: 'policy' } }) },
};
