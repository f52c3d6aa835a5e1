import { plain, textAt, type Example } from '#test/support/example-request.ts';
import { newMember } from '../users/example-requests.fixture.ts';
import { examples } from './examples.ts';

export const exampleRequests: Readonly<Record<string, Example>> = {
  // The secret of a service account costs no slow hash, and its log-ins lock no account.
  'GET /auth/{entity}': {
    prepare: async ({ people, organization }) => ({
      params: { entity: 'service' },
      query: await people.employ(organization),
    }),
  },
  'POST /auth/{entity}': {
    prepare: async ({ people, organization }) => ({
      params: { entity: 'service' },
      body: await people.employ(organization),
    }),
  },
  // The password of no account: the endpoint is public, and a real one would have to be hashed.
  'POST /auth/login': { prepare: ({ unique }) => ({ body: { ...examples.logIn, username: unique() } }) },
  'DELETE /auth': plain(),
  'GET /auth/session': plain(),
  'GET /auth/sessions': {
    prepare: async (tenant) => {
      const owner = await newMember(tenant);
      await tenant.people.signIn(owner);
      return { owner };
    },
  },
  'DELETE /auth/sessions/{id}': {
    prepare: async (tenant) => {
      const owner = await newMember(tenant);
      const session = await (await tenant.callAs(owner))('GET', '/auth/session');
      return { params: { id: textAt(session, 'data', 'session_id') }, owner };
    },
  },
};
