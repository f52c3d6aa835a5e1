import type { Example } from '#test/support/example-request.ts';
import { examples } from './examples.ts';

/** One valid request for each endpoint, by route. */
export const exampleRequests: Readonly<Record<string, Example>> = {
  'GET /bespoke/queuemon': {
    ask: async (place) => {
      const queue_id = place.unique();
      await place.call('PUT', '/bespoke/queuemon', { ...examples.setQueueMonitor, queue_id });
      return { query: { queue_id } };
    },
  },
  'PUT /bespoke/queuemon': {
    ask: (place) => ({ body: { ...examples.setQueueMonitor, queue_id: place.unique() } }),
  },
  'GET /bespoke/notifier': {
    ask: async (place) => {
      await place.call('PUT', '/bespoke/notifier', examples.setNotifier);
      return {};
    },
  },
  'PUT /bespoke/notifier': { ask: () => ({ body: examples.setNotifier }) },
};
