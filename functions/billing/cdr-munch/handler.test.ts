import { beforeAll, describe, expect, test } from 'vitest';
import { batchOf } from '#test/support/sqs-record.fixture.ts';
import { hold } from '#test/support/legal-holds.fixture.ts';
import { testDependencies } from '#test/support/dependencies.fixture.ts';
import { call, outcome } from '#test/support/requests.fixture.ts';
import { testStore, eventsOf } from '#test/support/store.fixture.ts';
import { commit } from '#dynamodb/commit.ts';
import { organizationRow } from '#dynamodb/rows/organization.ts';
import { change } from '#dynamodb/write.ts';
import { cdrId } from '../cdr-ingest/cdr.ts';
import { cdrIn, chargesTo, startIngestion, messageOf } from '../cdr-ingest/ingest.fixture.ts';
import { record } from '../cdr-ingest/filed-cdr.fixture.ts';
import { taskMessage } from '../cdr-tasks/contract.ts';
import { cdrTasksHandler } from '../cdr-tasks/handler.ts';
import { deliverWholesale } from '../cdr-wholesale/wholesale.fixture.ts';
import { createWrites } from '../tariffs/store.ts';
import { firstVersion, NewTariff } from '../tariffs/tariff.ts';
import { calls, idOf, ONE, progressIn, range, setUpTasks } from './tasks.fixture.ts';

const running = testStore();
let tasks: Awaited<ReturnType<typeof setUpTasks>>;
beforeAll(async () => {
  tasks = await setUpTasks(running, 7000);
});

