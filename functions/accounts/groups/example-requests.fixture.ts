import { textAt, type Example, type ExampleTenant } from '#test/support/example-request.ts';
import { newMember } from '../users/example-requests.fixture.ts';
import { examples } from './examples.ts';

const groupBody = ({ mark, unique }: ExampleTenant) => ({ ...examples.createGroup, name: unique(), description: mark });

/** A new group without members. @returns its id */
export const newGroup = async (tenant: ExampleTenant): Promise<string> =>
  textAt(await tenant.call('PUT', '/groups', groupBody(tenant)), 'data', 'id');

export const exampleRequests: Readonly<Record<string, Example>> = {
  'GET /groups': { prepare: async (tenant) => ({ query: { limit: '1', status: (await newGroup(tenant), 'active') } }) },
  'PUT /groups': { prepare: (tenant) => ({ body: groupBody(tenant) }) },
  'GET /groups/{id}': {
    prepare: async (tenant) => {
      const [id, ...members] = [await newGroup(tenant), await newMember(tenant), await newMember(tenant)];
      await tenant.call('PUT', `/groups/${id}/members`, { user_ids: members.map(({ user }) => user.id) });
      return { params: { id } };
    },
  },
  'POST /groups/{id}': {
    prepare: async (tenant) => ({
      params: { id: await newGroup(tenant) },
      body: { ...examples.updateGroup, description: tenant.mark },
    }),
  },
  'DELETE /groups/{id}': { prepare: async (tenant) => ({ params: { id: await newGroup(tenant) } }) },
  'PUT /groups/{id}/members': {
    prepare: async (tenant) => ({
      params: { id: await newGroup(tenant) },
      body: { user_ids: [(await newMember(tenant)).user.id] },
    }),
  },
  'DELETE /groups/{id}/members/{userId}': {
    prepare: async (tenant) => {
      const [id, { user }] = [await newGroup(tenant), await newMember(tenant)];
      await tenant.call('PUT', `/groups/${id}/members`, { user_ids: [user.id] });
      return { params: { id, userId: user.id } };
    },
  },
};
