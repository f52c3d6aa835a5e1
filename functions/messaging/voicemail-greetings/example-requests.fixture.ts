import type { Example } from '#test/support/example-request.ts';
import { newMailbox } from '../voicemail-preferences/example-requests.fixture.ts';
import { examples } from './examples.ts';

/** One valid request for each endpoint, by route. */
export const exampleRequests: Readonly<Record<string, Example>> = {
  'GET /voicemailprefs/{mailbox}/greetings/{use}': {
    prepare: async (tenant) => ({ params: { mailbox: await newMailbox(tenant), use: 'unavailable' } }),
  },
  'PUT /voicemailprefs/{mailbox}/greetings/{use}': {
    prepare: async (tenant) => ({
      params: { mailbox: await newMailbox(tenant), use: 'unavailable' },
      body: examples.putGreeting,
    }),
  },
};
