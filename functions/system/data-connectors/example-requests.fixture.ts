import { textAt, type Example, type ExampleTenant } from '#test/support/example-request.ts';
import { examples } from './examples.ts';

/** Nothing listens there (RFC 863). */
const connectorBody = ({ mark, unique }: ExampleTenant) => ({
  ...examples.saveDataConnector,
  name: `${mark} ${unique()}`,
  server: 'http://127.0.0.1:9',
});

const newConnector = async (tenant: ExampleTenant): Promise<string> =>
  textAt(await tenant.call('PUT', '/dataconnector/new', connectorBody(tenant)), 'data', 'id');

/** One valid request for each endpoint, by route. */
export const exampleRequests: Readonly<Record<string, Example>> = {
  'GET /dataconnector': {
    prepare: async (tenant) => ({ query: { q: tenant.mark, limit: (await newConnector(tenant), '1') } }),
  },
  'GET /dataconnector/{id}': { prepare: async (tenant) => ({ params: { id: await newConnector(tenant) } }) },
  'PUT /dataconnector/{id}': {
    prepare: async (tenant) => ({ params: { id: await newConnector(tenant) }, body: connectorBody(tenant) }),
  },
  'DELETE /dataconnector/{id}': { prepare: async (tenant) => ({ params: { id: await newConnector(tenant) } }) },
  'POST /dataconnector/{id}/test': { prepare: async (tenant) => ({ params: { id: await newConnector(tenant) } }) },
};
