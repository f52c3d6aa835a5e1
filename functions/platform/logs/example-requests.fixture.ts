import { textAt, type Example, type Place } from '#test/support/example-request.ts';
import { eventually } from '#test/support/eventually.ts';
import { policyBody } from '../../dialplan/dialplan-policies/example-requests.fixture.ts';

/** Decides two calls by a policy that logs them; the lines follow the answers. */
async function newLogLines(place: Place): Promise<void> {
  await place.call('PUT', '/dialplan/policy', {
    ...policyBody(place),
    status: 'active',
    // Only these numbers: other examples evaluate calls too.
    conditions: { pattern: '^1800555010[01]$' },
    actions: { allow: true, gateway: 'pstn', log: true },
  });
  for (const called of ['18005550100', '18005550101']) await place.call('POST', '/dialplan/evaluate', { called });
  const total = async () => textAt(await place.call('GET', `/logs/org/${place.organization}`), 'data', 'total');
  await eventually(async () => Number(await total()) >= 2, 10_000);
}

/** One valid request for each endpoint, by route. */
export const exampleRequests: Readonly<Record<string, Example>> = {
  'POST /logs/{entity+}': {
    ask: ({ organization, mark }) => ({
      params: { entity: `org/${organization}` },
      body: { logs: [{ timestamp: new Date().toISOString(), type: 'call', message: mark }] },
    }),
  },
  'GET /logs/{entity+}': {
    ask: async (place) => {
      await newLogLines(place);
      return { params: { entity: `org/${place.organization}` }, query: { limit: '1' } };
    },
  },
};
