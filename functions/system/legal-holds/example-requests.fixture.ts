import { textAt, type Example, type ExampleTenant } from '#test/support/example-request.ts';
import { examples } from './examples.ts';

const holdBody = ({ mark, unique }: ExampleTenant) => ({ ...examples.saveLegalHold, name: `${mark} ${unique()}` });

/** Places a hold. @returns its id */
const newHold = async (tenant: ExampleTenant): Promise<string> =>
  textAt(await tenant.call('PUT', '/archiving/legalholds/new', holdBody(tenant)), 'data', 'id');

/** One valid request for each endpoint, by route. */
export const exampleRequests: Readonly<Record<string, Example>> = {
  'GET /archiving/legalholds': {
    prepare: async (tenant) => {
      await newHold(tenant);
      await newHold(tenant);
      return { query: { limit: '1', status: 'active' } };
    },
  },
  'PUT /archiving/legalholds/{id}': { prepare: (tenant) => ({ params: { id: 'new' }, body: holdBody(tenant) }) },
  'DELETE /archiving/legalholds/{id}': {
    prepare: async (tenant) => ({ params: { id: await newHold(tenant) }, query: { reason: 'Settled' } }),
  },
};
