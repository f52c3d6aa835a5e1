import type { Example, Place } from '#test/support/example-request.ts';
import { examples } from './examples.ts';

/** Creates a sequence. @returns its name */
async function newSequence(place: Place): Promise<string> {
  const name = `${place.mark}-${place.unique()}`.toLowerCase();
  await place.call('PUT', `/sequence/${name}`, examples.createSequence);
  return name;
}

/** One valid request for each endpoint, by route. */
export const exampleRequests: Readonly<Record<string, Example>> = {
  'GET /sequence/{name}': { ask: async (place) => ({ params: { name: await newSequence(place) } }) },
  'PUT /sequence/{name}': {
    ask: (place) => ({
      params: { name: `${place.mark}-${place.unique()}`.toLowerCase() },
      body: examples.createSequence,
    }),
  },
  'POST /sequence/{name}': {
    ask: async (place) => ({ params: { name: await newSequence(place) }, body: examples.takeSequenceBlock }),
  },
  'DELETE /sequence/{name}': { ask: async (place) => ({ params: { name: await newSequence(place) } }) },
};
