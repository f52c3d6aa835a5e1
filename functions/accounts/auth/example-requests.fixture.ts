import { plain, textAt, type Example } from '#test/support/example-request.ts';
import { newMember } from '../users/example-requests.fixture.ts';
import { examples } from './examples.ts';

export const exampleRequests: Readonly<Record<string, Example>> = {
  // The secret of a service account costs no slow hash, and its log-ins lock no account.
  'GET /auth/{entity}': {
    ask: async ({ people, organization }) => ({
      params: { entity: 'service' },
      query: await people.employ(organization),
    }),
  },
  'POST /auth/{entity}': {
    ask: async ({ people, organization }) => ({
      params: { entity: 'service' },
      body: await people.employ(organization),
    }),
  },
  // The password of no account: the endpoint is public, and a real one would have to be hashed.
  'POST /auth/login': { ask: ({ unique }) => ({ body: { ...examples.logIn, username: unique() } }) },
  'DELETE /auth': plain(),
  'GET /auth/session': plain(),
  'GET /auth/sessions': {
    ask: async (place) => {
      const owner = await newMember(place);
      await place.people.signIn(owner);
      return { owner };
    },
  },
  'DELETE /auth/sessions/{id}': {
    ask: async (place) => {
      const owner = await newMember(place);
      const session = await (await place.callAs(owner))('GET', '/auth/session');
      return { params: { id: textAt(session, 'data', 'session_id') }, owner };
    },
  },
};
