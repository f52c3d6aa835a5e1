import type { Example, Place } from '#test/support/example-request.ts';
import { newMember } from '../users/example-requests.fixture.ts';

const orgId = ({ organization }: Place): string => `org_${organization}`;

/** A new user with one foreign id of the type `crm`. */
async function userWithForeignId(place: Place) {
  const value = `${place.mark}-${place.unique()}`;
  const { id } = (await newMember(place)).user;
  await place.call('PUT', `/userforeignid/${orgId(place)}/${id}`, {
    foreignIds: [{ foreignIdType: 'crm', foreignId: value }],
  });
  return { params: { orgId: orgId(place), userId: id }, value };
}

export const exampleRequests: Readonly<Record<string, Example>> = {
  'GET /userforeignid/{orgId}/{userId}': {
    ask: async (place) => ({ params: (await userWithForeignId(place)).params }),
  },
  'GET /userforeignid/{orgId}/{userId}/{type}': {
    ask: async (place) => ({ params: { ...(await userWithForeignId(place)).params, type: 'crm' } }),
  },
  'PUT /userforeignid/{orgId}/{userId}': {
    ask: async (place) => ({
      params: { orgId: orgId(place), userId: (await newMember(place)).user.id },
      body: { foreignIds: [{ foreignIdType: 'crm', foreignId: `${place.mark}-${place.unique()}` }] },
    }),
  },
  'POST /userforeignid/{orgId}': {
    ask: async (place) => {
      const { value } = await userWithForeignId(place);
      return { params: { orgId: orgId(place) }, body: { foreignIdType: 'crm', foreignIds: [value] } };
    },
  },
  'DELETE /userforeignid/{orgId}/{userId}/{type}': {
    ask: async (place) => ({ params: { ...(await userWithForeignId(place)).params, type: 'crm' } }),
  },
};
