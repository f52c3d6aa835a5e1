import { expect, test } from 'vitest';
import { startService } from '../../../test/support/service.fixture.ts';
import { call } from '../../../test/support/requests.fixture.ts';
import { addAccount, startIngestion, messageOf, record } from '../cdr-ingest/ingest.fixture.ts';
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
