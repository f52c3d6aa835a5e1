import type { Example, ExampleTenant } from '#test/support/example-request.ts';
import { examples } from './examples.ts';

/** Creates a mailbox. @returns its name */
export async function newMailbox(tenant: ExampleTenant): Promise<string> {
  const mailbox = tenant.unique();
  await tenant.call('PUT', `/voicemailprefs/${mailbox}`, examples.setVoicemailPreferences);
  return mailbox;
}

/** One valid request for each endpoint, by route. */
export const exampleRequests: Readonly<Record<string, Example>> = {
  'GET /voicemailprefs': {
    prepare: async (tenant) => {
      await newMailbox(tenant);
      return {};
    },
  },
  'GET /voicemailprefs/{mailbox}': { prepare: async (tenant) => ({ params: { mailbox: await newMailbox(tenant) } }) },
  'PUT /voicemailprefs/{mailbox}': {
    prepare: (tenant) => ({ params: { mailbox: tenant.unique() }, body: examples.setVoicemailPreferences }),
  },
};