describe('a task', () => {
  test('is created, listed and read', async () => {
    const { organization, token, put, get } = await tasks.account(calls(3));
    const reply = await put({ task_type: 'reprocess', date_range: range, priority: 'high' });
    expect(reply).toMatchObject({
      status: 201,
      body: {
        status: 'success',
        success: true,
        task_id: expect.stringMatching(/^task_/),
        task_type: 'reprocess',
        estimated_records: 3,
        priority: 'high',
        state: 'queued',
      },
    });
    expect(await get(idOf(reply))).toMatchObject({
      state: 'queued',
      org_id: `org_${organization}`,
      dry_run: false,
      progress: { estimated: 3, processed: 0, percent: 0 },
      totals: [],
      errors: [],
    });
    const listed = await call(tasks.handler, 'GET /cdrmunch/task', {
      token,
      query: { task_type: 'reprocess', state: 'queued' },
    });
    expect(listed.body.data).toMatchObject([{ task_id: idOf(reply) }]);
    expect((await call(tasks.handler, 'GET /cdrmunch/task', { token, query: { state: 'failed' } })).body.data).toEqual(
      [],
    );
    expect((await eventsOf(running.store, organization)).map(({ type }) => type)).toContain('cdrtask.created');
  });

  test.each([
    [{ task_type: 'reprocess' }, '400 MISSING_FIELD'],
    [{ task_type: 'wash' }, '422 VALIDATION_FAILED'],
    [{}, '400 MISSING_FIELD'],
    [{ task_type: 'process', tariff_id: 'trf_1' }, '422 VALIDATION_FAILED'],
    [{ task_type: 'reprocess', date_range: range, tariff_id: 'trf_none' }, '422 UNKNOWN_TARIFF'],
    [{ task_type: 'reprocess', date_range: { start: range.end, end: range.start } }, '422 VALIDATION_FAILED'],
    [
      { task_type: 'process', date_range: { start: '2024-01-01T00:00:00Z', end: '2026-01-01T00:00:00Z' } },
      '422 VALIDATION_FAILED',
    ],
    [{ task_type: 'process', org_id: 424_242 }, '404 NOT_FOUND'],
  ])('with %j is rejected', async (json, code) => {
    const { put } = await tasks.account([]);
    expect(outcome(await put(json))).toBe(code);
  });

  test('that moves money is for the seller only; the organization itself may process unrated CDRs', async () => {
    const { token, put, post, create } = await tasks.account([]);
    for (const task_type of ['reprocess', 'cleanup'])
      expect(outcome(await put({ task_type, date_range: range }, token))).toBe('403 NOT_THE_SELLER');
    const id = await create({ task_type: 'cleanup' });
    expect(outcome(await post({ task_id: id, action: 'cancel' }, token))).toBe('403 NOT_THE_SELLER');
    expect(outcome(await post({ task_id: id, action: 'cancel' }))).toBe('200');
    expect(outcome(await put({ task_type: 'process' }, token))).toBe('201');
  });

  test('does not overlap another unfinished one of its organization', async () => {
    const { create, put } = await tasks.account([]);
    await create({
      task_type: 'reprocess',
      date_range: { start: '2026-11-01T00:00:00Z', end: '2026-11-10T00:00:00Z' },
    });
    expect(outcome(await put({ task_type: 'process' }))).toBe('409 TASK_CONFLICT');
    expect(
      outcome(
        await put({ task_type: 'process', date_range: { start: '2026-11-09T23:59:59Z', end: '2026-11-12T00:00:00Z' } }),
      ),
    ).toBe('409 TASK_CONFLICT');
    // The end of a range is excluded.
    expect(
      outcome(
        await put({ task_type: 'process', date_range: { start: '2026-11-10T00:00:00Z', end: '2026-11-12T00:00:00Z' } }),
      ),
    ).toBe('201');
  });

  test('of all organizations of a reseller overlaps those of its customers', async () => {
    const reseller = await tasks.account([]);
    const token = await tasks.tenants.join(reseller.organization, {
      organization: { type: 'reseller' },
      user: { roles: ['reseller'] },
    });
    const customer = await tasks.account([], { parent_id: reseller.organization });
    const all = (task_type: string) =>
      call(tasks.handler, 'PUT /cdrmunch/task', { token, json: { task_type, org_id: 'all' } });
    const single = await customer.create({ task_type: 'process' });
    expect(outcome(await all('process'))).toBe('409 TASK_CONFLICT');
    await customer.post({ task_id: single, action: 'cancel' });
    const made = await all('process');
    expect(outcome(made)).toBe('201');
    expect([
      outcome(await customer.put({ task_type: 'process' })),
      outcome(await reseller.put({ task_type: 'process' })),
    ]).toEqual(['409 TASK_CONFLICT', '409 TASK_CONFLICT']);
    expect(
      outcome(
        await call(tasks.handler, 'POST /cdrmunch/task', { token, json: { task_id: idOf(made), action: 'cancel' } }),
      ),
    ).toBe('200');
    expect(outcome(await customer.put({ task_type: 'process' }))).toBe('201');
  });

  test('is the only one of several overlapping ones that are created at the same time', async () => {
    const { put } = await tasks.account([]);
    const replies = await Promise.all(Array.from({ length: 5 }, () => put({ task_type: 'process' })));
    expect(replies.map(outcome).toSorted()).toEqual(['201', ...Array.from({ length: 4 }, () => '409 TASK_CONFLICT')]);
  });

  test('changes only as its state allows', async () => {
    const { create, post } = await tasks.account([]);
    const id = await create({ task_type: 'process' });
    const after = async (json: object) => outcome(await post({ task_id: id, ...json }));
    expect(await after({ action: 'resume' })).toBe('409 INVALID_TASK_STATE');
    expect(await after({ action: 'pause', priority: 'low' })).toBe('200');
    expect(await after({ action: 'pause' })).toBe('409 INVALID_TASK_STATE');
    expect(await after({ action: 'resume' })).toBe('200');
    expect(await after({ action: 'cancel' })).toBe('200');
    expect(await after({ action: 'resume' })).toBe('409 INVALID_TASK_STATE');
    expect(await after({ priority: 'high' })).toBe('409 INVALID_TASK_STATE');
    expect(await after({})).toBe('400 MISSING_FIELD');
    expect(outcome(await post({ task_id: 'task_none', action: 'cancel' }))).toBe('404 NOT_FOUND');
    expect(outcome(await post({ task_type: 'process' }))).toBe('201');
  });

  test('may have a range of days, both included', async () => {
    const of = await tasks.account(
      ['2026-11-14T23:59:59Z', '2026-11-15T00:00:00Z', '2026-11-16T23:59:59Z', '2026-11-17T00:00:00Z'].map(
        (start_time) => record(start_time, { start_time, end_time: start_time, billable_seconds: 0 }),
      ),
    );
    const id = await of.create({ task_type: 'reprocess', date_range: { start: '2026-11-15', end: '2026-11-16' } });
    await tasks.worker().finish(of.organization, id);
    expect(await of.get(id)).toMatchObject({ progress: { processed: 2 } });
  });
});

