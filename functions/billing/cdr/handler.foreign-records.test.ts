import { beforeAll, expect, test } from 'vitest';
import {
  manualClock,
  memoryQueues,
  type MemoryQueues,
  noon,
  testDependencies,
} from '#test/support/dependencies.fixture.ts';
import { tenantsIn, type Tenants } from '#test/support/people.fixture.ts';
import { call, outcome, type Call } from '#test/support/requests.fixture.ts';
import { testStore } from '#test/support/store.fixture.ts';
import type { Scope } from '#contract/scopes.ts';
import type { ApiHandler } from '#http/serve.ts';
import { minute, second } from '#schema/time.ts';
import { record } from '../cdr-ingest/filed-cdr.fixture.ts';
import { addAccount, startIngestion } from '../cdr-ingest/ingest.fixture.ts';
import { cdrHandler } from './handler.ts';

/** Records as switches write them, from the request to the CDR. */

const running = testStore();
let tenants: Tenants;
let queues: MemoryQueues;
let handler: ApiHandler;
beforeAll(async () => {
  tenants = await tenantsIn(running.store);
  queues = memoryQueues();
  handler = cdrHandler({ ...testDependencies(running.store, { clock: manualClock(noon.toISOString()) }), queues });
});

type Result = Readonly<Record<string, unknown>>;
type Answer = { readonly results: readonly Result[]; readonly data: readonly Result[] } & Result;

let last = 5_000;
async function newTenant(scopes?: readonly Scope[]) {
  last += 1;
  const organization = last;
  const token = await tenants.join(organization, scopes === undefined ? {} : { session: { scopes } });
  await addAccount(running.store, organization);
  const ask = async (route: string, more: Call) => {
    const { status, body }: { readonly status: number; readonly body: unknown } = await call(handler, route, {
      token,
      ...more,
    });
    return { status, body: body as Answer };
  };
  return {
    post: (query: Readonly<Record<string, string>>, more: Call) =>
      ask('POST /cdr/{id}', { params: { id: 'batch' }, query, ...more }),
    filed: async () => (await ask('GET /cdr', { query: {} })).body.data,
    token,
  };
}

let sent = 0;
/** Delivers the messages in the queue to the consumer. */
async function deliverQueued(): Promise<void> {
  const bodies = queues.sent.splice(0).map(({ message }) => [`f${(sent += 1)}`, JSON.stringify(message.body)] as const);
  const dependencies = startIngestion(running.store, { clock: () => noon });
  expect(await dependencies.deliver(Object.fromEntries(bodies))).toEqual([]);
}

const start = noon.getTime() - 30 * minute;
const micro = (seconds: number): string => String((start + seconds * second) * 1_000);
/** A leg of a call of 60 seconds, as `mod_json_cdr` writes it. */
const leg = (uuid: string, variables: Readonly<Record<string, string>> = {}) => ({
  variables: {
    uuid,
    start_uepoch: micro(0),
    answer_uepoch: micro(5),
    end_uepoch: micro(65),
    hangup_cause: 'NORMAL_CLEARING',
    ...variables,
  },
  callflow: [{ caller_profile: { caller_id_number: '+12025550101', destination_number: '+12025550102' } }],
});

test('both legs of a call, in any order and again, are charged once', async () => {
  const { post, filed } = await newTenant();
  const [first, other] = [leg('aaaa-1'), leg('bbbb-1', { originating_leg_uuid: 'aaaa-1' })];
  const replies = [];
  for (const each of [other, first, first, other])
    replies.push(await post({ format: 'freeswitch' }, { form: { cdr: JSON.stringify(each) } }));
  await deliverQueued();
  expect(replies.map(({ status, body }) => [status, body.results[0]?.['status'], body['skipped']])).toEqual([
    [200, 'skipped', 1],
    [200, 'accepted', 0],
    [200, 'accepted', 0],
    [200, 'skipped', 1],
  ]);
  expect(await filed()).toMatchObject([
    { call_id: 'aaaa-1', source: 'freeswitch', rating: { status: 'rated', charge: '0.0250' } },
  ]);
});

