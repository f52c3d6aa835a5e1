import { TransactionCanceledException, TransactWriteItemsCommand, type QueryCommand } from '@aws-sdk/client-dynamodb';
import { describe, expect, test } from 'vitest';
import { record } from './filed-cdr.fixture.ts';
import { holdingItems } from '#test/bench/held-items.ts';
import { testStore, eventsOf } from '#test/support/store.fixture.ts';
import type { Sender } from '#dynamodb/client.ts';
import { commit } from '#dynamodb/commit.ts';
import { tableFor } from '#dynamodb/table.ts';
import { change, remove } from '#dynamodb/write.ts';
import { money } from '#schema/money.ts';
import { billingProfileRow } from '../rows/billing-profile.ts';
import { creditRow, ledgerDayRow } from '../charging/row.ts';
import { cdrId } from './cdr.ts';
import {
  addAccount,
  batchIn,
  cdrIn,
  chargesTo,
  startIngestion,
  type Ingestion,
  messageOf,
  numberDaysIn,
  rejectionsIn,
} from './ingest.fixture.ts';
import { cdrCallRow, cdrPartyRow } from './row.ts';

const running = testStore();

let last = 2000;
async function account(more: Parameters<typeof addAccount>[2] = {}): Promise<number> {
  last += 1;
  await addAccount(running.store, last, more);
  return last;
}

const range = (count: number): number[] => Array.from({ length: count }, (_, at) => at);
const CHARGE = 95_500n;

