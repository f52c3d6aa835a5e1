import { textAt, type Example, type Place } from '#test/support/example-request.ts';
import { examples } from './examples.ts';

const fileBody = ({ mark, unique }: Place) => ({ ...examples.putFile, name: `${mark} ${unique()}` });

/** Creates a file that waits for its upload. @returns its id */
const newFile = async (place: Place): Promise<string> =>
  textAt(await place.call('PUT', '/files/new', fileBody(place)), 'data', 'id');

/** One valid request for each endpoint, by route. */
export const exampleRequests: Readonly<Record<string, Example>> = {
  'GET /files': {
    ask: async (place) => ({ query: { q: place.mark, limit: '1', kind: (await newFile(place), 'greeting') } }),
  },
  'GET /files/{id}': { ask: async (place) => ({ params: { id: await newFile(place) } }) },
  'PUT /files/{id}': { ask: (place) => ({ params: { id: 'new' }, body: fileBody(place) }) },
  'DELETE /files/{id}': { ask: async (place) => ({ params: { id: await newFile(place) } }) },
};
