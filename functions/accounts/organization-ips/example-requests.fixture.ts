import { textAt, type Example, type Place } from '#test/support/example-request.ts';
import { examples } from './examples.ts';

/** Networks that differ from one request to the next. */
let networks = 0;

function networkBody({ organization }: Place) {
  networks += 1;
  const ip_address = `10.${Math.floor(networks / 256) % 256}.${networks % 256}.0`;
  return { ...examples.saveOrganizationIp, ip_address, type: 'blacklist', organization_id: organization };
}

/** Lists a network. @returns its id */
const newNetwork = async (place: Place): Promise<string> =>
  textAt(await place.call('PUT', '/orgips/new', networkBody(place)), 'data', 'id');

const ofNetwork = async (place: Place) => ({ params: { entity: await newNetwork(place) } });

/** One valid request for each endpoint, by route. */
export const exampleRequests: Readonly<Record<string, Example>> = {
  'GET /orgips/index': {
    ask: async (place) => {
      await newNetwork(place);
      return { query: { limit: '1' } };
    },
  },
  'GET /orgips/{entity}': { ask: ofNetwork },
  'PUT /orgips/{entity}': { ask: (place) => ({ params: { entity: 'new' }, body: networkBody(place) }) },
  'POST /orgips/{entity}': {
    ask: async (place) => ({ ...(await ofNetwork(place)), body: examples.updateOrganizationIp }),
  },
  'DELETE /orgips/{entity}': { ask: ofNetwork },
};