describe('new CDRs', () => {
  test('are filed with their rating, and charged', async () => {
    const organization = await account();
    expect(
      await startIngestion(running.store).deliver({
        m1: messageOf(organization, [record('call-1', { trunk_id: 'trunk_001' })]),
      }),
    ).toEqual([]);
    expect(await cdrIn(running.store, organization, cdrId(organization, 'call-1', 'a'))).toMatchObject({
      call_id: 'call-1',
      organization,
      number: '+14155551234',
      origin: 'platform',
      batch_id: null,
      source: 'test',
      received_at: '2026-11-20T10:00:00.000Z',
      rating_history: [],
      rating: {
        status: 'rated',
        source: 'tariff',
        tariff: { id: `trf_${organization}`, version: 1 },
        billed_seconds: 342,
        charge: '0.0955',
        currency: 'USD',
        period: '2026-11',
        revision: 1,
      },
    });
    expect(await chargesTo(running.store, organization)).toEqual({ charges: CHARGE, calls: 1, seconds: 342 });
  });

  test('are charged once, however often they are delivered and however many transactions they take', async () => {
    const organization = await account();
    const records = range(70).map((at) => record(`call-${at}`));
    const bodies = { m1: messageOf(organization, records), m2: messageOf(organization, records.slice(0, 40)) };
    const consumer = startIngestion(running.store);
    for (const _ of range(2)) expect(await consumer.deliver(bodies)).toEqual([]);
    expect(await chargesTo(running.store, organization)).toEqual({ charges: 70n * CHARGE, calls: 70, seconds: 23_940 });
  });

  test('are charged once when several consumers have them at the same time', async () => {
    const organization = await account();
    const bodies = Object.fromEntries(
      range(6).map((at) => [
        `m${at}`,
        messageOf(
          organization,
          range(12).map((call) => record(`call-${(at * 6 + call) % 36}`)),
        ),
      ]),
    );
    const outcomes = await Promise.all(range(3).map(() => startIngestion(running.store).deliver(bodies)));
    expect(outcomes.flat()).toEqual([]);
    expect(await chargesTo(running.store, organization)).toMatchObject({ charges: 36n * CHARGE, calls: 36 });
  });

  test('of many concurrent transactions are summed in several shards, which are read as one sum', async () => {
    const organization = await account();
    const { through, counted } = holdingItems(15);
    const bodies = range(4).map((at) => ({
      [`m${at}`]: messageOf(
        organization,
        range(60).map((call) => record(`call-${at}-${call}`)),
        { batch_id: 'b1' },
      ),
    }));
    await Promise.all(bodies.map((body) => startIngestion(running.store, { through }).deliver(body)));
    // A message with deferred records is delivered again.
    for (const body of bodies) expect(await startIngestion(running.store).deliver(body)).toEqual([]);
    expect(await chargesTo(running.store, organization)).toEqual({
      charges: 240n * CHARGE,
      calls: 240,
      seconds: 82_080,
    });
    expect(await batchIn(running.store, organization, 'b1')).toEqual({ received: 240, rated: 240 });
    const table = tableFor<'balance' | 'chargeday'>(running.store, organization);
    const shards = (await table.query(creditRow, {})).items.filter(({ period }) => period !== undefined);
    expect(shards.length).toBeGreaterThan(1);
    const sums = [shards, (await table.query(ledgerDayRow, {})).items, await numberDaysIn(running.store, organization)];
    expect(sums.map((items) => items.reduce((sum, { calls = 0 }) => sum + calls, 0))).toEqual([240, 240, 240]);
    expect(counted.tried).toBeGreaterThan(counted.done);
  });

  test('are charged to their own organization and period', async () => {
    const [one, other] = [await account(), await account({ charge_shards: 3 })];
    const records = range(40).map((at) =>
      record(`call-${at}`, {
        org_id: at % 2 === 0 ? one : other,
        ...(at % 4 < 2
          ? { start_time: '2026-11-01T10:30:00Z', end_time: '2026-11-01T10:35:42Z' }
          : { start_time: '2026-10-15T10:30:00Z', end_time: '2026-10-15T10:31:00Z' }),
      }),
    );
    // On November 1, October is not closed yet.
    await startIngestion(running.store, { clock: () => new Date('2026-11-01T23:00:00Z') }).deliver({
      m1: messageOf(null, records),
    });
    for (const organization of [one, other])
      expect(await chargesTo(running.store, organization)).toMatchObject({
        charges: 10n * CHARGE + 10n * 25_000n,
        calls: 20,
      });
    const { items } = await tableFor<'balance'>(running.store, other).query(creditRow, {});
    expect(new Set(items.flatMap(({ period }) => period ?? []))).toEqual(new Set(['2026-10', '2026-11']));
  });

  test('of a closed period are booked in the open one, on the day of their rating', async () => {
    const organization = await account();
    await startIngestion(running.store).deliver({
      m1: messageOf(organization, [
        record('late', { start_time: '2026-10-15T10:30:00Z', end_time: '2026-10-15T10:31:00Z' }),
      ]),
    });
    expect(await cdrIn(running.store, organization, cdrId(organization, 'late', 'a'))).toMatchObject({
      rating: { period: '2026-11', late: true, charge: '0.0250' },
    });
    const days = await tableFor<'chargeday'>(running.store, organization).query(ledgerDayRow, {});
    expect(days.items).toEqual([
      { day: '2026-11-20', call_day: '2026-10-15', shard: 0, charges: 25_000, calls: 1, seconds: 60 },
    ]);
  });

  test('of a call beyond the grace of its period are charged once, in the open one, with its day', async () => {
    const organization = await account();
    const times = { start_time: '2026-11-30T12:00:00Z', end_time: '2026-12-03T13:00:00Z' };
    const long = record('long', { ...times, duration: 262_800 });
    const bodies = { m1: messageOf(organization, [long]), m2: messageOf(organization, [long]) };
    // 0.01 to connect and 4,380 minutes.
    const charged = { charges: 65_710_000n, calls: 1, seconds: 262_800 };
    // The call ends after November was closed; its message comes again after December was closed, too.
    for (const now of ['2026-12-03T13:00:05Z', '2026-12-03T13:05:00Z', '2027-01-05T00:00:00Z']) {
      expect(await startIngestion(running.store, { clock: () => new Date(now) }).deliver(bodies, 2)).toEqual([]);
      expect(await chargesTo(running.store, organization)).toEqual(charged);
    }
    expect(await cdrIn(running.store, organization, cdrId(organization, 'long', 'a'))).toMatchObject({
      ...{ start_time: times.start_time, rating: { period: '2026-12', late: true, charge: '65.7100' } },
    });
    const table = tableFor<'balance' | 'chargeday'>(running.store, organization);
    const charges = (await table.query(creditRow, {})).items.filter(({ period }) => period !== undefined);
    expect(charges).toMatchObject([{ period: '2026-12', charges: 65_710_000 }]);
    expect((await table.query(ledgerDayRow, {})).items).toEqual([
      { day: '2026-12-03', call_day: '2026-11-30', shard: 0, charges: 65_710_000, calls: 1, seconds: 262_800 },
    ]);
    expect(await numberDaysIn(running.store, organization)).toMatchObject([
      { day: '2026-11-30', rated_day: '2026-12-03', calls: 1, seconds: 262_800 },
    ]);
  });

  test('of a call that ends within the grace are charged in its period, on the day of its start', async () => {
    const organization = await account();
    const times = { start_time: '2026-11-30T12:00:00Z', end_time: '2026-12-01T23:00:00Z' };
    const consumer = startIngestion(running.store, { clock: () => new Date('2026-12-01T23:59:59Z') });
    await consumer.deliver({ m1: messageOf(organization, [record('long', { ...times, duration: 126_000 })]) }, 2);
    const { items } = await tableFor<'chargeday'>(running.store, organization).query(ledgerDayRow, {});
    expect(items).toEqual([{ day: '2026-11-30', shard: 0, charges: 31_510_000, calls: 1, seconds: 126_000 }]);
    const { rating } = (await cdrIn(running.store, organization, cdrId(organization, 'long', 'a'))) ?? {};
    expect(rating).toMatchObject({ period: '2026-11', late: false });
  });

  test('that are free or unrated are filed without a charge', async () => {
    const organization = await account();
    await startIngestion(running.store).deliver({
      m1: messageOf(organization, [
        record('internal', { direction: 'internal' }),
        record('busy', { disposition: 'BUSY' }),
        record('satellite', { callee: '+881612345678' }),
        record('user', { callee: 'alice' }),
      ]),
    });
    const ratings = await Promise.all(
      ['internal', 'busy', 'satellite', 'user'].map(
        async (call) => (await cdrIn(running.store, organization, cdrId(organization, call, 'a')))?.rating,
      ),
    );
    expect(ratings.map((rating) => [rating?.status, rating?.reason])).toEqual([
      ['free', null],
      ['free', null],
      ['unrated', 'NO_RATE'],
      ['unrated', 'NOT_E164'],
    ]);
    expect(await chargesTo(running.store, organization)).toMatchObject({ charges: 0n, calls: 4 });
  });

  test('are found by their parties, their call, their user and their batch', async () => {
    const organization = await account();
    await startIngestion(running.store).deliver({
      m1: messageOf(organization, [record('call-1', { caller: '(415) 555-1234', trunk_id: 't1', user_id: 'usr_1' })], {
        batch_id: 'b1',
      }),
    });
    const table = tableFor<
      'cdrparty' | 'cdrparty@GSI1' | 'cdrparty@GSI2' | 'cdrcall' | 'cdrcall@GSI1' | 'cdrcall@GSI2'
    >(running.store, organization);
    const own = String(organization);
    const found = await Promise.all([
      table.query(cdrPartyRow, { shard: 0, callee_party: '+14155555678' }),
      table.queryIndex(cdrPartyRow, 'GSI1', [own, 'caller', '+14155551234']),
      table.queryIndex(cdrPartyRow, 'GSI2', [own, 'trunk', 't1']),
      table.query(cdrCallRow, { call_id: 'call-1' }),
      table.queryIndex(cdrCallRow, 'GSI1', [own, 'user', 'usr_1']),
      table.queryIndex(cdrCallRow, 'GSI2', [own, 'batch', 'b1']),
    ]);
    expect(found.map(({ items }) => items.map(({ call_id }) => call_id))).toEqual(range(6).map(() => ['call-1']));
  });

  test('are recorded in one event for each transaction', async () => {
    const organization = await account();
    await startIngestion(running.store).deliver({
      m1: messageOf(
        organization,
        range(40).map((at) => record(`call-${at}`)),
      ),
    });
    const events = (await eventsOf(running.store, organization)).filter(({ type }) => type === 'cdr.rated');
    expect(events.map(({ data }) => data['rated'])).toEqual([30, 10]);
    expect(events[1]?.data).toMatchObject({
      currency: 'USD',
      free: 0,
      unrated: 0,
      periods: [{ period: '2026-11', charge: '0.9550', seconds: 3_420 }],
    });
    expect(events.flatMap(({ data }) => data['cdr_ids'])).toContain(cdrId(organization, 'call-39', 'a'));
  });
});

