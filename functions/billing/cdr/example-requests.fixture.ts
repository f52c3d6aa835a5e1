import { eventually } from '#test/support/eventually.ts';
import { textAt, type Example, type ExampleTenant } from '#test/support/example-request.ts';
import { hour } from '#schema/time.ts';
import { examples } from './examples.ts';

const hoursAgo = (hours: number): string => new Date(Date.now() - hours * hour).toISOString();

/** A batch with one unanswered call, which charges nothing. It names no other resource. */
const batchBody = ({ unique }: ExampleTenant, fields: Readonly<Record<string, unknown>> = {}) => {
  const [record] = examples.submitCdrs.records;
  const times = { start_time: hoursAgo(2), answer_time: null, end_time: hoursAgo(1) };
  const unanswered = { disposition: 'NO ANSWER', duration: 3_600, billable_seconds: 0 };
  const own = { call_id: unique(), trunk_id: null, ...fields };
  return { ...examples.submitCdrs, records: [{ ...record, ...times, ...unanswered, ...own }] };
};

/** Files a CDR and waits until it can be read. @returns its id */
export async function newCdr(tenant: ExampleTenant, fields: Readonly<Record<string, unknown>> = {}): Promise<string> {
  const filed = await tenant.call('POST', `/cdr/${tenant.unique()}`, batchBody(tenant, fields));
  const id = textAt(filed, 'results', '0', 'id');
  await eventually(() => tenant.call('GET', `/cdr/${id}`), 30_000);
  return id;
}

/** A range without calls, so that the export ends at once. */
const exportBody = { ...examples.createCdrExport, start: '2020-01-01T00:00:00Z', end: '2020-01-02T00:00:00Z' };

/** A completed export: an organization may have few unfinished ones. @returns its id */
async function endedExport(tenant: ExampleTenant): Promise<string> {
  const id = textAt(await eventually(() => tenant.call('POST', '/cdr/export', exportBody), 60_000), 'data', 'job_id');
  const isCompleted = async () =>
    textAt(await tenant.call('GET', `/cdr/export/${id}`), 'data', 'status') === 'completed';
  await eventually(isCompleted, 60_000);
  return id;
}

/** One valid request for each endpoint, by route. */
export const exampleRequests: Readonly<Record<string, Example>> = {
  'GET /cdr': {
    prepare: async (tenant) => {
      await newCdr(tenant);
      return { query: { limit: '1' } };
    },
  },
  'GET /usage': {
    prepare: async (tenant) => {
      await newCdr(tenant);
      return {};
    },
  },
  'GET /cdr/{id}': { prepare: async (tenant) => ({ params: { id: await newCdr(tenant) } }) },
  'POST /cdr/export': {
    prepare: async (tenant) => {
      await endedExport(tenant);
      return { body: exportBody };
    },
  },
  'GET /cdr/export/{id}': { prepare: async (tenant) => ({ params: { id: await endedExport(tenant) } }) },
  'POST /cdr/{id}': { prepare: (tenant) => ({ params: { id: tenant.unique() }, body: batchBody(tenant) }) },
};
