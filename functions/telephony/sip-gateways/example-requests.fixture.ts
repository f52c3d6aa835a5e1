import { textAt, type Example, type ExampleTenant } from '#test/support/example-request.ts';
import { examples } from './examples.ts';

const gatewayBody = ({ mark, unique }: ExampleTenant) => ({ ...examples.createGateway, name: `${mark}.${unique()}` });

/** Creates a gateway. @returns its id */
export const newGateway = async (tenant: ExampleTenant): Promise<string> =>
  textAt(await tenant.call('PUT', '/sipgateways/new', gatewayBody(tenant)), 'data', 'id');

/** One valid request for each endpoint, by route. */
export const exampleRequests: Readonly<Record<string, Example>> = {
  'GET /sipgateways': {
    prepare: async (tenant) => ({
      query: { q: tenant.mark, limit: '1', status: (await newGateway(tenant), 'unknown') },
    }),
  },
  'GET /sipgateways/{id}': { prepare: async (tenant) => ({ params: { id: await newGateway(tenant) } }) },
  'PUT /sipgateways/{id}': { prepare: (tenant) => ({ params: { id: 'new' }, body: gatewayBody(tenant) }) },
  'POST /sipgateways/{id}': {
    prepare: async (tenant) => ({ params: { id: await newGateway(tenant) }, body: examples.updateGateway }),
  },
  'DELETE /sipgateways/{id}': { prepare: async (tenant) => ({ params: { id: await newGateway(tenant) } }) },
};
