import type { Member } from '#test/system/people.ts';
import type { Example, ExampleTenant } from '#test/support/example-request.ts';
import { examples } from './examples.ts';

/** A new user of the organization with the role viewer. */
export const newMember = ({ people, organization, mark }: ExampleTenant): Promise<Member> =>
  people.join(organization, 'viewer', { first_name: mark });

const memberId = async (tenant: ExampleTenant): Promise<string> => (await newMember(tenant)).user.id;

export const exampleRequests: Readonly<Record<string, Example>> = {
  'GET /users': {
    prepare: async (tenant) => ({
      query: { limit: '1', role: 'viewer', q: (await newMember(tenant)).user.username.slice(0, 6) },
    }),
  },
  'PUT /users': {
    prepare: ({ unique, mark }) => ({
      body: { ...examples.createUser, username: unique(), email: null, first_name: mark },
    }),
  },
  'GET /users/{id}': { prepare: async (tenant) => ({ params: { id: await memberId(tenant) } }) },
  'POST /users/{id}': {
    prepare: async (tenant) => ({
      params: { id: await memberId(tenant) },
      body: { ...examples.updateUser, first_name: tenant.mark },
    }),
  },
  'DELETE /users/{id}': { prepare: async (tenant) => ({ params: { id: await memberId(tenant) } }) },
  'POST /users/{id}/invitation': {
    prepare: async ({ people, organization, mark }) => {
      const { user } = await people.join(organization, 'viewer', { first_name: mark, status: 'pending' });
      return { params: { id: user.id }, body: { send: false } };
    },
  },
  'POST /users/{id}/password': {
    // Another account's secret needs users:write, beyond the endpoint's own scope; a session whose own password is due
    // may change only that one.
    cells: {
      billing: 'rule',
      agent: 'rule',
      viewer: 'rule',
      ingest: 'rule',
      'own role': 'rule',
      'access key': 'rule',
      'password due': 'rule',
    },
    prepare: async ({ people, organization }) => ({
      params: { id: (await people.employed(organization, 'viewer')).user.id },
      body: { overlap_seconds: 0 },
    }),
  },
};
