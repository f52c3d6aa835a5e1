import { eventually } from '#test/support/eventually.ts';
import { textAt, type Example, type ExampleTenant } from '#test/support/example-request.ts';
import { examples } from './examples.ts';

const [example] = examples.pushSmsLogs.logs;

/** A push of one message with a text of the tenant. */
const pushOf = ({ mark, unique }: ExampleTenant) => ({
  logs: [{ ...example, message_id: unique(), message: mark, timestamp: new Date().toISOString() }],
});

/** The messages of today and yesterday. */
const searchOf = () => {
  const dayOf = (ago: number): string => new Date(Date.now() - ago * 86_400_000).toISOString().slice(0, 10);
  return { start_date: dayOf(1), end_date: dayOf(0) };
};

/** A search that has ended. @returns its id */
async function newResult(tenant: ExampleTenant): Promise<string> {
  await tenant.call('POST', '/smslogs/push', pushOf(tenant));
  // An organization has few searches at a time.
  const started = await eventually(() => tenant.call('POST', '/smslogs/search', searchOf()), 20_000);
  const id = textAt(started, 'data', 'search_id');
  await eventually(() => tenant.call('POST', '/smslogs/download', { search_id: id, format: 'json' }), 20_000);
  return id;
}

export const exampleRequests: Readonly<Record<string, Example>> = {
  'POST /smslogs/push': {
    prepare: (tenant) => ({ body: pushOf(tenant) }),
  },
  'POST /smslogs/search': {
    prepare: async (tenant) => {
      await newResult(tenant);
      return { body: { ...searchOf(), content: tenant.mark } };
    },
  },
  'POST /smslogs/download': {
    prepare: async (tenant) => ({ body: { search_id: await newResult(tenant), format: 'json' } }),
  },
};
