import type { Member } from '#test/system/people.ts';
import type { Example, Place } from '#test/support/example-request.ts';
import { examples } from './examples.ts';

/** A new user of the organization with the role viewer. */
export const newMember = ({ people, organization, mark }: Place): Promise<Member> =>
  people.join(organization, 'viewer', { first_name: mark });

const memberId = async (place: Place): Promise<string> => (await newMember(place)).user.id;

export const exampleRequests: Readonly<Record<string, Example>> = {
  'GET /users': {
    ask: async (place) => ({
      query: { limit: '1', role: 'viewer', q: (await newMember(place)).user.username.slice(0, 6) },
    }),
  },
  'PUT /users': {
    ask: ({ unique, mark }) => ({
      body: { ...examples.createUser, username: unique(), email: null, first_name: mark },
    }),
  },
  'GET /users/{id}': { ask: async (place) => ({ params: { id: await memberId(place) } }) },
  'POST /users/{id}': {
    ask: async (place) => ({
      params: { id: await memberId(place) },
      body: { ...examples.updateUser, first_name: place.mark },
    }),
  },
  'DELETE /users/{id}': { ask: async (place) => ({ params: { id: await memberId(place) } }) },
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
    ask: async ({ people, organization }) => ({
      params: { id: (await people.employed(organization, 'viewer')).user.id },
      body: { overlap_seconds: 0 },
    }),
  },
};
