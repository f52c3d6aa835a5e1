import type { Example } from '#test/support/example-request.ts';
import { changedPolicy } from '../dialplan-policies/example-requests.fixture.ts';

const historyOfPolicy: Example = {
  prepare: async (tenant) => {
    const id = await changedPolicy(tenant);
    await tenant.call('POST', '/dialplan/policy', { id, priority: 8 });
    return { query: { limit: '1', entity_id: id, type: 'policy' } };
  },
};

export const exampleRequests: Readonly<Record<string, Example>> = {
  'GET /dialplan/history': historyOfPolicy,
  'GET /dialplan/historic': historyOfPolicy,
  'GET /dialplan/archive': historyOfPolicy,
  'GET /dialplan/archived': historyOfPolicy,
};
