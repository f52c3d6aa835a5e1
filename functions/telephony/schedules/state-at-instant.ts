import * as z from 'zod';
import { Schedule, scheduleAt, scheduleStates } from '#telephony/schedule.ts';
import { Instant, Timestamp } from '#schema/values.ts';

/** Offsets of time zones are known, and whole minutes, in these years. */
const [firstYear, lastYear] = [2000, 2099];

/** The instant of a question. */
export const ScheduleInstant = Instant.refine(
  (time) => Number(time.slice(0, 4)) >= firstYear && Number(time.slice(0, 4)) <= lastYear,
  `must be in the years ${firstYear} to ${lastYear} (UTC)`,
);

export const StateAtInstant = z
  .object({
    state: z.enum(scheduleStates).describe('`holiday`: a date with `open: false`'),
    until: Timestamp.nullable().describe('The next instant at which the state changes; null: it never does by itself'),
  })
  .meta({ id: 'ScheduleStateAtInstant', example: { state: 'open', until: '2026-01-12T16:00:00.000Z' } });

/** The answer for a stored schedule. */
export function stateAtInstant(stored: object, time: Date): z.output<typeof StateAtInstant> {
  const { state, until } = scheduleAt(Schedule.parse(stored), time);
  return { state, until: until?.toISOString() ?? null };
}
