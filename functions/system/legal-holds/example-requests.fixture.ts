import { textAt, type Example, type Place } from '#test/support/example-request.ts';
import { examples } from './examples.ts';

const holdBody = ({ mark, unique }: Place) => ({ ...examples.saveLegalHold, name: `${mark} ${unique()}` });

/** Places a hold. @returns its id */
const newHold = async (place: Place): Promise<string> =>
  textAt(await place.call('PUT', '/archiving/legalholds/new', holdBody(place)), 'data', 'id');

/** One valid request for each endpoint, by route. */
export const exampleRequests: Readonly<Record<string, Example>> = {
  'GET /archiving/legalholds': {
    ask: async (place) => {
      await newHold(place);
      await newHold(place);
      return { query: { limit: '1', status: 'active' } };
    },
  },
  'PUT /archiving/legalholds/{id}': { ask: (place) => ({ params: { id: 'new' }, body: holdBody(place) }) },
  'DELETE /archiving/legalholds/{id}': {
    ask: async (place) => ({ params: { id: await newHold(place) }, query: { reason: 'Settled' } }),
  },
};