test('FreeSWITCH appends the id of the call to the address of its settings', async () => {
  const { post } = await newTenant();
  const { status, body } = await post({ format: 'freeswitch?uuid=a_aaaa-2' }, { text: JSON.stringify(leg('aaaa-2')) });
  expect([status, body.results]).toMatchObject([200, [{ status: 'accepted' }]]);
  expect(await post({ format: 'freeswitch?id=1' }, { text: '{}' })).toMatchObject({ status: 400 });
});

test('a record that cannot be read is rejected, and the others are filed', async () => {
  const { post, filed } = await newTenant();
  const text = `${JSON.stringify(leg('cccc-1'))}\n{"broken\n${JSON.stringify(leg('cccc-2'))}`;
  const { status, body } = await post({ format: 'freeswitch' }, { text });
  await deliverQueued();
  expect(status).toBe(200);
  expect(body.results).toMatchObject([
    { status: 'accepted' },
    { status: 'rejected', code: 'VALIDATION_FAILED', message: 'The record is not valid JSON' },
    { status: 'accepted' },
  ]);
  expect((await filed()).map((cdr) => cdr['call_id'])).toEqual(expect.arrayContaining(['cccc-1', 'cccc-2']));
});

test.each([
  [{ format: 'freeswitch' }, '{"broken', '422 CDR_VALIDATION_FAILED'],
  [{ format: 'freeswitch' }, ' ', '400 MISSING_FIELD'],
  [{ format: 'freeswitch' }, '[]', '422 EMPTY_BATCH'],
  [{ format: 'freeswitch' }, '{}\n'.repeat(1_001), '422 TOO_MANY_RECORDS'],
  [{ format: 'asterisk' }, '"a"', '400 MISSING_FIELD'],
  [{ format: 'asterisk', timezone: 'Mars/Base' }, '"a"', '400 INVALID_PARAMETER'],
  [{ format: 'asterisk', timezone: 'UTC', columns: 'a,,b' }, '"a"', '400 INVALID_PARAMETER'],
  [{ format: 'broadsoft' }, '{}', '400 INVALID_PARAMETER'],
])('%o of a body that has no CDR is an error (%#)', async (query, text, expected) => {
  const { token } = await newTenant();
  expect(outcome(await call(handler, 'POST /cdr/{id}', { params: { id: 'batch' }, query, token, text }))).toBe(
    expected,
  );
});

test('a dry run says what each record would become and cost, and files nothing', async () => {
  const { post, filed } = await newTenant();
  const text = `${JSON.stringify(leg('dddd-1'))}\n{}`;
  const { status, body } = await post({ format: 'freeswitch', dry_run: 'true' }, { text });
  expect({ status, body }).toMatchObject({
    status: 200,
    body: {
      dry_run: true,
      results: [
        {
          status: 'accepted',
          record: { call_id: 'dddd-1', start_time: new Date(start).toISOString(), disposition: 'ANSWERED' },
          rating: { status: 'rated', reason: null, charge: '0.0250', currency: 'USD', billed_seconds: 60 },
        },
        { status: 'rejected', code: 'VALIDATION_FAILED' },
      ],
    },
  });
  expect(queues.sent).toEqual([]);
  expect(await filed()).toEqual([]);
});

test.each([
  ['parameter', { dry_run: 'true' }, {}],
  ['field', {}, { dry_run: true }],
])('records of cdr.v1 are not filed either with dry_run as a %s', async (_where, query, fields) => {
  const { post } = await newTenant();
  const { body } = await post(query, { json: { ...fields, records: [record('eeee-1'), record('eeee-1')] } });
  expect(body).toMatchObject({
    dry_run: true,
    results: [{ status: 'accepted', rating: { charge: '0.0955' } }, { status: 'duplicate' }],
  });
  expect(queues.sent).toEqual([]);
});

test('a caller that may not read CDRs gets no price of a dry run', async () => {
  const { post } = await newTenant(['cdr:write']);
  const { body } = await post({ dry_run: 'true' }, { json: { records: [record('ffff-1')] } });
  expect(body.results[0]).toHaveProperty('record');
  expect(body.results[0]).not.toHaveProperty('rating');
});
