import type { Example, ExampleTenant } from '#test/support/example-request.ts';
import { newCdr } from '../../billing/cdr/example-requests.fixture.ts';

/** Two calls of the past, whose caller has the mark. */
async function pastCalls(tenant: ExampleTenant): Promise<void> {
  await Promise.all([newCdr(tenant, { caller: tenant.mark }), newCdr(tenant, { caller: tenant.mark })]);
}

/** One valid request for each endpoint, by route. */
export const exampleRequests: Readonly<Record<string, Example>> = {
  'GET /Calls/history': {
    prepare: async (tenant) => {
      await pastCalls(tenant);
      return { query: { limit: '1', status: 'no-answer' } };
    },
  },
  'GET /Calls/customer/{customerId}/history': {
    prepare: async (tenant) => {
      await pastCalls(tenant);
      return { params: { customerId: `org_${tenant.organization}` }, query: { limit: '1' } };
    },
  },
};
