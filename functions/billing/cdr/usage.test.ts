import { expect, test } from 'vitest';
import { filedCdr } from './filed-cdr.fixture.ts';
import { UsageAnswer, usageHours, usageOf } from './usage.ts';

const at = (time: string): number => Date.parse(time);
const rated = { ...filedCdr.rating, status: 'rated', currency: 'USD', charge: '0.1560', billed_seconds: 120 } as const;
const call = (start_time: string, rating: object = {}) => ({
  ...{ start_time, disposition: 'ANSWERED', billable_seconds: 93 },
  rating: { ...rated, ...rating },
});
const unanswered = (start_time: string) => ({
  ...{ start_time, disposition: 'NO ANSWER', billable_seconds: 0 },
  rating: { ...rated, status: 'free', charge: '0.0000', billed_seconds: 0 },
});
type Sums = Parameters<typeof usageOf>[0];
const usage = (cdrs: readonly object[], timeZone: string, now: string) =>
  UsageAnswer.parse(usageOf(cdrs as Sums, { timeZone, now: at(now), isComplete: true }));

test('calls count in the hour and on the day of their start in the zone of the organization', () => {
  const calls = [call('2026-11-26T22:59:59Z'), call('2026-11-26T23:00:00Z'), unanswered('2026-11-26T23:59:59Z')];
  const { today, hours } = usage(calls, 'Europe/Berlin', '2026-11-27T08:30:00Z');
  expect(today).toBe('2026-11-27');
  expect(hours.filter(({ calls: count }) => count > 0)).toEqual([
    {
      ...{ start: '2026-11-26T22:00:00Z', day: '2026-11-26', calls: 1, answered: 1 },
      ...{ talk_seconds: 93, billed_seconds: 120, charges: [{ currency: 'USD', amount: '0.1560' }] },
    },
    {
      ...{ start: '2026-11-26T23:00:00Z', day: '2026-11-27', calls: 2, answered: 1 },
      ...{ talk_seconds: 93, billed_seconds: 120, charges: [{ currency: 'USD', amount: '0.1560' }] },
    },
  ]);
});

test('hours begin with those of the wall clock, also where it is at a quarter', () => {
  const { hours } = usage(
    [call('2026-11-27T08:14:59Z'), call('2026-11-27T08:15:00Z')],
    'Asia/Kathmandu',
    '2026-11-27T09:00:00Z',
  );
  expect(hours.slice(-2)).toMatchObject([
    { start: '2026-11-27T07:15:00Z', calls: 1 },
    { start: '2026-11-27T08:15:00Z', calls: 1 },
  ]);
});

test('charges are summed by their currency, and a voided call is none', () => {
  const calls = [
    call('2026-11-27T08:00:00Z'),
    call('2026-11-27T08:01:00Z', { charge: '0.0003' }),
    call('2026-11-27T08:02:00Z', { currency: 'EUR' }),
    call('2026-11-27T08:03:00Z', { status: 'void' }),
    call('2026-11-27T08:04:00Z', { status: 'unrated', currency: null, charge: '0.0000' }),
  ];
  expect(usage(calls, 'UTC', '2026-11-27T08:30:00Z').hours.at(-1)).toMatchObject({
    calls: 4,
    charges: [
      { currency: 'USD', amount: '0.1563' },
      { currency: 'EUR', amount: '0.1560' },
    ],
  });
});

test('24 hours are answered, and all of a day of 25', () => {
  expect(usageHours('Europe/Berlin', at('2026-11-27T08:30:00Z'))).toHaveLength(24);
  const long = usageHours('Europe/Berlin', at('2026-10-25T22:30:00Z'));
  expect(long).toHaveLength(25);
  expect(new Set(long.map(({ day }) => day))).toEqual(new Set(['2026-10-25']));
  expect(new Set(long.map(({ start }) => start)).size).toBe(25);
});
