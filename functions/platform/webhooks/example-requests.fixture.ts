import { textAt, type Example, type ExampleTenant } from '#test/support/example-request.ts';
import { examples } from './examples.ts';

/** Nothing listens there (RFC 863). */
const webhookBody = ({ mark, unique }: ExampleTenant) => ({
  ...examples.saveWebhook,
  url: `http://127.0.0.1:9/${unique()}`,
  description: mark,
});

const newWebhook = async (tenant: ExampleTenant): Promise<string> =>
  textAt(await tenant.call('PUT', '/webhooks/new', webhookBody(tenant)), 'data', 'id');

/** One valid request for each endpoint, by route. */
export const exampleRequests: Readonly<Record<string, Example>> = {
  'GET /webhooks': {
    prepare: async (tenant) => {
      await newWebhook(tenant);
      return { query: { q: tenant.mark, limit: '1' } };
    },
  },
  'GET /webhooks/{id}': { prepare: async (tenant) => ({ params: { id: await newWebhook(tenant) } }) },
  'PUT /webhooks/{id}': {
    prepare: async (tenant) => ({ params: { id: await newWebhook(tenant) }, body: webhookBody(tenant) }),
  },
  'DELETE /webhooks/{id}': { prepare: async (tenant) => ({ params: { id: await newWebhook(tenant) } }) },
  'POST /webhooks/{id}/test': {
    prepare: async (tenant) => ({ params: { id: await newWebhook(tenant) }, body: examples.testWebhook }),
  },
  'POST /webhooks/{id}/redeliver': {
    prepare: async (tenant) => ({
      params: { id: await newWebhook(tenant) },
      body: { since: new Date(Date.now() - 3_600_000).toISOString() },
    }),
  },
};
