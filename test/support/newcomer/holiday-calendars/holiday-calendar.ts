import * as z from 'zod';
import { Name } from '#schema/values.ts';

/** Days on which an organization does not work. */

const Holiday = z.object({
  date: z.iso.date().describe('Day, in the time zone of the calendar'),
  name: Name.describe('Name of the holiday'),
});

/** Fields of a calendar. */
export const calendarFields = {
  name: Name.describe('Name, unique in the organization'),
  time_zone: z
    .string()
    .max(64)
    .describe('IANA time zone, in which the days are meant')
    .meta({ example: 'Europe/Berlin' }),
  days: z.array(Holiday).max(400).default([]).describe('Days that are holidays'),
};

/** The holiday on a day (ISO 8601), if it is one. */
export const holidayOn = (days: readonly z.output<typeof Holiday>[], day: string) =>
  days.find(({ date }) => date === day);
