import { textAt, type Example, type Place } from '#test/support/example-request.ts';
import { examples } from './examples.ts';

/** Nothing listens there (RFC 863). */
const webhookBody = ({ mark, unique }: Place) => ({
  ...examples.saveWebhook,
  url: `http://127.0.0.1:9/${unique()}`,
  description: mark,
});

const newWebhook = async (place: Place): Promise<string> =>
  textAt(await place.call('PUT', '/webhooks/new', webhookBody(place)), 'data', 'id');

/** One valid request for each endpoint, by route. */
export const exampleRequests: Readonly<Record<string, Example>> = {
  'GET /webhooks': {
    ask: async (place) => {
      await newWebhook(place);
      return { query: { q: place.mark, limit: '1' } };
    },
  },
  'GET /webhooks/{id}': { ask: async (place) => ({ params: { id: await newWebhook(place) } }) },
  'PUT /webhooks/{id}': {
    ask: async (place) => ({ params: { id: await newWebhook(place) }, body: webhookBody(place) }),
  },
  'DELETE /webhooks/{id}': { ask: async (place) => ({ params: { id: await newWebhook(place) } }) },
  'POST /webhooks/{id}/test': {
    ask: async (place) => ({ params: { id: await newWebhook(place) }, body: examples.testWebhook }),
  },
  'POST /webhooks/{id}/redeliver': {
    ask: async (place) => ({
      params: { id: await newWebhook(place) },
      body: { since: new Date(Date.now() - 3_600_000).toISOString() },
    }),
  },
};
