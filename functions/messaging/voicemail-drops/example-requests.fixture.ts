import { textAt, type Example, type Place } from '#test/support/example-request.ts';
import { examples } from './examples.ts';

const dropBody = ({ mark, unique }: Place) => ({ ...examples.saveVoicemailDrop, name: `${mark} ${unique()}` });

/** Creates a drop. @returns its id */
const newDrop = async (place: Place): Promise<string> =>
  textAt(await place.call('PUT', '/voicemaildrop/new', dropBody(place)), 'data', 'id');

/** One valid request for each endpoint, by route. */
export const exampleRequests: Readonly<Record<string, Example>> = {
  'GET /voicemaildrop': {
    ask: async (place) => ({ query: { q: place.mark, limit: (await newDrop(place), '1') } }),
  },
  'GET /voicemaildrop/{id}': { ask: async (place) => ({ params: { id: await newDrop(place) } }) },
  'PUT /voicemaildrop/{id}': { ask: (place) => ({ params: { id: 'new' }, body: dropBody(place) }) },
  'DELETE /voicemaildrop/{id}': { ask: async (place) => ({ params: { id: await newDrop(place) } }) },
};
