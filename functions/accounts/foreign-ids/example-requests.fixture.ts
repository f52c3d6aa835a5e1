import type { Example, ExampleTenant } from '#test/support/example-request.ts';
import { newMember } from '../users/example-requests.fixture.ts';

const orgId = ({ organization }: ExampleTenant): string => `org_${organization}`;

/** A new user with one foreign id of the type `crm`. */
async function userWithForeignId(tenant: ExampleTenant) {
  const value = `${tenant.mark}-${tenant.unique()}`;
  const { id } = (await newMember(tenant)).user;
  await tenant.call('PUT', `/userforeignid/${orgId(tenant)}/${id}`, {
    foreignIds: [{ foreignIdType: 'crm', foreignId: value }],
  });
  return { params: { orgId: orgId(tenant), userId: id }, value };
}

export const exampleRequests: Readonly<Record<string, Example>> = {
  'GET /userforeignid/{orgId}/{userId}': {
    prepare: async (tenant) => ({ params: (await userWithForeignId(tenant)).params }),
  },
  'GET /userforeignid/{orgId}/{userId}/{type}': {
    prepare: async (tenant) => ({ params: { ...(await userWithForeignId(tenant)).params, type: 'crm' } }),
  },
  'PUT /userforeignid/{orgId}/{userId}': {
    prepare: async (tenant) => ({
      params: { orgId: orgId(tenant), userId: (await newMember(tenant)).user.id },
      body: { foreignIds: [{ foreignIdType: 'crm', foreignId: `${tenant.mark}-${tenant.unique()}` }] },
    }),
  },
  'POST /userforeignid/{orgId}': {
    prepare: async (tenant) => {
      const { value } = await userWithForeignId(tenant);
      return { params: { orgId: orgId(tenant) }, body: { foreignIdType: 'crm', foreignIds: [value] } };
    },
  },
  'DELETE /userforeignid/{orgId}/{userId}/{type}': {
    prepare: async (tenant) => ({ params: { ...(await userWithForeignId(tenant)).params, type: 'crm' } }),
  },
};
