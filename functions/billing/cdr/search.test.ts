import * as fc from 'fast-check';
import * as z from 'zod';
import { describe, expect, test } from 'vitest';
import { day } from '#schema/time.ts';
import { hasMoreFilters, isWanted, isWantedWhole, rangeOf, searchQuery, searchKeyOf, type Filtered } from './search.ts';

const now = Date.parse('2026-11-20T12:00:00Z');
const search = (query: Record<string, string> = {}) => ({ ...z.object(searchQuery).parse(query), country: 'US' });

describe('the range', () => {
  test('is the last 24 hours by default, plus 5 minutes for clocks that are ahead', () => {
    expect(rangeOf(search(), now)).toEqual({ from: '2026-11-19T12:00:00Z', to: '2026-11-20T12:05:00Z' });
  });

  test('ends now without an end, and begins a day before its end without a start', () => {
    expect(rangeOf(search({ start: '2026-11-01T00:00:00Z' }), now)).toEqual({
      from: '2026-11-01T00:00:00Z',
      to: '2026-11-20T12:05:00Z',
    });
    expect(rangeOf(search({ end: '2026-11-02T00:00:00+01:00' }), now)).toEqual({
      from: '2026-10-31T23:00:00Z',
      to: '2026-11-01T23:00:00Z',
    });
  });

  test('of a batch is not limited, unless the request limits it', () => {
    expect(rangeOf(search({ batch_id: 'b1' }), now)).toEqual({ from: '0', to: '9' });
    expect(rangeOf(search({ batch_id: 'b1', start: '2026-11-20T00:00:00Z' }), now).from).toBe('2026-11-20T00:00:00Z');
  });

  test('is rounded up to whole seconds', () => {
    expect(rangeOf(search({ start: '2026-11-20T00:00:00.001Z', end: '2026-11-20T00:00:01Z' }), now)).toEqual({
      from: '2026-11-20T00:00:01Z',
      to: '2026-11-20T00:00:01Z',
    });
  });

  test.each([
    { start: '2026-11-20T00:00:01Z', end: '2026-11-20T00:00:00Z' },
    { start: '2026-01-01T00:00:00Z', end: '2026-04-04T00:00:00Z' },
    { start: '2026-08-01T00:00:00Z' },
  ])('%o is rejected', (query) => {
    expect(() => rangeOf(search(query), now)).toThrow(expect.objectContaining({ code: 'INVALID_PARAMETER' }));
  });

  test('may have 92 days', () => {
    expect(() => rangeOf(search({ start: '2026-01-01T00:00:00Z', end: '2026-04-03T00:00:00Z' }), now)).not.toThrow();
    expect(() => rangeOf(search({ start: new Date(now - 92 * day).toISOString() }), now)).not.toThrow();
  });
});

test('CDRs are read by the key that returns the fewest others', () => {
  const all = {
    call_id: 'c1',
    batch_id: 'b1',
    caller: '+14155550100',
    callee: '4155550101',
    number: ' 14155550102',
    user_id: 'usr_1',
    trunk_id: 't1',
    rating_status: 'unrated',
  };
  const without = (names: string[]) =>
    searchKeyOf(search(Object.fromEntries(Object.entries(all).filter(([name]) => !names.includes(name)))));
  const names = ['call_id', 'batch_id', 'caller', 'callee', 'number', 'user_id', 'trunk_id', 'rating_status'];
  expect(names.map((_name, at) => without(names.slice(0, at)))).toEqual([
    { by: 'call', value: 'c1' },
    { by: 'batch', value: 'b1' },
    { by: 'caller', value: '+14155550100' },
    { by: 'callee', value: '+14155550101' },
    { by: 'either party', value: '+14155550102' },
    { by: 'user', value: 'usr_1' },
    { by: 'trunk', value: 't1' },
    { by: 'unrated' },
  ]);
  expect(without(names)).toEqual({ by: 'time' });
});

test('a plus is one that the query string made a blank, also behind a mark of direction', () => {
  expect(search({ caller: '\u202a 46705550100\u202c', callee: ' 46705550101' })).toMatchObject({
    ...{ caller: '+46705550100\u202c', callee: '+46705550101' },
  });
});

