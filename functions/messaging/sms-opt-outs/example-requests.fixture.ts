import type { Example, Place } from '#test/support/example-request.ts';
import { examples } from './examples.ts';

let last = 0;

/** Opts a number out that no other example has. @returns the number */
async function newOptOut(place: Place): Promise<string> {
  last += 1;
  const number = `+1415555${String(last).padStart(4, '0')}`;
  await place.call('PUT', `/smsoptouts/${number.slice(1)}`, { reason: place.mark });
  return number;
}

/** An opt-out belongs to no user. */
const cells = { agent: 'rule' } as const;

export const exampleRequests: Readonly<Record<string, Example>> = {
  'GET /smsoptouts': {
    ask: async (place) => {
      await newOptOut(place);
      return { query: { limit: '1', source: (await newOptOut(place), 'api') } };
    },
  },
  'PUT /smsoptouts/{number}': {
    ask: ({ mark }) => ({ params: { number: '14155559999' }, body: { ...examples.optOutOfSms, reason: mark } }),
    cells,
  },
  'DELETE /smsoptouts/{number}': {
    ask: async (place) => ({ params: { number: await newOptOut(place) }, query: { reason: place.mark } }),
    cells,
  },
};
