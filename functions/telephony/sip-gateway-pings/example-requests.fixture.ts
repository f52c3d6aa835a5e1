import type { Example } from '#test/support/example-request.ts';
import { newGateway } from '../sip-gateways/example-requests.fixture.ts';
import { examples } from './examples.ts';

/** One valid request for each endpoint, by route. */
export const exampleRequests: Readonly<Record<string, Example>> = {
  'GET /sipgwping/{entity}': {
    prepare: async (tenant) => ({
      params: { entity: 'all' },
      query: { limit: '1', include_history: 'true', history_hours: (await newGateway(tenant), '2') },
    }),
  },
  'POST /sipgwping/{entity}/{param1}/{param2}': {
    prepare: async (tenant) => ({
      params: { entity: await newGateway(tenant), param1: 'status', param2: 'update' },
      body: { ...examples.reportGatewayStatus, error_message: tenant.mark },
    }),
  },
};
