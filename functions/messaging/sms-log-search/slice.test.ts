import { expect, test } from 'vitest';
import type { SmsLogEntry } from '#schema/sms-log.ts';
import { logEntryWith } from '../sms-logs/entry.fixture.ts';
import { newSearch, NewSearch, type Search } from '../sms-logs/search.ts';
import {
  afterSlice,
  chunksOf,
  failSearch,
  fileOf,
  fitting,
  foundIn,
  hasWork,
  linesOf,
  maxTries,
  openChunkKey,
  takeTurn,
} from './slice.ts';

const now = new Date('2026-11-20T12:00:00.000Z');
const search = newSearch(
  NewSearch.parse({ start_date: '2026-11-01', end_date: '2026-11-30', status: 'sent', limit: 5 }),
  { id: 'search_1', org_id: 1_001, caller: 'usr_1', ownOnly: false, now },
);
const file = { upload: 'u', tags: [], rest: null, size: 1, hash: '' };
const entry = (message_id: string, status = 'sent'): SmsLogEntry =>
  logEntryWith({ message_id, direction: 'outbound', from: 'Acme', to: '+14155551234', status, source: 'platform' });
const shown = (count: number) =>
  foundIn(
    { ...search, limit: 10_000 },
    Array.from({ length: count }, (_, at) => entry(String(at))),
    0,
  ).found;

test('a search is worked on by one worker at a time, until it ends', () => {
  const turn = { turn: 'turn_1', turn_until: 7 };
  const taken = takeTurn(search, turn);
  expect(taken).toMatchObject({ ...turn, status: 'processing' });
  for (const status of ['completed', 'failed'] as const) expect(takeTurn({ ...search, status }, turn)).toBeNull();
  expect(maxTries).toBe(3);
});

test('a search is completed when its file is', () => {
  const left = afterSlice(search, { outcome: 'entries left', rows: 3, after: 'c', file }, now);
  expect(left).toMatchObject({ status: 'processing', rows: 3, after: 'c', written: false, completed_at: null });
  const written = afterSlice(left, { outcome: 'all written', rows: 4, truncated: true, file }, now);
  expect(written).toMatchObject({ status: 'processing', rows: 4, truncated: true, written: true });
  const completed = afterSlice(written, { outcome: 'file complete' }, now);
  expect(completed).toMatchObject({ status: 'completed', completed_at: now.toISOString() });
  expect([search, written, completed].map(hasWork)).toEqual([true, true, false]);
});

test('a failed search has no result', () => {
  expect(failSearch({ ...search, rows: 3, file })).toMatchObject({ status: 'failed', rows: 0, file: null });
});

test('a result has no more messages than the limit, and says that there are more', () => {
  expect(fitting(['a', 'b', 'c'], { rows: 3, limit: 5 })).toEqual({ entries: ['a', 'b'], truncated: true });
  expect(fitting(['a', 'b'], { rows: 3, limit: 5 })).toEqual({ entries: ['a', 'b'], truncated: false });
  expect(fitting(['a'], { rows: 5, limit: 5 })).toEqual({ entries: [], truncated: true });
});

test('only matches are found', () => {
  const { found, truncated } = foundIn(search, [entry('a'), entry('b', 'failed'), entry('c')], 0);
  expect(found.map(({ message_id: id }) => id)).toEqual(['a', 'c']);
  expect(truncated).toBe(false);
});

test('the first slice begins with the header line', () => {
  expect(linesOf(shown(1), true)).toMatch(/^message_id,.*\r\n0,outbound,/);
  expect(linesOf(shown(1), false)).toMatch(/^0,outbound,/);
  expect(fileOf(search).key).toContain('search_1');
});

const at = (rows: number): Search => ({ ...search, rows });

test('messages are stored a thousand at a time', () => {
  expect([at(0), at(1_000)].map(openChunkKey)).toEqual([null, null]);
  expect(openChunkKey(at(1_001))).toBe('sms-searches/org_1001/search_1/00001.json');
  const { full, rest } = chunksOf(search, 2_100, shown(1_100));
  expect(full.map(({ key, entries }) => [key.slice(-10), entries.length])).toEqual([['00001.json', 1_000]]);
  expect([rest.key.slice(-10), rest.entries.length, rest.entries[0]?.message_id]).toEqual(['00002.json', 100, '1000']);
});
