import { textAt, type Example, type ExampleTenant } from '#test/support/example-request.ts';
import { examples } from './examples.ts';

const domainBody = ({ mark, unique, organization }: ExampleTenant) => ({
  ...examples.saveDomain,
  domain: `${mark}-${unique()}.example.com`.toLowerCase().replaceAll(/[^a-z0-9.-]/g, ''),
  organization_id: organization,
});

/** Creates a domain. @returns its id */
const newDomain = async (tenant: ExampleTenant): Promise<string> =>
  textAt(await tenant.call('PUT', '/domains/new', domainBody(tenant)), 'data', 'id');

/** Creates a domain that is active, which the operator needs no record for. @returns its id */
async function newActiveDomain(tenant: ExampleTenant): Promise<string> {
  const id = await newDomain(tenant);
  await tenant.call('POST', `/domains/${id}`, { status: 'active' });
  return id;
}

/** One valid request for each endpoint, by route. */
export const exampleRequests: Readonly<Record<string, Example>> = {
  'GET /domains': {
    prepare: async (tenant) => {
      await newDomain(tenant);
      return { query: { limit: '1' } };
    },
  },
  'GET /domains/{id}': { prepare: async (tenant) => ({ params: { id: await newDomain(tenant) } }) },
  'PUT /domains/{id}': { prepare: (tenant) => ({ params: { id: 'new' }, body: domainBody(tenant) }) },
  'POST /domains/{id}': {
    prepare: async (tenant) => ({ params: { id: await newDomain(tenant) }, body: examples.updateDomain }),
  },
  'DELETE /domains/{id}': { prepare: async (tenant) => ({ params: { id: await newDomain(tenant) } }) },
  'POST /domains/{id}/verify': { prepare: async (tenant) => ({ params: { id: await newActiveDomain(tenant) } }) },
};
