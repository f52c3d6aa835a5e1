import { textAt, type Example, type ExampleTenant } from '#test/support/example-request.ts';
import { examples } from './examples.ts';

const entryBody = ({ mark }: ExampleTenant) => ({ ...examples.fileLogEntry, description: mark });

/** Files an entry. @returns its id */
const newEntry = async (tenant: ExampleTenant): Promise<string> =>
  textAt(await tenant.call('PUT', `/eventlog/${tenant.organization}`, entryBody(tenant)), 'data', 'event_log_id');

/** One valid request for each endpoint, by route. */
export const exampleRequests: Readonly<Record<string, Example>> = {
  'PUT /eventlog/{orgId}': {
    prepare: (tenant) => ({ params: { orgId: String(tenant.organization) }, body: entryBody(tenant) }),
  },
  'POST /eventlog/{orgId}': {
    prepare: async (tenant) => {
      await newEntry(tenant);
      return { params: { orgId: String(tenant.organization) }, body: { event_types: ['door.*'] } };
    },
  },
  'GET /eventlog/{orgId}/{eventLogId}': {
    prepare: async (tenant) => ({ params: { orgId: String(tenant.organization), eventLogId: await newEntry(tenant) } }),
  },
};
