import type { Example, ExampleTenant } from '#test/support/example-request.ts';
import { examples } from './examples.ts';

let last = 0;

/** Opts a number out that no other example has. @returns the number */
async function newOptOut(tenant: ExampleTenant): Promise<string> {
  last += 1;
  const number = `+1415555${String(last).padStart(4, '0')}`;
  await tenant.call('PUT', `/smsoptouts/${number.slice(1)}`, { reason: tenant.mark });
  return number;
}

/** An opt-out belongs to no user. */
const cells = { agent: 'rule' } as const;

export const exampleRequests: Readonly<Record<string, Example>> = {
  'GET /smsoptouts': {
    prepare: async (tenant) => {
      await newOptOut(tenant);
      return { query: { limit: '1', source: (await newOptOut(tenant), 'api') } };
    },
  },
  'PUT /smsoptouts/{number}': {
    prepare: ({ mark }) => ({ params: { number: '14155559999' }, body: { ...examples.optOutOfSms, reason: mark } }),
    cells,
  },
  'DELETE /smsoptouts/{number}': {
    prepare: async (tenant) => ({ params: { number: await newOptOut(tenant) }, query: { reason: tenant.mark } }),
    cells,
  },
};
