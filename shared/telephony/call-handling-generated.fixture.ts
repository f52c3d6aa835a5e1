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

/** A date that differs from its weekday: a holiday, or a window of its own. */
const exceptionOn = (date: fc.Arbitrary<Date>) =>
  fc.tuple(date, fc.option(window, { freq: 1 })).map(([at, own]) => ({
    date: at.toISOString().slice(0, 10),
    ...(own === null ? { open: false } : { from: own.from, to: own.to }),
  }));

/** @param date of holidays, and of dates with hours of their own */
export const schedulesWith = (date: fc.Arbitrary<Date>): fc.Arbitrary<Schedule> =>
  fc
    .record({
      time_zone: fc.constantFrom('UTC', 'Europe/Stockholm', 'Asia/Kolkata', 'America/New_York'),
      weekly: fc.array(window, { maxLength: 3 }),
      dates: fc.uniqueArray(exceptionOn(date), { maxLength: 3, selector: (each) => each.date }),
      override: fc.constantFrom(null, null, 'open', 'closed'),
    })
    .map((fields) => Schedule.parse(fields));
