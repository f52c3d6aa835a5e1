import { textAt, type Example, type ExampleTenant } from '#test/support/example-request.ts';
import { examples } from './examples.ts';

/** Nothing answers a REGISTER in the proofs. */
const trunkBody = ({ mark, unique }: ExampleTenant) => ({
  ...examples.createTrunk,
  name: `${mark} ${unique()}`,
  register: false,
});

/** Creates a trunk. @returns its id */
export const newTrunk = async (tenant: ExampleTenant): Promise<string> =>
  textAt(await tenant.call('PUT', '/siptrunk/new', trunkBody(tenant)), 'data', 'id');

/** One valid request for each endpoint, by route. */
export const exampleRequests: Readonly<Record<string, Example>> = {
  'GET /siptrunk': {
    prepare: async (tenant) => ({ query: { q: tenant.mark, limit: '1', type: (await newTrunk(tenant), 'carrier') } }),
  },
  'GET /siptrunk/{id}': { prepare: async (tenant) => ({ params: { id: await newTrunk(tenant) } }) },
  'PUT /siptrunk/{id}': { prepare: (tenant) => ({ params: { id: 'new' }, body: trunkBody(tenant) }) },
  'POST /siptrunk/{id}': {
    prepare: async (tenant) => ({ params: { id: await newTrunk(tenant) }, body: examples.updateTrunk }),
  },
  'DELETE /siptrunk/{id}': { prepare: async (tenant) => ({ params: { id: await newTrunk(tenant) } }) },
};
