import type { Example } from '#test/support/example-request.ts';
import { newTariff } from '../tariffs/example-requests.fixture.ts';

/** One valid request for each endpoint, by route. */
export const exampleRequests: Readonly<Record<string, Example>> = {
  'GET /rates/lookup/{number}': {
    prepare: async (tenant) => ({ params: { number: '+14155550100' }, query: { tariff_id: await newTariff(tenant) } }),
  },
};
