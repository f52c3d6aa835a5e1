import { storeTemplate } from '#test/support/email.fixture.ts';
import { eventually } from '#test/support/eventually.ts';
import { connect } from '#test/system/cloud.ts';
import { storeOf } from '#test/system/people.ts';
import { textAt, type Example, type Place } from '#test/support/example-request.ts';

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
  await eventually(
    async () => Number(textAt(await place.call('GET', '/email?status=delivered'), 'total')) >= 2,
    20_000,
  );
  return textAt(await place.call('GET', '/email?limit=1'), 'data', '0', 'email_id');
}

/** An e-mail by a template of the organization, to one of its users. */
async function sentEmail({ organization, mark, unique, call }: Place) {
  const name = unique()
    .toLowerCase()
    .replaceAll(/[^a-z0-9]/g, '');
  const email = `${name}@example.com`;
  await call('PUT', '/users', { username: name, email });
  await storeTemplate(storeOf(connect().outputs), organization, {
    name: `t${name}`,
    subject: mark,
    html: '<p>{{name}}</p>',
  });
  return { to: email, template: `t${name}`, variables: { name: mark }, reference: mark };
}

export const exampleRequests: Readonly<Record<string, Example>> = {
  'PUT /email': { ask: async (place) => ({ body: await sentEmail(place) }) },
  'GET /email': {
    ask: async (place) => {
      await newEmails(place);
      return { query: { limit: '1', status: 'delivered' } };
    },
  },
  'GET /email/{id}': { ask: async (place) => ({ params: { id: await newEmails(place) } }) },
};
