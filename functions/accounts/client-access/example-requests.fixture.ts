import type { Example } from '#test/support/example-request.ts';
import { newMember } from '../users/example-requests.fixture.ts';
import { examples } from './examples.ts';

const ofMember = (body?: unknown): Example => ({
  prepare: async (tenant) => ({
    params: { entity: (await newMember(tenant)).user.id },
    ...(body === undefined ? {} : { body }),
  }),
});

export const exampleRequests: Readonly<Record<string, Example>> = {
  'GET /clientaccess': {
    prepare: async (tenant) => {
      await newMember(tenant);
      return { query: { status: 'active', limit: '1' } };
    },
  },
  'GET /clientaccess/{entity}': ofMember(),
  'PUT /clientaccess/{entity}': ofMember(examples.putClientAccess),
  'POST /clientaccess/{entity}': ofMember(examples.updateClientAccess),
  'DELETE /clientaccess/{entity}': ofMember(),
};
