import { textAt, type Example, type ExampleTenant } from '#test/support/example-request.ts';
import { examples } from './examples.ts';

const flowBody = ({ mark, unique }: ExampleTenant) => ({ ...examples.saveCallFlow, name: `${mark} ${unique()}` });

/** Creates a flow. @returns its id */
const newFlow = async (tenant: ExampleTenant): Promise<string> =>
  textAt(await tenant.call('PUT', '/callflows/new', flowBody(tenant)), 'data', 'id');

/** One valid request for each endpoint, by route. */
export const exampleRequests: Readonly<Record<string, Example>> = {
  'GET /callflows': {
    prepare: async (tenant) => ({ query: { q: tenant.mark, limit: (await newFlow(tenant), '1') } }),
  },
  'GET /callflows/{id}': {
    prepare: async (tenant) => ({ params: { id: await newFlow(tenant) }, query: { version: '1' } }),
  },
  'PUT /callflows/{id}': { prepare: (tenant) => ({ params: { id: 'new' }, body: flowBody(tenant) }) },
  'POST /callflows/{id}/simulate': {
    prepare: async (tenant) => ({ params: { id: await newFlow(tenant) }, body: examples.simulateCallFlow }),
  },
  'DELETE /callflows/{id}': { prepare: async (tenant) => ({ params: { id: await newFlow(tenant) } }) },
};
