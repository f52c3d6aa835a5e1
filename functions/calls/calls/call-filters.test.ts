import { expect, test } from 'vitest';
import { aCall } from '#schema/call.fixture.ts';
import { callFilters, matchesFilters } from './call-filters.ts';

test('a call matches all filters or is not listed', () => {
  const call = aCall({ status: 'answered' });
  const matching = { status: 'answered', number: '+46890510', user_id: 'usr_1', gateway: 'gw_1' } as const;
  expect(matchesFilters(matching)(call)).toBe(true);
  const others = [{ status: 'ringing' }, { number: '+46890511' }, { user_id: 'usr_2' }, { gateway: 'gw_2' }] as const;
  expect(others.map((other) => matchesFilters({ ...matching, ...other })(call))).toEqual([false, false, false, false]);
});

test('the number of a withheld caller matches none', () => {
  const call = aCall({ privacy: true, direction: 'inbound' });
  expect([matchesFilters({ number: '+4610100555' })(call), matchesFilters({ number: '+46890510' })(call)]).toEqual([
    false,
    true,
  ]);
});

test('a plus that a query string made a blank is a plus', () => {
  expect(callFilters.number.parse(' 46890510')).toBe('+46890510');
});
