import { textAt, type Example, type Place } from '#test/support/example-request.ts';
import { newMember } from '../users/example-requests.fixture.ts';
import { examples } from './examples.ts';

const groupBody = ({ mark, unique }: Place) => ({ ...examples.createGroup, name: unique(), description: mark });

/** A new group without members. @returns its id */
export const newGroup = async (place: Place): Promise<string> =>
  textAt(await place.call('PUT', '/groups', groupBody(place)), 'data', 'id');

export const exampleRequests: Readonly<Record<string, Example>> = {
  'GET /groups': { ask: async (place) => ({ query: { limit: '1', status: (await newGroup(place), 'active') } }) },
  'PUT /groups': { ask: (place) => ({ body: groupBody(place) }) },
  'GET /groups/{id}': {
    ask: async (place) => {
      const [id, ...members] = [await newGroup(place), await newMember(place), await newMember(place)];
      await place.call('PUT', `/groups/${id}/members`, { user_ids: members.map(({ user }) => user.id) });
      return { params: { id } };
    },
  },
  'POST /groups/{id}': {
    ask: async (place) => ({
      params: { id: await newGroup(place) },
      body: { ...examples.updateGroup, description: place.mark },
    }),
  },
  'DELETE /groups/{id}': { ask: async (place) => ({ params: { id: await newGroup(place) } }) },
  'PUT /groups/{id}/members': {
    ask: async (place) => ({
      params: { id: await newGroup(place) },
      body: { user_ids: [(await newMember(place)).user.id] },
    }),
  },
  'DELETE /groups/{id}/members/{userId}': {
    ask: async (place) => {
      const [id, { user }] = [await newGroup(place), await newMember(place)];
      await place.call('PUT', `/groups/${id}/members`, { user_ids: [user.id] });
      return { params: { id, userId: user.id } };
    },
  },
};
