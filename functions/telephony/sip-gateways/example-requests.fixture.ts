import { textAt, type Example, type Place } from '#test/support/example-request.ts';
import { examples } from './examples.ts';

const gatewayBody = ({ mark, unique }: Place) => ({ ...examples.createGateway, name: `${mark}.${unique()}` });

/** Creates a gateway. @returns its id */
export const newGateway = async (place: Place): Promise<string> =>
  textAt(await place.call('PUT', '/sipgateways/new', gatewayBody(place)), 'data', 'id');

/** One valid request for each endpoint, by route. */
export const exampleRequests: Readonly<Record<string, Example>> = {
  'GET /sipgateways': {
    ask: async (place) => ({ query: { q: place.mark, limit: '1', status: (await newGateway(place), 'unknown') } }),
  },
  'GET /sipgateways/{id}': { ask: async (place) => ({ params: { id: await newGateway(place) } }) },
  'PUT /sipgateways/{id}': { ask: (place) => ({ params: { id: 'new' }, body: gatewayBody(place) }) },
  'POST /sipgateways/{id}': {
    ask: async (place) => ({ params: { id: await newGateway(place) }, body: examples.updateGateway }),
  },
  'DELETE /sipgateways/{id}': { ask: async (place) => ({ params: { id: await newGateway(place) } }) },
};