const cdr: Filtered = {
  start_time: '2026-11-20T10:00:00Z',
  call_id: 'c1',
  caller_party: '+14155550100',
  callee_party: 'alice',
  trunk_id: 't1',
  user_id: null,
  batch_id: null,
  direction: 'outbound',
  disposition: 'NO ANSWER',
  duration: 60,
  rating_status: 'free',
};

test.each([
  [{}, true],
  [{ caller: '(415) 555-0100' }, true],
  [{ number: '+1 (1) 415 555\u200b0100' }, true],
  [{ caller: '+14155550101' }, false],
  [{ number: 'alice' }, true],
  [{ number: '4155550100' }, true],
  [{ number: 'bob' }, false],
  [{ callee: 'alice', trunk_id: 't1' }, true],
  [{ callee: 'alice', trunk_id: 't2' }, false],
  [{ user_id: 'usr_1' }, false],
  [{ disposition: 'no-answer' }, true],
  [{ disposition: 'BUSY' }, false],
  [{ disposition: 'BUSY,no-answer' }, true],
  [{ direction: 'inbound' }, false],
  [{ direction: 'inbound,outbound' }, true],
  [{ min_talk_seconds: '61' }, false],
  [{ rating_status: 'free', min_duration: '60' }, true],
  [{ min_duration: '61' }, false],
  [{ call_id: 'c2' }, false],
  [{ batch_id: 'b1' }, false],
])('whether the search %o matches: %s', (query, found) => {
  expect(isWanted(search(query))(cdr)).toBe(found);
});

test.each([
  [{ min_talk_seconds: '60' }, true],
  [{ min_talk_seconds: '61' }, false],
  [{ max_talk_seconds: '60' }, true],
  [{ max_talk_seconds: '59' }, false],
  [{ min_charge: '1.5' }, true],
  [{ min_charge: '1.5001' }, false],
  [{ recorded: 'true' }, true],
  [{ recorded: 'false' }, false],
])('whether a recorded call of 60 s and 1.5000 matches %o: %s', (query, found) => {
  const recorded = { billable_seconds: 60, rating: { charge: '1.5000' }, custom: { recording_id: 'file_1' } };
  expect(isWantedWhole(search(query))?.(recorded)).toBe(found);
});

test.each([null, {}, { blocked_by: 'policy' }])(
  'a call whose record names no recording is not recorded: %o',
  (custom) => {
    const cdr = { billable_seconds: 60, rating: { charge: '1.5000' }, custom };
    const found = ['true', 'false'].map((recorded) => isWantedWhole(search({ recorded }))?.(cdr));
    expect(found).toEqual([false, true]);
  },
);

test('a search by what pointers have needs no whole CDR', () => {
  expect(isWantedWhole(search({ min_duration: '60', disposition: 'BUSY' }))).toBeUndefined();
});

test('a search by every field of a CDR matches it', () => {
  const party = fc.constantFrom('+14155550100', 'alice', '*98', '+442079460000');
  const filtered = fc.record({
    ...Object.fromEntries(Object.entries(cdr).map(([name, value]) => [name, fc.constant(value)])),
    caller_party: party,
    callee_party: party,
    duration: fc.nat(1_000),
  }) as fc.Arbitrary<Filtered>;
  fc.assert(
    fc.property(filtered, (one) => {
      const query = search({
        caller: one.caller_party,
        callee: one.callee_party,
        call_id: one.call_id,
        trunk_id: one.trunk_id ?? '',
        disposition: one.disposition,
        direction: one.direction,
        min_duration: String(one.duration),
      });
      expect(isWanted(query)(one)).toBe(true);
      expect(isWanted(search({ number: one.callee_party }))(one)).toBe(true);
    }),
  );
});

test('a filter is checked unless the key serves it', () => {
  const more = (query: Record<string, string>): boolean => hasMoreFilters(search(query), searchKeyOf(search(query)));
  for (const query of [
    {},
    { trunk_id: 't1' },
    { number: '+14155550100' },
    { batch_id: 'b1' },
    { rating_status: 'unrated' },
    { user_id: 'usr_1', start: '2026-11-20T00:00:00Z' },
  ])
    expect(more(query)).toBe(false);
  for (const query of [
    { disposition: 'BUSY' },
    { trunk_id: 't1', batch_id: 'b1' },
    { rating_status: 'free' },
    { min_duration: '0' },
    { min_charge: '1' },
    { max_talk_seconds: '9' },
    { caller: '1', callee: '2' },
  ])
    expect(more(query)).toBe(true);
});
