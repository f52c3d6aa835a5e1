import type { Example } from '#test/support/example-request.ts';
import { newTrunk } from '../../telephony/sip-trunks/example-requests.fixture.ts';
import { examples } from './examples.ts';

/** One valid request for each endpoint, by route. */
export const exampleRequests: Readonly<Record<string, Example>> = {
  'GET /events/{entity+}': {
    prepare: async (tenant) => {
      const id = await newTrunk(tenant);
      await tenant.call('POST', `/siptrunk/${id}`, { host: 'pbx.example.com' });
      return { params: { entity: `trunk/${id}` }, query: { limit: '1' } };
    },
  },
  'PUT /events/{entity+}': {
    prepare: async (tenant) => ({
      params: { entity: `trunk/${await newTrunk(tenant)}` },
      body: { ...examples.fileEvent, data: { note: tenant.mark } },
    }),
  },
};
