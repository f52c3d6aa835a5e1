import { textAt, type Example, type Place } from '#test/support/example-request.ts';
import { examples } from './examples.ts';

/** Nothing listens there (RFC 863). */
const connectorBody = ({ mark, unique }: Place) => ({
  ...examples.saveDataConnector,
  name: `${mark} ${unique()}`,
  server: 'http://127.0.0.1:9',
});

const newConnector = async (place: Place): Promise<string> =>
  textAt(await place.call('PUT', '/dataconnector/new', connectorBody(place)), 'data', 'id');

/** One valid request for each endpoint, by route. */
export const exampleRequests: Readonly<Record<string, Example>> = {
  'GET /dataconnector': {
    ask: async (place) => ({ query: { q: place.mark, limit: (await newConnector(place), '1') } }),
  },
  'GET /dataconnector/{id}': { ask: async (place) => ({ params: { id: await newConnector(place) } }) },
  'PUT /dataconnector/{id}': {
    ask: async (place) => ({ params: { id: await newConnector(place) }, body: connectorBody(place) }),
  },
  'DELETE /dataconnector/{id}': { ask: async (place) => ({ params: { id: await newConnector(place) } }) },
  'POST /dataconnector/{id}/test': { ask: async (place) => ({ params: { id: await newConnector(place) } }) },
};
