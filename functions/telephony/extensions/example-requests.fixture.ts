import { randomInt } from 'node:crypto';
import type { Example } from '#test/support/example-request.ts';

/** One valid request for each endpoint, by route. */
export const exampleRequests: Readonly<Record<string, Example>> = {
  'GET /extensions': {
    prepare: async (tenant) => {
      const group = { name: `${tenant.mark} ${tenant.unique()}`, extension: String(randomInt(1e7, 1e8)) };
      await tenant.call('PUT', '/ringgroups/new', group);
      return { query: { type: 'ring_group', limit: '1' } };
    },
  },
};
