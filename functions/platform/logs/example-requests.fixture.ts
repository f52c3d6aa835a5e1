import { textAt, type Example, type ExampleTenant } from '#test/support/example-request.ts';
import { eventually } from '#test/support/eventually.ts';
import { policyBody } from '../../dialplan/dialplan-policies/example-requests.fixture.ts';

/** Decides two calls by a policy that logs them; the lines follow the answers. */
async function newLogLines(tenant: ExampleTenant): Promise<void> {
  await tenant.call('PUT', '/dialplan/policy', {
    ...policyBody(tenant),
    status: 'active',
    // Only these numbers: other examples evaluate calls too.
    conditions: { pattern: '^1800555010[01]$' },
    actions: { allow: true, gateway: 'pstn', log: true },
  });
  for (const called of ['18005550100', '18005550101']) await tenant.call('POST', '/dialplan/evaluate', { called });
  const total = async () => textAt(await tenant.call('GET', `/logs/org/${tenant.organization}`), 'data', 'total');
  await eventually(async () => Number(await total()) >= 2, 10_000);
}

/** One valid request for each endpoint, by route. */
export const exampleRequests: Readonly<Record<string, Example>> = {
  'POST /logs/{entity+}': {
    prepare: ({ organization, mark }) => ({
      params: { entity: `org/${organization}` },
      body: { logs: [{ timestamp: new Date().toISOString(), type: 'call', message: mark }] },
    }),
  },
  'GET /logs/{entity+}': {
    prepare: async (tenant) => {
      await newLogLines(tenant);
      return { params: { entity: `org/${tenant.organization}` }, query: { limit: '1' } };
    },
  },
};
