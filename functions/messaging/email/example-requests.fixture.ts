import { storeTemplate } from '#test/support/email.fixture.ts';
import { eventually } from '#test/support/eventually.ts';
import { textAt, type Example, type ExampleTenant } from '#test/support/example-request.ts';

/** A policy that sends an e-mail to an address for every call to a number. */
const notifyingPolicy = ({ mark, unique }: ExampleTenant, called: string, email: string) => ({
  name: `${mark} ${unique()}`,
  description: mark,
  status: 'active',
  conditions: { pattern: `^${called}$` },
  actions: { allow: true, gateway: 'pstn', notify: [email] },
});

/** Two e-mails that calls caused, each sent after the call was answered. @returns the id of the newest */
async function newEmails(tenant: ExampleTenant): Promise<string> {
  for (const called of ['18005550102', '18005550103']) {
    const username = tenant.unique();
    const email = `${username}@example.com`;
    // Only users get notices.
    await tenant.call('PUT', '/users', { username, email });
    await tenant.call('PUT', '/dialplan/policy', notifyingPolicy(tenant, called, email));
    await tenant.call('POST', '/dialplan/evaluate', { called });
  }
  await eventually(
    async () => Number(textAt(await tenant.call('GET', '/email?status=delivered'), 'total')) >= 2,
    20_000,
  );
  return textAt(await tenant.call('GET', '/email?limit=1'), 'data', '0', 'email_id');
}

/** An e-mail by a template of the organization, to one of its users. */
async function sentEmail({ organization, mark, unique, call, store }: ExampleTenant) {
  const name = unique()
    .toLowerCase()
    .replaceAll(/[^a-z0-9]/g, '');
  const email = `${name}@example.com`;
  await call('PUT', '/users', { username: name, email });
  await storeTemplate(store, organization, {
    name: `t${name}`,
    subject: mark,
    html: '<p>{{name}}</p>',
  });
  return { to: email, template: `t${name}`, variables: { name: mark }, reference: mark };
}

export const exampleRequests: Readonly<Record<string, Example>> = {
  'PUT /email': { prepare: async (tenant) => ({ body: await sentEmail(tenant) }) },
  'GET /email': {
    prepare: async (tenant) => {
      await newEmails(tenant);
      return { query: { limit: '1', status: 'delivered' } };
    },
  },
  'GET /email/{id}': { prepare: async (tenant) => ({ params: { id: await newEmails(tenant) } }) },
};