describe('a record of a stored identity', () => {
  test('is a duplicate with the same content and a conflict with other content; the stored CDR stays', async () => {
    const organization = await account();
    const consumer = startIngestion(running.store);
    await consumer.deliver({ m1: messageOf(organization, [record('call-1')]) });
    const repeats = [record('call-1'), record('call-1', { end_time: '2026-11-15T11:30:00Z' }), record('call-2')];
    expect(await consumer.deliver({ m2: messageOf(organization, repeats, { batch_id: 'b1' }) })).toEqual([]);
    expect(await batchIn(running.store, organization, 'b1')).toMatchObject({
      received: 3,
      rated: 1,
      duplicate: 1,
      conflict: 1,
      rejected: 0,
    });
    expect(await rejectionsIn(running.store, organization, 'b1')).toEqual(['call-1 CDR_CONFLICT']);
    expect(await chargesTo(running.store, organization)).toMatchObject({ charges: 2n * CHARGE, calls: 2 });
  });

  test('replaces the CDR that the tenant has filed: reversal and new charge', async () => {
    const organization = await account();
    const consumer = startIngestion(running.store);
    const id = cdrId(organization, 'call-1', 'a');
    await consumer.deliver({
      m1: messageOf(
        organization,
        [record('call-1', { end_time: '2026-11-15T10:31:00Z', callee: '+14155550000', cost: 1 })],
        { origin: 'tenant' },
      ),
    });
    expect(await cdrIn(running.store, organization, id)).toMatchObject({
      origin: 'tenant',
      cost: null,
      rating: { charge: '0.0250', revision: 1 },
    });
    const real = { m2: messageOf(organization, [record('call-1', { cost: 0.04 })]) };
    expect(await consumer.deliver(real)).toEqual([]);
    expect(await consumer.deliver(real)).toEqual([]);
    expect(await cdrIn(running.store, organization, id)).toMatchObject({
      origin: 'platform',
      rating: { charge: '0.0955', revision: 2, cost: '0.0400' },
      rating_history: [{ charge: '0.0250', revision: 1 }],
    });
    expect(await chargesTo(running.store, organization)).toEqual({ charges: CHARGE, calls: 1, seconds: 342 });
    expect(
      (
        await tableFor<'cdrparty'>(running.store, organization).query(cdrPartyRow, {
          shard: 0,
          callee_party: '+14155550000',
        })
      ).items,
    ).toEqual([]);
    expect(await rejectionsIn(running.store, organization, '-')).toEqual([]);
  });

  test('of the tenant never replaces that of the platform', async () => {
    const organization = await account();
    const consumer = startIngestion(running.store);
    await consumer.deliver({ m1: messageOf(organization, [record('call-1')]) });
    await consumer.deliver({
      m2: messageOf(organization, [record('call-1', { end_time: '2026-11-15T10:31:00Z' })], { origin: 'tenant' }),
    });
    expect(await rejectionsIn(running.store, organization, '-')).toEqual(['call-1 CDR_CONFLICT']);
    expect(await chargesTo(running.store, organization)).toMatchObject({ charges: CHARGE });
  });
});

