import type { Example, ExampleTenant } from '#test/support/example-request.ts';

const newGroup = ({ call, mark, unique }: ExampleTenant) =>
  call('PUT', '/groups', { name: unique(), description: mark });

export const exampleRequests: Readonly<Record<string, Example>> = {
  'GET /dialplan/groups': {
    prepare: async (tenant) => {
      await newGroup(tenant);
      return { query: { limit: '1', status: 'active' } };
    },
  },
};
