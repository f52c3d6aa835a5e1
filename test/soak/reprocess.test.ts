import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import * as z from 'zod';
import { cdrId } from '#functions/billing/cdr-ingest/cdr.ts';
import { cdrRow } from '#functions/billing/cdr-ingest/row.ts';
import { tableFor } from '#dynamodb/table.ts';
import { eventually } from '../support/eventually.ts';
import { callees, callerOf, costOf, message, sendToQueue, queuesOf, rates, type Call } from '../system/cdr.fixture.ts';
import { testCloud } from '../system/cloud.ts';
import { storeOf } from '../system/people.ts';

/** 10,000 CDRs are rated again at another price; the task is cancelled half-way, and another one finishes. */

const count = Number(process.env['CDRS'] ?? 10_000);
const perMessage = 100;
/** Milliseconds to rate all CDRs again on a busy machine. */
const timeout = 60_000 + count * 100;

const Task = z.object({
  data: z.object({
    state: z.string(),
    progress: z.object({ processed: z.int(), changed: z.int(), unchanged: z.int(), failed: z.int() }),
  }),
});

const cloud = testCloud({ RATE_LIMIT_SCALE: '1000' });

/** A flat price for every number; calls that had another price change. */
const FLAT = { rates: [{ prefix: '', price_per_minute: 0.06, initial_seconds: 1, increment_seconds: 1 }] };
const flatCost = ({ seconds }: Call): bigint => BigInt(seconds) * 10n;

/** The stored charges of the calls, in hundredths of a cent. */
async function priceOf(organization: string, calls: readonly Call[]): Promise<number> {
  const own = Number(organization.slice('org_'.length));
  const filed = await tableFor<'cdr'>(storeOf(cloud.outputs), own).getAll(
    cdrRow,
    calls.map(({ id }) => ({ id: cdrId(own, id, 'a') })),
  );
  return filed.reduce((sum, cdr) => sum + Math.round(Number(cdr?.rating.charge) * 10_000), 0);
}

test('sums are right when a task is cancelled half-way, and when another one has finished', async () => {
  const api = await callerOf(cloud);
  const organization = String(
    (await api('PUT', '/orgs', { name: randomUUID(), country: 'US', timezone: 'UTC' })).data['id'],
  );
  const tariff = { name: randomUUID(), currency: 'USD' };
  const {
    data: { id },
  } = await api('PUT', '/tariffs/new', { ...tariff, rates });
  await api('PUT', `/billingprofile/${organization}`, { tariffPlan: id });
  const calls = Array.from({ length: count }, (_, at): Call => ({
    id: `call-${at}`,
    callee: callees[at % 3] ?? callees[0],
    seconds: 1 + ((at * 37) % 600),
  }));
  await sendToQueue(
    queuesOf(cloud),
    cloud.outputs['CdrQueueUrl'] ?? '',
    Array.from({ length: count / perMessage }, (_, at) =>
      message({ organization, batch: 'all' }, ...calls.slice(at * perMessage, (at + 1) * perMessage)),
    ),
  );
  await eventually(
    async () => (await api('GET', `/cdr?org_id=${organization}&batch_id=all&limit=1`)).batch['rated'] === count,
    timeout,
  );
  await api('PUT', `/tariffs/${String(id)}`, { ...tariff, ...FLAT });

  const owed = async (): Promise<number> =>
    Math.round(-10_000 * Number((await api('GET', `/billingprofile/${organization}`)).data['currentBalance']));
  const range = { start: new Date(Date.now() - 3 * 86_400_000).toISOString(), end: new Date().toISOString() };
  const made = async (): Promise<string> =>
    z.object({ task_id: z.string() }).parse(
      await api('PUT', `/cdrmunch/task?org_id=${organization}`, {
        task_type: 'reprocess',
        date_range: range,
        priority: 'high',
      }),
    ).task_id;
  const progressOf = async (task: string) =>
    Task.parse(await api('GET', `/cdrmunch/task/${task}?org_id=${organization}`)).data;
  const [before, after] = [
    calls.reduce((sum, call) => sum + Number(costOf(call)), 0),
    calls.reduce((sum, call) => sum + Number(flatCost(call)), 0),
  ];
  expect(await owed()).toBe(before);

  const first = await made();
  await eventually(async () => (await progressOf(first)).progress.processed >= count / 2, timeout);
  await api('POST', `/cdrmunch/task?org_id=${organization}`, { task_id: first, action: 'cancel' });
  // A slice in progress is finished.
  await eventually(async () => {
    const { state, progress } = await progressOf(first);
    expect(state).toBe('cancelled');
    expect(await owed()).toBe(await priceOf(organization, calls));
    return progress.processed < count && progress.failed === 0;
  }, timeout);

  const second = await made();
  await eventually(async () => (await progressOf(second)).state === 'completed', timeout);
  const {
    progress: { changed },
  } = await progressOf(first);
  expect((await progressOf(second)).progress).toMatchObject({
    processed: count,
    changed: count - changed,
    unchanged: changed,
    failed: 0,
  });
  expect(await owed()).toBe(after);
});
