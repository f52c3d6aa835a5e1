import { textAt, type Example, type ExampleTenant } from '#test/support/example-request.ts';
import { examples } from './examples.ts';

/** Networks that differ from one request to the next. */
let networks = 0;

function networkBody({ organization }: ExampleTenant) {
  networks += 1;
  const ip_address = `10.${Math.floor(networks / 256) % 256}.${networks % 256}.0`;
  return { ...examples.saveOrganizationIp, ip_address, type: 'blacklist', organization_id: organization };
}

/** Lists a network. @returns its id */
const newNetwork = async (tenant: ExampleTenant): Promise<string> =>
  textAt(await tenant.call('PUT', '/orgips/new', networkBody(tenant)), 'data', 'id');

const ofNetwork = async (tenant: ExampleTenant) => ({ params: { entity: await newNetwork(tenant) } });

/** One valid request for each endpoint, by route. */
export const exampleRequests: Readonly<Record<string, Example>> = {
  'GET /orgips/index': {
    prepare: async (tenant) => {
      await newNetwork(tenant);
      return { query: { limit: '1' } };
    },
  },
  'GET /orgips/{entity}': { prepare: ofNetwork },
  'PUT /orgips/{entity}': { prepare: (tenant) => ({ params: { entity: 'new' }, body: networkBody(tenant) }) },
  'POST /orgips/{entity}': {
    prepare: async (tenant) => ({ ...(await ofNetwork(tenant)), body: examples.updateOrganizationIp }),
  },
  'DELETE /orgips/{entity}': { prepare: ofNetwork },
};
