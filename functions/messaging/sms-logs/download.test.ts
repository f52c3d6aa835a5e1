import { expect, test } from 'vitest';
import { day } from '#schema/time.ts';
import { assertDownloadable, chunkSize, pageOf } from './download.ts';
import { newSearch, NewSearch, type Search } from './search.ts';

const now = new Date('2026-11-20T12:00:00.000Z');
const origin = { id: 'search_1', org_id: 1_001, caller: 'usr_1', ownOnly: false, now };
const running = newSearch(NewSearch.parse({ start_date: '2026-11-01', end_date: '2026-11-30' }), origin);
const completed: Search = { ...running, status: 'completed', completed_at: now.toISOString() };
const viewer = { id: 'usr_1', ownOnly: false, now };
const later = (milliseconds: number) => ({ ...viewer, now: new Date(now.getTime() + milliseconds) });

test('a result can be downloaded for a day, by its owner if callers are limited', () => {
  expect(assertDownloadable(completed, later(day - 1))).toBe(completed);
  expect(assertDownloadable(completed, { ...viewer, id: 'usr_2' })).toBe(completed);
  expect(assertDownloadable(completed, { ...viewer, ownOnly: true })).toBe(completed);
});

test.each([
  ['unknown', undefined, viewer, 'INVALID_SEARCH_ID'],
  ['of another user', completed, { ...viewer, id: 'usr_2', ownOnly: true }, 'INVALID_SEARCH_ID'],
  ['forgotten', completed, later(7 * day), 'INVALID_SEARCH_ID'],
  ['running', running, viewer, 'SEARCH_NOT_COMPLETE'],
  ['failed', { ...completed, status: 'failed' } as const, viewer, 'SEARCH_FAILED'],
  ['old', completed, later(day), 'SEARCH_EXPIRED'],
  ['slow and old', { ...completed, completed_at: later(day).now.toISOString() }, later(day), 'SEARCH_EXPIRED'],
] as const)('a search that is %s cannot be downloaded', (_case, search, by, code) => {
  expect(() => assertDownloadable(search, by)).toThrow(expect.objectContaining({ code }));
});

test('a running search says when to ask again', () => {
  expect(() => assertDownloadable(running, viewer)).toThrow(expect.objectContaining({ retryAfter: 2 }));
});

test.each([
  [0, {}, 0, []],
  [250, {}, 3, [{ chunk: 0, from: 0, to: 100 }]],
  [250, { page: 3 }, 3, [{ chunk: 0, from: 200, to: 250 }]],
  [250, { page: 4 }, 3, []],
  [
    1_250,
    { page: 4, per_page: 300 },
    5,
    [
      { chunk: 0, from: 900, to: 1_000 },
      { chunk: 1, from: 0, to: 200 },
    ],
  ],
  [2_000, { page: 2, per_page: chunkSize }, 2, [{ chunk: 1, from: 0, to: 1_000 }]],
] as const)('of %i messages, the page %j has %i pages beside it, and parts %j', (rows, asked, pages, parts) => {
  const page = pageOf({ rows }, { page: undefined, per_page: undefined, ...asked });
  expect({ pages: page.total_pages, parts: page.parts }).toEqual({ pages, parts });
});
