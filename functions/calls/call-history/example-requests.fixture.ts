import type { Example, Place } from '#test/support/example-request.ts';
import { newCdr } from '../../billing/cdr/example-requests.fixture.ts';

/** Two calls of the past, whose caller has the mark. */
async function pastCalls(place: Place): Promise<void> {
  await Promise.all([newCdr(place, { caller: place.mark }), newCdr(place, { caller: place.mark })]);
}

/** One valid request for each endpoint, by route. */
export const exampleRequests: Readonly<Record<string, Example>> = {
  'GET /Calls/history': {
    ask: async (place) => {
      await pastCalls(place);
      return { query: { limit: '1', status: 'no-answer' } };
    },
  },
  'GET /Calls/customer/{customerId}/history': {
    ask: async (place) => {
      await pastCalls(place);
      return { params: { customerId: `org_${place.organization}` }, query: { limit: '1' } };
    },
  },
};