describe('a rejected record', () => {
  test('is reported once with an event, and does not stop the others', async () => {
    const organization = await account();
    const bodies = {
      m1: messageOf(
        organization,
        [
          record('backwards', { end_time: '2026-11-15T10:00:00Z' }),
          record('old', { start_time: '2020-01-01T00:00:00Z', end_time: '2020-01-01T00:00:01Z' }),
          record('call-1'),
          'rubbish',
          record('elsewhere', { org_id: 999_999 }),
          record('call-1'),
        ],
        { batch_id: 'b1' },
      ),
    };
    const consumer = startIngestion(running.store);
    for (const copies of [2, 1]) expect(await consumer.deliver(bodies, copies)).toEqual([]);
    const [letter] = consumer.letters;
    expect(letter).toMatchObject({
      id: 'm1',
      reason: 'VALIDATION_FAILED',
      problem: expect.stringContaining('4 of 6 records rejected; the first: '),
    });
    const sent = JSON.parse(bodies.m1) as { readonly records: readonly unknown[] };
    const at = [0, 1, 3, 4];
    expect(JSON.parse(letter?.body ?? '')).toEqual({
      ...sent,
      sent_at: '2026-11-15T10:40:00.000Z',
      records: at.map((each) => sent.records[each]),
    });
    expect((await rejectionsIn(running.store, organization, 'b1')).sort()).toEqual([
      'backwards VALIDATION_FAILED',
      'elsewhere FORBIDDEN_ORG',
      'null VALIDATION_FAILED',
      'old TOO_OLD',
    ]);
    expect(await batchIn(running.store, organization, 'b1')).toMatchObject({
      received: 6,
      rated: 1,
      duplicate: 1,
      conflict: 0,
      rejected: 4,
    });
    const events = (await eventsOf(running.store, organization)).filter(({ type }) => type === 'cdr.rejected');
    expect(events.map(({ data }) => data)).toMatchObject([{ source: 'test', batch_id: 'b1', rejected: 4 }]);
  });

  test('of a producer of the platform is filed when it is sent again, and its cause is repaired', async () => {
    const organization = await account();
    const [early, late] = ['2026-11-15T10:40:00Z', '2026-11-25T10:40:00Z'].map((now) =>
      startIngestion(running.store, { clock: () => new Date(now) }),
    );
    if (early === undefined || late === undefined) throw new Error('there are two');
    const future = record('call-1', { start_time: '2026-11-20T10:30:00Z', end_time: '2026-11-20T10:31:00Z' });
    expect(await early.deliver({ m1: messageOf(organization, [future]) })).toEqual([]);
    expect(early.letters).toMatchObject([{ id: 'm1', reason: 'IN_FUTURE' }]);
    expect(await late.deliver({ m2: early.letters[0]?.body ?? '' })).toEqual([]);
    expect(late.letters).toEqual([]);
    expect(await chargesTo(running.store, organization)).toMatchObject({ calls: 1 });
  });

  test.each(['tenant', 'seller'] as const)('of a %s, and a conflict, are no dead letters', async (origin) => {
    const organization = await account();
    const consumer = startIngestion(running.store);
    await consumer.deliver({ m1: messageOf(organization, [record('call-1')]) });
    await consumer.deliver({
      m2: messageOf(organization, ['rubbish'], { origin }),
      m3: messageOf(organization, [record('call-1', { end_time: '2026-11-15T10:31:00Z' })]),
    });
    expect(consumer.letters).toEqual([]);
  });

  test('comes back with its message while the dead-letter queue is down', async () => {
    const organization = await account();
    const consumer = startIngestion(running.store);
    const down = (): Promise<void> => Promise.reject(new Error('down'));
    const { deadLetters } = consumer;
    Object.assign(consumer, { deadLetters: down });
    const bodies = { m1: messageOf(organization, ['rubbish', record('call-1')]) };
    expect(await consumer.deliver(bodies)).toEqual(['m1']);
    Object.assign(consumer, { deadLetters });
    expect(await consumer.deliver(bodies)).toEqual([]);
    expect(consumer.letters).toHaveLength(1);
    expect(await chargesTo(running.store, organization)).toMatchObject({ calls: 1 });
  });

  test('of no organization is reported to the operator', async () => {
    const before = (await rejectionsIn(running.store, 1000, 'unowned')).length;
    await startIngestion(running.store).deliver({
      m1: messageOf(null, [record('call-1'), record('call-2', { org_id: 888_888 })], { batch_id: 'unowned' }),
    });
    expect((await rejectionsIn(running.store, 1000, 'unowned')).slice(before).sort()).toEqual([
      'call-1 VALIDATION_FAILED',
      'call-2 FORBIDDEN_ORG',
    ]);
  });

  test('does not exist for a message that cannot be read: it goes unchanged to the dead-letter queue', async () => {
    const organization = await account();
    const consumer = startIngestion(running.store);
    const poison = {
      text: 'not json \u{1F4A5}',
      future: '{"schema":"cdr.v2","records":[]}',
      empty: messageOf(organization, []),
    };
    expect(await consumer.deliver({ ...poison, m1: messageOf(organization, [record('call-1')]) })).toEqual([]);
    expect(Object.fromEntries(consumer.letters.map(({ id, body }) => [id, body]))).toEqual(poison);
    expect(consumer.letters.map(({ reason }) => reason).sort()).toEqual([
      'INVALID_MESSAGE',
      'NOT_JSON',
      'UNKNOWN_SCHEMA',
    ]);
    expect(await chargesTo(running.store, organization)).toMatchObject({ calls: 1 });
  });
});