test('process rates CDRs without a price, and no others', async () => {
  const abroad = calls(4, { callee: '+442079460000' }).map((each, at) => ({ ...each, call_id: `abroad-${at}` }));
  const of = await tasks.account([...calls(3), ...abroad]);
  expect(await chargesTo(running.store, of.organization)).toMatchObject({ charges: 3n * ONE });
  await tasks.assignTariff(of.organization, await tasks.addTariff(of.organization, 0.06));
  const id = idOf(await of.put({ task_type: 'process' }, of.token));
  await tasks.worker().finish(of.organization, id);
  expect(await of.get(id)).toMatchObject({
    state: 'completed',
    progress: { processed: 4, changed: 4 },
    totals: [{ reversed: '0.0000', charged: '0.2280' }],
  });
  expect(await chargesTo(running.store, of.organization)).toMatchObject({ charges: 3n * ONE + 4n * 57_000n, calls: 7 });
});

test('process sends calls that lack only their wholesale price to that consumer, unless it is a dry run', async () => {
  const reseller = await tasks.account([], { type: 'reseller', profile: { tariffId: null } });
  const of = await tasks.account(calls(3), { parent_id: reseller.organization });
  const ids = calls(3).map((_, at) => cdrId(of.organization, `call-${at}`, 'a'));
  const step = () =>
    deliverWholesale(running.store, [{ schema: 'cdr-wholesale.v1', org_id: of.organization, cdr_ids: ids }]);
  await step();
  await tasks.assignTariff(reseller.organization, await tasks.addTariff(reseller.organization, 0.06));
  for (const dry_run of [true, false]) {
    const id = idOf(await of.put({ task_type: 'process', dry_run }, of.token));
    const { queues, finish } = tasks.worker();
    await finish(of.organization, id);
    expect(await of.get(id)).toMatchObject({
      state: 'completed',
      progress: { processed: 3, changed: 0, unchanged: 3 },
    });
    const handedOver = queues.sent.flatMap(
      ({ message }) => (message.body as { readonly cdr_ids: readonly string[] }).cdr_ids,
    );
    expect(handedOver.toSorted()).toEqual(dry_run ? [] : ids.toSorted());
  }
  await step();
  expect(await chargesTo(running.store, reseller.organization)).toMatchObject({ charges: 3n * 57_000n, calls: 3 });
});

test('a task of all organizations of a reseller works on one after the other', async () => {
  const abroad = (count: number) => calls(count, { callee: '+442079460000' });
  const reseller = await tasks.account(abroad(1));
  const token = await tasks.tenants.join(reseller.organization, {
    organization: { type: 'reseller' },
    user: { roles: ['reseller'] },
  });
  const [one, other] = [
    await tasks.account(abroad(2), { parent_id: reseller.organization }),
    await tasks.account(abroad(3), { parent_id: reseller.organization }),
  ];
  await tasks.assignTariff(reseller.organization, await tasks.addTariff(reseller.organization, 0.06));
  const wanted = NewTariff.parse({ name: 'resold', currency: 'USD', rates: [{ prefix: '', price_per_minute: 0.12 }] });
  await commit(running.store, reseller.organization, [
    ...createWrites(
      firstVersion(wanted, { id: 'trf_resold', organization: reseller.organization, now: '2024-01-01T00:00:00.000Z' }),
      wanted.rates,
    ),
  ]);
  for (const { organization } of [one, other]) await tasks.assignTariff(organization, 'trf_resold');
  const made = await call(tasks.handler, 'PUT /cdrmunch/task', {
    token,
    json: { task_type: 'process', org_id: 'all' },
  });
  await tasks.worker().finish(reseller.organization, idOf(made));
  expect(
    progressIn(await call(tasks.handler, 'GET /cdrmunch/task/{id}', { token, params: { id: idOf(made) } })),
  ).toMatchObject({ state: 'completed', org_id: 'all', progress: { processed: 6, changed: 6 } });
  expect(await chargesTo(running.store, other.organization)).toMatchObject({ charges: 3n * 114_000n });
});

