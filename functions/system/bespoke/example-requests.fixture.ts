import type { Example } from '#test/support/example-request.ts';
import { examples } from './examples.ts';

/** One valid request for each endpoint, by route. */
export const exampleRequests: Readonly<Record<string, Example>> = {
  'GET /bespoke/queuemon': {
    prepare: async (tenant) => {
      const queue_id = tenant.unique();
      await tenant.call('PUT', '/bespoke/queuemon', { ...examples.setQueueMonitor, queue_id });
      return { query: { queue_id } };
    },
  },
  'PUT /bespoke/queuemon': {
    prepare: (tenant) => ({ body: { ...examples.setQueueMonitor, queue_id: tenant.unique() } }),
  },
  'GET /bespoke/notifier': {
    prepare: async (tenant) => {
      await tenant.call('PUT', '/bespoke/notifier', examples.setNotifier);
      return {};
    },
  },
  'PUT /bespoke/notifier': { prepare: () => ({ body: examples.setNotifier }) },
};
