import { expect, test } from 'vitest';
import { freshFor, readAll } from './all-rows.ts';
import type { ApiRequest } from './api-request.ts';

const wanted = { method: 'GET', path: '/users', query: { limit: 500 } };

/** A list that answers 500 rows at once. @returns how it is asked, and the tokens of the requests */
function listOf(count: number) {
  const tokens: unknown[] = [];
  const ask = async ({ query = {} }: ApiRequest) => {
    const token = query['page_token'];
    tokens.push(token);
    const start = Number(token ?? 0);
    const end = Math.min(count, start + 500);
    const users = Array.from({ length: end - start }, (_row, at) => ({ id: `usr_${start + at}` }));
    return { data: users, next_page_token: end < count ? String(end) : '' };
  };
  return { ask, tokens };
}

test('a list of more rows than a page is read whole, and shown as far as it is read', async () => {
  const { ask, tokens } = listOf(1_200);
  const shown: number[] = [];
  const { rows, isWhole } = await readAll(ask, wanted, { onPage: (read) => shown.push(read.length) });
  expect([rows.length, rows.at(-1), isWhole]).toEqual([1_200, { id: 'usr_1199' }, true]);
  expect(tokens).toEqual([undefined, '500', '1000']);
  expect(shown).toEqual([500, 1_000]);
});

test('of a longer list 10,000 rows are read, which are not all', async () => {
  const { ask, tokens } = listOf(10_001);
  const { rows, isWhole } = await readAll(ask, wanted);
  expect([rows.length, isWhole, tokens.length]).toEqual([10_000, false, 20]);
});

test('a list is asked for once a minute for each of its pages at most', () => {
  expect([0, 500, 501, 10_000].map(freshFor)).toEqual([60_000, 60_000, 120_000, 1_200_000]);
});