test('cleanup deletes rated CDRs of closed periods that are past the retention; sums do not change', async () => {
  const old = calls(3, { start_time: '2026-07-01T10:00:00Z', end_time: '2026-07-01T10:00:57Z' });
  const of = await tasks.account(
    [...old, record('unrated', { ...old[0], call_id: 'unrated', callee: '+442079460000' })],
    {},
    new Date('2026-07-02T00:00:00Z'),
  );
  // A late call of July is booked in the present month.
  const late = [...calls(2).map((each, at) => ({ ...each, call_id: `new-${at}` })), { ...old[0], call_id: 'late' }];
  await startIngestion(running.store, { clock: tasks.clock.now }).deliver({ m2: messageOf(of.organization, late) });
  const before = await chargesTo(running.store, of.organization);
  await commit(running.store, of.organization, [
    change(organizationRow, {}, { set: { retention: { cdr_days: 90, log_days: 90 } } }),
  ]);
  for (const dry_run of [true, false]) {
    const id = await of.create({ task_type: 'cleanup', dry_run });
    await tasks.worker().finish(of.organization, id);
    expect(await of.get(id)).toMatchObject({
      state: 'completed',
      progress: { processed: 5, changed: 3, unchanged: 2 },
      totals: [],
    });
    const kept = await Promise.all(
      ['call-0', 'new-0', 'unrated', 'late'].map(
        async (each) => (await cdrIn(running.store, of.organization, cdrId(of.organization, each, 'a'))) !== undefined,
      ),
    );
    expect(kept).toEqual([dry_run, true, true, true]);
  }
  expect(await chargesTo(running.store, of.organization)).toEqual(before);
});

test('cleanup keeps CDRs under a legal hold', async () => {
  const old = calls(3, { start_time: '2026-07-01T10:00:00Z', end_time: '2026-07-01T10:00:57Z' });
  const of = await tasks.account(old, {}, new Date('2026-07-02T00:00:00Z'));
  await commit(running.store, of.organization, [
    change(organizationRow, {}, { set: { retention: { cdr_days: 90, log_days: 90 } } }),
  ]);
  await hold(running.store, of.organization, ['cdr'], { entity_ids: ['call-1'] });
  const id = await of.create({ task_type: 'cleanup' });
  await tasks.worker().finish(of.organization, id);
  expect(await of.get(id)).toMatchObject({ progress: { processed: 3, changed: 2, unchanged: 1 } });
  const left = await Promise.all(
    ['call-0', 'call-1', 'call-2'].map((each) =>
      cdrIn(running.store, of.organization, cdrId(of.organization, each, 'a')),
    ),
  );
  expect(left.map((cdr) => cdr?.call_id)).toEqual([undefined, 'call-1', undefined]);
});

test('cleanup keeps CDRs that the reseller has not been charged for', async () => {
  const old = calls(2, { start_time: '2026-07-01T10:00:00Z', end_time: '2026-07-01T10:00:57Z' });
  const reseller = await tasks.account([], { type: 'reseller' });
  const of = await tasks.account(old, { parent_id: reseller.organization }, new Date('2026-07-02T00:00:00Z'));
  await commit(running.store, of.organization, [
    change(organizationRow, {}, { set: { retention: { cdr_days: 90, log_days: 90 } } }),
  ]);
  for (const changed of [0, 2]) {
    const id = await of.create({ task_type: 'cleanup' });
    await tasks.worker().finish(of.organization, id);
    expect(await of.get(id)).toMatchObject({ state: 'completed', progress: { processed: 2, changed } });
    await deliverWholesale(running.store, [
      {
        schema: 'cdr-wholesale.v1',
        org_id: of.organization,
        cdr_ids: [0, 1].map((at) => cdrId(of.organization, `call-${at}`, 'a')),
      },
    ]);
  }
});

test('a task whose slices fail repeatedly fails, and releases its claim', async () => {
  const of = await tasks.account(calls(2));
  const id = await of.create({ task_type: 'process' });
  const plain = testDependencies(running.store);
  const broken = {
    ...plain,
    clock: tasks.clock.now,
    store: {
      ...running.store,
      client: {
        send: (command: object) =>
          JSON.stringify(command).includes('unrated')
            ? Promise.reject(new Error('down'))
            : running.store.client.send(command as never),
      },
    },
  };
  const work = cdrTasksHandler(broken);
  const { body } = taskMessage({ org_id: of.organization, task_id: id });
  const deliver = (receives: number) => work(batchOf([body], receives));
  expect((await deliver(4)).batchItemFailures).toHaveLength(1);
  tasks.clock.advance(31);
  expect((await deliver(5)).batchItemFailures).toEqual([]);
  expect(await of.get(id)).toMatchObject({ state: 'failed' });
  expect(outcome(await of.put({ task_type: 'process' }))).toBe('201');
});
