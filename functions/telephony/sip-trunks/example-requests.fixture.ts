import { textAt, type Example, type Place } from '#test/support/example-request.ts';
import { examples } from './examples.ts';

/** Nothing answers a REGISTER in the proofs. */
const trunkBody = ({ mark, unique }: Place) => ({
  ...examples.createTrunk,
  name: `${mark} ${unique()}`,
  register: false,
});

/** Creates a trunk. @returns its id */
export const newTrunk = async (place: Place): Promise<string> =>
  textAt(await place.call('PUT', '/siptrunk/new', trunkBody(place)), 'data', 'id');

/** One valid request for each endpoint, by route. */
export const exampleRequests: Readonly<Record<string, Example>> = {
  'GET /siptrunk': {
    ask: async (place) => ({ query: { q: place.mark, limit: '1', type: (await newTrunk(place), 'carrier') } }),
  },
  'GET /siptrunk/{id}': { ask: async (place) => ({ params: { id: await newTrunk(place) } }) },
  'PUT /siptrunk/{id}': { ask: (place) => ({ params: { id: 'new' }, body: trunkBody(place) }) },
  'POST /siptrunk/{id}': {
    ask: async (place) => ({ params: { id: await newTrunk(place) }, body: examples.updateTrunk }),
  },
  'DELETE /siptrunk/{id}': { ask: async (place) => ({ params: { id: await newTrunk(place) } }) },
};
