import { eventually } from '../../../test/support/eventually.ts';
import { textAt, type Example, type Place } from '../../../test/support/example-request.ts';

/** A policy that sends an e-mail to an address for every call to a number. */
const notifyingPolicy = ({ mark, unique }: Place, called: string, email: string) => ({
  name: `${mark} ${unique()}`,
  description: mark,
  status: 'active',
  conditions: { pattern: `^${called}$` },
  actions: { allow: true, gateway: 'pstn', notify: [email] },
});

/** Two e-mails that calls caused, each sent after the call was answered. @returns the id of the newest */
async function newEmails(place: Place): Promise<string> {
  for (const called of ['18005550102', '18005550103']) {
    const username = place.unique();
    const email = `${username}@example.com`;
    // Only users get notices.
    await place.call('PUT', '/users', { username, email });
    await place.call('PUT', '/dialplan/policy', notifyingPolicy(place, called, email));
    await place.call('POST', '/dialplan/evaluate', { called });
  }
  await eventually(async () => Number(textAt(await place.call('GET', '/email?status=sent'), 'total')) >= 2, 20_000);
  return textAt(await place.call('GET', '/email?limit=1'), 'data', '0', 'email_id');
}

export const exampleRequests: Readonly<Record<string, Example>> = {
  'GET /email': {
    ask: async (place) => {
      await newEmails(place);
      return { query: { limit: '1', status: 'sent' } };
    },
  },
  'GET /email/{id}': { ask: async (place) => ({ params: { id: await newEmails(place) } }) },
};
