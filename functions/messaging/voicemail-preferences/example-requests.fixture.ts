import type { Example, Place } from '#test/support/example-request.ts';
import { examples } from './examples.ts';

/** Creates a mailbox. @returns its name */
export async function newMailbox(place: Place): Promise<string> {
  const mailbox = place.unique();
  await place.call('PUT', `/voicemailprefs/${mailbox}`, examples.setVoicemailPreferences);
  return mailbox;
}

/** One valid request for each endpoint, by route. */
export const exampleRequests: Readonly<Record<string, Example>> = {
  'GET /voicemailprefs/{mailbox}': { ask: async (place) => ({ params: { mailbox: await newMailbox(place) } }) },
  'PUT /voicemailprefs/{mailbox}': {
    ask: (place) => ({ params: { mailbox: place.unique() }, body: examples.setVoicemailPreferences }),
  },
};
