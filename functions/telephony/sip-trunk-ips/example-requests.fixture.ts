import { textAt, type Example, type ExampleTenant } from '#test/support/example-request.ts';
import { newTrunk } from '../sip-trunks/example-requests.fixture.ts';
import { examples } from './examples.ts';

const hexGroup = (): string => Math.floor(Math.random() * 0xffff + 1).toString(16);

/** Signaling addresses exclude each other on the platform, so each body has others. */
const ipsBody = () => ({
  ips: examples.saveTrunkIps.ips.map((ip) => ({
    ...ip,
    address: `2001:db8:${hexGroup()}:${hexGroup()}:${hexGroup()}::${hexGroup()}`,
  })),
});

async function newTrunkWithIps(tenant: ExampleTenant): Promise<{ readonly entity: string; readonly ip: string }> {
  const entity = await newTrunk(tenant);
  const ips = await tenant.call('PUT', `/siptrunkips/${entity}`, ipsBody());
  return { entity, ip: textAt(ips, 'data', 'ips', '0', 'id') };
}

/** One valid request for each endpoint, by route. */
export const exampleRequests: Readonly<Record<string, Example>> = {
  'GET /siptrunkips/{entity}': {
    prepare: async (tenant) => ({
      params: { entity: 'all' },
      query: { limit: '1', type: (await newTrunkWithIps(tenant), 'signaling') },
    }),
  },
  'PUT /siptrunkips/{entity}': {
    prepare: async (tenant) => ({ params: { entity: await newTrunk(tenant) }, body: ipsBody() }),
  },
  'POST /siptrunkips/{entity}': {
    prepare: async (tenant) => {
      const { entity, ip } = await newTrunkWithIps(tenant);
      return { params: { entity }, body: { ...examples.updateTrunkIp, ip_id: ip } };
    },
  },
  'POST /siptrunkips/{entity}/verify': {
    prepare: async (tenant) => {
      const { entity, ip } = await newTrunkWithIps(tenant);
      return { params: { entity }, body: { ip_id: ip } };
    },
  },
  'DELETE /siptrunkips/{entity}': {
    prepare: async (tenant) => {
      const { entity, ip } = await newTrunkWithIps(tenant);
      return { params: { entity }, query: { ip_id: ip } };
    },
  },
};