describe('records that POST has accepted', () => {
  test('are not counted as received again', async () => {
    const organization = await account();
    await startIngestion(running.store).deliver({
      m1: messageOf(organization, [record('call-1'), record('call-1')], { batch_id: 'b1', accepted: true }),
    });
    const counts = await batchIn(running.store, organization, 'b1');
    expect(counts).toMatchObject({ rated: 1, duplicate: 1 });
    expect(counts).not.toHaveProperty('received');
  });
});

/** A store that is lost before or after its nth transaction commits, as if the function was killed. */
const lostAt =
  (lost: number, after: boolean) =>
  (client: Sender): Sender => {
    let transactions = 0;
    const send = async (command: TransactWriteItemsCommand): Promise<unknown> => {
      if (!(command instanceof TransactWriteItemsCommand)) return client.send(command);
      transactions += 1;
      if (transactions < lost) return client.send(command);
      if (transactions === lost && after) await client.send(command);
      throw new Error('killed');
    };
    return { send };
  };

describe('a consumer that is killed', () => {
  test.each([
    [1, false],
    [1, true],
    [2, false],
    [2, true],
    [3, false],
    [3, true],
    [4, true],
  ])('in its transaction %i (committed: %s) leaves nothing half done', async (lost, after) => {
    const organization = await account();
    const messages = {
      m1: messageOf(
        organization,
        range(30).map((at) => record(`call-${at}`)),
        { batch_id: 'b1' },
      ),
      m2: messageOf(
        organization,
        [...range(30).map((at) => record(`call-${at + 20}`)), record('bad', { callee: '' })],
        { batch_id: 'b1' },
      ),
    };
    const comesAgain = await startIngestion(running.store, { through: lostAt(lost, after) }).deliver(messages);
    expect(
      await startIngestion(running.store).deliver(
        Object.fromEntries(Object.entries(messages).filter(([id]) => comesAgain.includes(id))),
      ),
    ).toEqual([]);
    expect(await chargesTo(running.store, organization)).toMatchObject({ charges: 50n * CHARGE, calls: 50 });
    expect(await batchIn(running.store, organization, 'b1')).toMatchObject({
      received: 61,
      rated: 50,
      duplicate: 10,
      rejected: 1,
    });
  });
});

