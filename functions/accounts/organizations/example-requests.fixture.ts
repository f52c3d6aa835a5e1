import { textAt, type Example, type ExampleTenant } from '#test/support/example-request.ts';
import { examples } from './examples.ts';

/** A body without an administrator, whose password would have to be hashed. */
export const organizationBody = ({ unique }: ExampleTenant) => ({
  name: unique(),
  country: examples.createOrganization.country,
  timezone: examples.createOrganization.timezone,
});

/** A new organization that buys from the tenant's. @returns its id */
export const newOrganization = async (tenant: ExampleTenant): Promise<string> => {
  const body = { ...organizationBody(tenant), parent_id: tenant.organization };
  return textAt(await tenant.call('PUT', '/orgs', body), 'data', 'org_id');
};

export const exampleRequests: Readonly<Record<string, Example>> = {
  'GET /orgs': {
    prepare: async (tenant) => {
      await newOrganization(tenant);
      return { query: { limit: '1' } };
    },
  },
  'PUT /orgs': { prepare: (tenant) => ({ body: organizationBody(tenant) }) },
  'GET /orgs/{id}': { prepare: ({ organization }) => ({ params: { id: String(organization) } }) },
  'POST /orgs/{id}': {
    prepare: ({ organization, mark }) => ({
      params: { id: String(organization) },
      body: { ...examples.updateOrganization, address: { city: mark } },
    }),
  },
  'DELETE /orgs/{id}': {
    // Only the parent closes an organization.
    cells: { admin: 'rule' },
    prepare: async (tenant) => ({ params: { id: await newOrganization(tenant) } }),
  },
};
