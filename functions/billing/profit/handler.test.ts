import { expect, test } from 'vitest';
import { record } from '../cdr-ingest/filed-cdr.fixture.ts';
import { startService } from '#test/support/service.fixture.ts';
import { call } from '#test/support/requests.fixture.ts';
import { commit } from '#dynamodb/commit.ts';
import { overwrite } from '#dynamodb/write.ts';
import { addAccount, startIngestion, messageOf } from '../cdr-ingest/ingest.fixture.ts';
import { numberDayRow } from '../cdr-ingest/row.ts';
import { profitHandler } from './handler.ts';
import { partsOf } from './store.ts';

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
    data: { period: { start: '2026-11-01', end: '2026-11-30' }, total: 3 },
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

test('the parts of a range are all of its days, each once', () => {
  for (const [start, end, count] of [
    ['2026-11-01', '2026-11-30', 30],
    ['2026-02-28', '2026-03-01', 2],
    ['2026-01-01', '2026-12-31', 365],
    ['2026-11-05', '2026-11-05', 1],
  ] as const) {
    const days = partsOf({ start, end }).flatMap((part) => {
      const [first, last] = [Date.parse(part.start), Date.parse(part.end)];
      return Array.from({ length: (last - first) / 86_400_000 + 1 }, (_, at) => first + at * 86_400_000);
    });
    expect([days.length, new Set(days).size, days[0], days.at(-1)]).toEqual([
      count,
      count,
      Date.parse(start),
      Date.parse(end),
    ]);
  }
});

test('sums that are more than one read of the store returns are read whole, in parts', async () => {
  const organization = 9010;
  const token = await service.tenants.join(organization);
  const sums = { currency: 'USD', holder: organization, calls: 1, seconds: 60, revenue: 0, cost: 10_000, unknown: 0 };
  const rows = Array.from({ length: 6_000 }, (_, at) => ({
    ...sums,
    number: `+1415${String(5_550_000 + (at % 300))}`,
    day: `2026-11-${String(1 + Math.floor(at / 300)).padStart(2, '0')}`,
  }));
  for (let at = 0; at < rows.length; at += 100)
    await commit(
      service.store,
      organization,
      rows.slice(at, at + 100).map((each) => overwrite(numberDayRow, each)),
    );
  const { body } = await call(service.handler, 'GET /profit/numbers', { token });
  expect(body).toMatchObject({ data: { total: 300, totals: [{ calls: 6_000, cost: '60.0000' }] } });
});
