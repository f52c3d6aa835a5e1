import { describe, expect, test } from 'vitest';
import { CustomerInUrl, daysOf, isCallOf, isPastCall, presentPast } from './past-call.ts';

const now = Date.parse('2026-11-20T12:00:00.000Z');

describe('the days of a history', () => {
  test.each([
    [{}, '2026-10-22', '2026-11-21'],
    [{ start_date: '2026-11-20', end_date: '2026-11-20' }, '2026-11-20', '2026-11-21'],
    [{ end_date: '2026-01-31' }, '2026-01-02', '2026-02-01'],
    [{ start_date: '2026-11-01' }, '2026-11-01', '2026-11-21'],
    [{ start_date: '2026-08-21', end_date: '2026-11-20' }, '2026-08-21', '2026-11-21'],
  ])('%j', (query, first, after) => {
    expect(daysOf(query, now)).toEqual({ from: `${first}T00:00:00Z`, to: `${after}T00:00:00Z` });
  });

  test.each([
    [{ start_date: '2026-08-20', end_date: '2026-11-20' }, 'end_date must be less than 92 days after start_date'],
    [{ start_date: '2026-11-20', end_date: '2026-11-19' }, 'start_date must not be after end_date'],
  ])('%j is rejected', (query, message) => {
    expect(() => daysOf(query, now)).toThrow(message);
  });
});

test('other legs and voided calls are not in the history', () => {
  const isPast = isPastCall({ status: 'no-answer' });
  const cdr = { leg: 'a', disposition: 'NO ANSWER', rating_status: 'free' } as const;
  expect([
    isPast(cdr),
    isPast({ ...cdr, leg: 'b' }),
    isPast({ ...cdr, rating_status: 'void' }),
    isPast({ ...cdr, disposition: 'BUSY' }),
  ]).toEqual([true, false, false, false]);
});

test('a customer is an organization or a user', () => {
  expect(['1001', 'org_1001', 'usr_1'].map((text) => CustomerInUrl.parse(text))).toEqual([1_001, 1_001, 'usr_1']);
  expect(CustomerInUrl.safeParse('x').success).toBe(false);
});

test('a call of the past has seconds and a status in lower case', () => {
  const [start_time, end_time] = ['2026-01-01T10:00:00Z', '2026-01-01T10:02:00Z'];
  const cdr = { call_id: 'c1', caller: '+1', callee: '+2', direction: 'inbound', user_id: 'usr_2' } as const;
  const end = { disposition: 'ANSWERED', duration: 120 } as const;
  expect(presentPast({ ...cdr, ...end, start_time, end_time }, null)).toEqual({
    id: 'c1',
    source: '+1',
    destination: '+2',
    direction: 'inbound',
    user_id: 'usr_2',
    status: 'completed',
    duration: 120,
    start_time,
    end_time,
  });
});

test('a colleague who withholds its number is not named to the one who is called', () => {
  const [start_time, end_time] = ['2026-01-01T10:00:00Z', '2026-01-01T10:00:00Z'];
  const cdr = { call_id: 'c1', caller: 'anonymous', callee: '202', direction: 'internal', user_id: 'usr_1' } as const;
  const userFor = (reader: string | null) =>
    presentPast({ ...cdr, disposition: 'BUSY', duration: 0, start_time, end_time }, reader).user_id;
  expect([userFor('usr_2'), userFor('usr_1'), userFor(null)]).toEqual([null, 'usr_1', 'usr_1']);
});

test('the calls of a user are its own, and internal ones to its extension since it has that', () => {
  const isOwn = isCallOf({ id: 'usr_2', extension: { party: '202', since: '2026-01-01T10:00:00.500Z' } });
  const calls = [
    { user_id: 'usr_2', direction: 'outbound', start_time: '2025-01-01T10:00:00Z' },
    { user_id: 'usr_1', direction: 'internal', start_time: '2026-01-01T10:00:01Z' },
    { user_id: 'usr_1', direction: 'internal', start_time: '2026-01-01T09:59:59Z' },
    { user_id: null, direction: 'inbound', start_time: '2026-01-01T10:00:01Z' },
  ] as const;
  expect(calls.map(isOwn)).toEqual([true, true, false, false]);
  expect(calls.map(isCallOf({ id: 'usr_2', extension: null }))).toEqual([true, false, false, false]);
});