describe('a run', () => {
  /** A clock with which three transactions fit into a run. */
  const slowClock = () => {
    let at = Date.parse('2026-11-20T10:00:00.000Z');
    return () => new Date((at += 400));
  };

  test('that runs out of time requeues messages with deferred records, and failed ones come back', async () => {
    const organization = await account();
    const messages = Object.fromEntries(
      range(5).map((at) => [
        `m${at}`,
        messageOf(
          organization,
          range(50).map((call) => record(`call-${at}-${call}`)),
        ),
      ]),
    );
    const consumer = startIngestion(running.store, { clock: slowClock() });
    const comesAgain = await consumer.deliver(messages);
    expect(comesAgain.length).toBeLessThanOrEqual(1);
    const put = consumer.queues.sent.map(({ message }) => JSON.stringify(message.body));
    expect(put.length).toBeGreaterThan(0);
    expect(new Set(consumer.queues.sent.map(({ message }) => message.group))).toEqual(new Set([`org_${organization}`]));
    await startIngestion(running.store).deliver(
      Object.fromEntries([
        ...put.map((body, at) => [`put${at}`, body] as const),
        ...comesAgain.map((id) => [id, messages[id] ?? ''] as const),
      ]),
    );
    expect(await chargesTo(running.store, organization)).toMatchObject({ charges: 250n * CHARGE, calls: 250 });
  });

  /** Messages of 100 calls of an organization. */
  const largeMessages = (organization: number, count: number, name = 'm'): Record<string, string> =>
    Object.fromEntries(
      range(count).map((at) => [
        `${name}${at}`,
        messageOf(
          organization,
          range(100).map((call) => record(`${name}-${at}-${call}`)),
          { batch_id: 'b1' },
        ),
      ]),
    );

  /** The copies that a consumer has sent to the backlog, by new ids. */
  const copiesIn = ({ queues }: Pick<Ingestion, 'queues'>): Record<string, string> =>
    Object.fromEntries(
      queues.sent
        .filter(({ queue }) => queue === 'cdr-backlog')
        .map(({ message }, at) => [`copy${at}`, JSON.stringify(message.body)]),
    );

  /** Delivers messages, and the copies that runs send of them, until all are settled. */
  async function deliverAll(messages: Readonly<Record<string, string>>): Promise<void> {
    let waiting = messages;
    for (let runs = 0; Object.keys(waiting).length > 0; runs += 1) {
      expect(runs).toBeLessThan(20);
      const consumer = startIngestion(running.store);
      expect(await consumer.deliver(waiting)).toEqual([]);
      waiting = copiesIn(consumer);
    }
  }

  test('takes what it can finish, and requeues the other messages before it begins them', async () => {
    const [large, small] = [await account(), await account()];
    const consumer = startIngestion(running.store);
    const messages = { ...largeMessages(large, 20), other: messageOf(small, [record('call-1')]) };
    expect(await consumer.deliver(messages)).toEqual([]);
    // Of 200 CDRs per second in the first run, one organization has one second.
    expect(await chargesTo(running.store, large)).toMatchObject({ calls: 200 });
    expect(await chargesTo(running.store, small)).toMatchObject({ calls: 1 });
    const copies = copiesIn(consumer);
    expect(Object.values(copies).map((body): unknown => JSON.parse(body))).toMatchObject(
      range(18).map((at) => ({ first_delivered_as: `m${at + 2}`, unread: true })),
    );
    await deliverAll(copies);
    expect(await chargesTo(running.store, large)).toEqual({ charges: 2_000n * CHARGE, calls: 2_000, seconds: 684_000 });
    expect(await batchIn(running.store, large, 'b1')).toEqual({ received: 2_000, rated: 2_000 });
  });

  test('takes less if Lambda leaves less time', async () => {
    const organization = await account();
    const consumer = startIngestion(running.store);
    consumer.remaining = 2_100;
    expect(await consumer.deliver(largeMessages(organization, 3))).toEqual([]);
    expect(await chargesTo(running.store, organization)).toMatchObject({ calls: 100 });
    expect(Object.keys(copiesIn(consumer))).toHaveLength(2);
  });

  test('whose originals come again as well as the copies files each CDR once, and counts it once', async () => {
    const organization = await account();
    const messages = largeMessages(organization, 4);
    const consumer = startIngestion(running.store);
    await consumer.deliver(messages);
    // The run died after it had sent the copies.
    await deliverAll({ ...messages, ...copiesIn(consumer) });
    expect(await chargesTo(running.store, organization)).toMatchObject({ charges: 400n * CHARGE, calls: 400 });
    expect(await batchIn(running.store, organization, 'b1')).toMatchObject({ received: 400, rated: 400 });
  });

  test('that cannot requeue has the messages delivered again', async () => {
    const organization = await account();
    const consumer = startIngestion(running.store);
    consumer.queues.room = 0;
    expect(await consumer.deliver(largeMessages(organization, 4))).toEqual(['m2', 'm3']);
    expect(await chargesTo(running.store, organization)).toMatchObject({ calls: 200 });
  });

  test('in which other writers hold the balance requeues all messages', async () => {
    const organization = await account();
    const reasons = [{ Code: 'TransactionConflict' }];
    const contended = (client: Sender): Sender => ({
      send: (command: TransactWriteItemsCommand) =>
        command instanceof TransactWriteItemsCommand
          ? Promise.reject(
              new TransactionCanceledException({ message: '', $metadata: {}, CancellationReasons: reasons }),
            )
          : client.send(command),
    });
    const consumer = startIngestion(running.store, { through: contended });
    expect(await consumer.deliver({ m1: messageOf(organization, [record('call-1')]) })).toEqual([]);
    const put = consumer.queues.sent.map(({ message }) => message.body);
    expect(put).toMatchObject([{ org_id: organization, records: [{ call_id: 'call-1' }], first_delivered_as: 'm1' }]);
    // If the first delivery is processed after all, both are one message.
    const both = {
      m1: messageOf(organization, [record('call-1'), record('call-1')], { batch_id: 'b1' }),
      m9: JSON.stringify({ ...Object(put[0]), batch_id: 'b1', records: [record('call-1'), record('call-1')] }),
    };
    for (const _ of range(2)) expect(await startIngestion(running.store).deliver(both)).toEqual([]);
    expect(await batchIn(running.store, organization, 'b1')).toMatchObject({ received: 2, rated: 1, duplicate: 1 });
  });

  test('in which the store does not answer uses up a receive of each message', async () => {
    const organization = await account();
    const dead = (client: Sender): Sender =>
      ({
        send: (command: unknown) =>
          command instanceof TransactWriteItemsCommand
            ? Promise.reject(new Error('down'))
            : client.send(command as QueryCommand),
      }) as Sender;
    const consumer = startIngestion(running.store, { through: dead });
    expect(
      await consumer.deliver({
        m1: messageOf(organization, [record('call-1')]),
        m2: messageOf(organization, [record('call-2')]),
      }),
    ).toEqual(['m1', 'm2']);
    expect(consumer.queues.sent).toEqual([]);
  });
});

