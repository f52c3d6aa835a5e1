import type { Example } from '#test/support/example-request.ts';
import { newPolicy } from '../dialplan-policies/example-requests.fixture.ts';

export const exampleRequests: Readonly<Record<string, Example>> = {
  'GET /dialplan/search': {
    ask: async (place) => {
      await newPolicy(place);
      return { query: { limit: '1', q: place.mark } };
    },
  },
};
