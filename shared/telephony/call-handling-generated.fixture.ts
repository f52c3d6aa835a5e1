import fc from 'fast-check';
import { minute } from '../schema/time.ts';
import { Schedule, scheduleDays } from './schedule.ts';

/** Generated schedules, which the oracle of call handling can read. */

const time = fc
  .integer({ min: 0, max: 1_439 })
  .map((minutes) => new Date(minutes * minute).toISOString().slice(11, 16));

const window = fc
  .record({ days: fc.subarray([...scheduleDays], { minLength: 1 }), from: time, to: time })
  .filter(({ from, to }) => from !== to);

/** @param date of a holiday, beside which no window runs past midnight */
export const schedulesWith = (date: fc.Arbitrary<Date>): fc.Arbitrary<Schedule> =>
  fc
    .record({
      time_zone: fc.constantFrom('UTC', 'Europe/Stockholm', 'Asia/Kolkata', 'America/New_York'),
      weekly: fc.array(window, { maxLength: 3 }),
      holiday: fc.option(date),
      override: fc.constantFrom(null, null, 'open', 'closed'),
    })
    .map(({ holiday, weekly, ...fields }) =>
      Schedule.parse({
        ...fields,
        dates: holiday === null ? [] : [{ date: holiday.toISOString().slice(0, 10), open: false }],
        weekly: holiday === null ? weekly : weekly.filter(({ from, to }) => from < to),
      }),
    );
