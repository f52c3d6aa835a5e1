import type { Example } from '#test/support/example-request.ts';
import { day } from '#schema/time.ts';
import { newCdr } from '../cdr/example-requests.fixture.ts';

const dateAgo = (days: number): string => new Date(Date.now() - days * day).toISOString().slice(0, 10);

/** One valid request for each endpoint, by route. */
export const exampleRequests: Readonly<Record<string, Example>> = {
  'GET /profit/numbers': {
    prepare: async (tenant) => {
      await newCdr(tenant, { caller: '+12125550100' });
      await newCdr(tenant, { caller: '+12125550101' });
      return { query: { limit: '1', start: dateAgo(2), end: dateAgo(0) } };
    },
  },
};
