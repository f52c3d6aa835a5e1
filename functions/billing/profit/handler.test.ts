import { expect, test } from 'vitest';
import { record } from '../cdr-ingest/filed-cdr.fixture.ts';
import { startService } from '#test/support/service.fixture.ts';
import { call } from '#test/support/requests.fixture.ts';
import { commit } from '#dynamodb/commit.ts';
import { overwrite } from '#dynamodb/write.ts';
import { addAccount, startIngestion, messageOf } from '../cdr-ingest/ingest.fixture.ts';
import { formerNumberDayRow, numberSumsWrites } from '../rows/number-sums.ts';
import { profitHandler } from './handler.ts';

const service = startService(profitHandler);

type Profits = {
  readonly data: {
    readonly period: unknown;
    readonly numbers: readonly { readonly number: string; readonly revenue: string; readonly cost: string | null }[];
    readonly total: number;
    readonly next_page_token: string;
  };
};

test('GET /profit/numbers shows each organization its own numbers and its own margin', async () => {
  const token = await service.tenants.join(9001);
  const operator = await service.tenants.join(1000, { user: { roles: ['operator'] } });
  const stranger = await service.tenants.join(9002);
  await addAccount(service.store, 9001);
  await startIngestion(service.store).deliver({
    m1: messageOf(9001, [
      record('one', { cost: 0.04 }),
      record('two', { caller: '+14155559999', start_time: '2026-11-14T10:00:00Z', end_time: '2026-11-14T10:01:00Z' }),
      record('three', { caller: 'anonymous' }),
    ]),
  });
  const ask = async (as: string, query = {}) =>
    (await call(service.handler, 'GET /profit/numbers', { token: as, query })).body as object as Profits;
  const rows = async (as: string, query = {}) =>
    (await ask(as, query)).data.numbers.map(({ number, revenue, cost }) => [number, revenue, cost]);
  expect(await ask(token)).toMatchObject({
    status: 'success',
    success: true,
    data: { time_zone: 'UTC', period: { start: '2026-11-01', end: '2026-11-30' }, total: 3 },
  });
  expect(await rows(token, { sort: 'cost' })).toEqual([
    ['+14155551234', '0.0000', '0.0955'],
    ['other', '0.0000', '0.0955'],
    ['+14155559999', '0.0000', '0.0250'],
  ]);
  expect(await rows(operator, { number: ' 14155551234' })).toEqual([['+14155551234', '0.0955', '0.0400']]);
  expect(await rows(operator, { number: '+14155559999' })).toEqual([['+14155559999', '0.0250', null]]);
  expect(await rows(token, { start: '2026-11-14', end: '2026-11-14' })).toEqual([['+14155559999', '0.0000', '0.0250']]);
  expect(await rows(stranger)).toEqual([]);
  const first = await ask(token, { limit: '2', sort: 'calls' });
  expect([
    ...first.data.numbers,
    ...(await ask(token, { limit: '2', sort: 'calls', page_token: first.data.next_page_token })).data.numbers,
  ]).toHaveLength(3);
  expect(
    (await call(service.handler, 'GET /profit/numbers', { token: stranger, query: { org_id: '9001' } })).status,
  ).toBe(403);
});

test('sums that are more than one read of the store returns are read whole, also those of days before', async () => {
  const organization = 9010;
  const token = await service.tenants.join(organization);
  const [numbers, days] = [900, 20];
  const sums = {
    holder: organization,
    currency: 'USD',
    calls: 1,
    answered: 1,
    talk: 60,
    billed: 60,
    cost: 0n,
    unknown: 0,
  };
  const all = Array.from({ length: numbers * days }, (_, at) => ({
    ...{ ...sums, charge: 10_000n },
    number: `+1415${String(5_550_000 + (at % numbers))}`,
    day: `2026-11-${String(6 + Math.floor(at / numbers)).padStart(2, '0')}`,
  }));
  const writes = numberSumsWrites(organization, all);
  for (let at = 0; at < writes.length; at += 100) await commit(service.store, organization, writes.slice(at, at + 100));
  const former = { number: '+14155550000', day: '2026-11-05', holder: organization, currency: 'USD' };
  await commit(service.store, organization, [
    overwrite(formerNumberDayRow, { ...former, calls: 2, seconds: 60, revenue: 0, cost: 10_000, unknown: 0 }),
  ]);
  const { body } = await call(service.handler, 'GET /profit/numbers', { token });
  expect(body).toMatchObject({ data: { total: 900, totals: [{ calls: 18_002, cost: '180.0100' }] } });
  const one = { query: { number: '+14155550000' }, token };
  expect((await call(service.handler, 'GET /profit/numbers', one)).body).toMatchObject({
    data: { total: 1, totals: [{ calls: 22, cost: '0.2100' }] },
  });
});
