import type { Example } from '#test/support/example-request.ts';
import { newTrunk } from '../../telephony/sip-trunks/example-requests.fixture.ts';
import { examples } from './examples.ts';

/** One valid request for each endpoint, by route. */
export const exampleRequests: Readonly<Record<string, Example>> = {
  'GET /events/{entity+}': {
    ask: async (place) => {
      const id = await newTrunk(place);
      await place.call('POST', `/siptrunk/${id}`, { host: 'pbx.example.com' });
      return { params: { entity: `trunk/${id}` }, query: { limit: '1' } };
    },
  },
  'PUT /events/{entity+}': {
    ask: async (place) => ({
      params: { entity: `trunk/${await newTrunk(place)}` },
      body: { ...examples.fileEvent, data: { note: place.mark } },
    }),
  },
};
