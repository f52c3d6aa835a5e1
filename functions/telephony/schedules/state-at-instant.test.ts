import { expect, test } from 'vitest';
import { ScheduleInstant, stateAtInstant } from './state-at-instant.ts';

const stored = {
  id: 'sched_1',
  name: 'Nights',
  time_zone: 'America/New_York',
  weekly: [{ days: ['fr'], from: '22:00', to: '06:00' }],
  dates: [],
  override: null,
  version: 3,
};

test('a stored schedule is answered with its state and its end in UTC', () => {
  expect(stateAtInstant(stored, new Date('2026-01-17T04:00:00Z'))).toEqual({
    state: 'open',
    until: '2026-01-17T11:00:00.000Z',
  });
  expect(stateAtInstant({ ...stored, override: 'closed' }, new Date('2026-01-17T04:00:00Z'))).toEqual({
    state: 'closed',
    until: null,
  });
});

test('an instant is of the years 2000 to 2099, in UTC', () => {
  const accepts = (time: string) => ScheduleInstant.safeParse(time).success;
  expect(accepts('2000-01-01T00:00:00Z')).toBe(true);
  expect(accepts('2000-01-01T00:30:00+01:00')).toBe(false);
  expect(accepts('2099-12-31T23:59:59.999Z')).toBe(true);
  expect(accepts('2099-12-31T23:59:59-01:00')).toBe(false);
});