describe('the currency', () => {
  test('of a balance is fixed by its first charge', async () => {
    const organization = await account();
    await startIngestion(running.store).deliver({
      m1: messageOf(organization, [record('free', { disposition: 'BUSY' })]),
    });
    expect(await tableFor<'balance'>(running.store, organization).get(creditRow, {})).toBeUndefined();
    await startIngestion(running.store).deliver({ m2: messageOf(organization, [record('call-1')]) });
    expect(await tableFor<'balance'>(running.store, organization).get(creditRow, {})).toMatchObject({
      currency: 'USD',
      fixed: true,
    });
  });

  test('of a profile that changes before the charge has the message delivered again', async () => {
    const organization = await account();
    const changing = (client: Sender): Sender => ({
      send: async (command: TransactWriteItemsCommand) => {
        if (command instanceof TransactWriteItemsCommand)
          await commit(running.store, organization, [change(creditRow, {}, { set: { currency: 'EUR' } })]);
        return client.send(command);
      },
    });
    expect(
      await startIngestion(running.store, { through: changing }).deliver({
        m1: messageOf(organization, [record('call-1')]),
      }),
    ).toEqual(['m1']);
    expect(await chargesTo(running.store, organization)).toMatchObject({ calls: 0 });
  });
});

test('calls of an organization without a profile are filed unrated', async () => {
  const organization = await account();
  await commit(running.store, organization, [remove(billingProfileRow, {})]);
  await startIngestion(running.store).deliver({ m1: messageOf(organization, [record('call-1')]) });
  expect(await cdrIn(running.store, organization, cdrId(organization, 'call-1', 'a'))).toMatchObject({
    rating: { status: 'unrated', reason: 'NO_PROFILE', currency: null },
  });
});

test('a profile without a tariff is charged by its own rates', async () => {
  const rates = {
    defaultCallRate: money(20_000n),
    defaultSmsRate: null,
    internationalCallRate: null,
    tollFreeRate: null,
  };
  const organization = await account({ profile: { tariffId: null, rates } });
  await startIngestion(running.store).deliver({
    m1: messageOf(organization, [record('call-1'), record('abroad', { callee: '+442079460000' })]),
  });
  expect(await chargesTo(running.store, organization)).toMatchObject({ charges: 114_000n, calls: 2 });
});
