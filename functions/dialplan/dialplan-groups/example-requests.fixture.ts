import type { Example, Place } from '#test/support/example-request.ts';

const newGroup = ({ call, mark, unique }: Place) => call('PUT', '/groups', { name: unique(), description: mark });

export const exampleRequests: Readonly<Record<string, Example>> = {
  'GET /dialplan/groups': {
    ask: async (place) => {
      await newGroup(place);
      return { query: { limit: '1', status: 'active' } };
    },
  },
};
