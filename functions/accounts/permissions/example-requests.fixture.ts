import type { Example } from '#test/support/example-request.ts';
import { newMember } from '../users/example-requests.fixture.ts';

export const exampleRequests: Readonly<Record<string, Example>> = {
  'GET /permissions/{entity}': {
    prepare: async (tenant) => ({ params: { entity: (await newMember(tenant)).user.id } }),
  },
  'PUT /permissions/{entity}': {
    // Only a grant that every writer of users holds: a caller must hold what it grants or denies.
    prepare: async (tenant) => ({
      params: { entity: (await newMember(tenant)).user.id },
      body: { permissions: [{ permission: 'users:read', granted: true }] },
    }),
  },
};
