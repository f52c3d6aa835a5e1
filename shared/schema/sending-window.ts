import * as z from 'zod';
import { TimeZone } from './values.ts';
import { windowDays } from './wall-clock.ts';

/** When SMS of category `marketing` may be sent (functions/messaging/README.md, "Sending window"). */

export const TimeOfDay = z.string().regex(/^(?:[01]\d|2[0-3]):[0-5]\d$/, 'must be a time of day such as 08:30');

/** `start` is inclusive, `end` exclusive. With `start` > `end` a window runs over midnight, from its first day. */
export const SendingWindow = z
  .object({
    start: TimeOfDay.describe('First minute of the window, `HH:MM`'),
    end: z
      .union([TimeOfDay, z.literal('24:00')], 'must be a time of day such as 21:00, or 24:00')
      .describe('Minute at which the window ends, up to `24:00`; before `start` it is on the next day'),
    days: z
      .array(z.enum(windowDays))
      .min(1)
      .max(7)
      .default([...windowDays])
      .describe('Days on which the window begins; every day by default'),
    timezone: z
      .union([z.literal('recipient'), TimeZone], 'must be recipient or an IANA time zone such as Europe/Berlin')
      .default('recipient')
      .describe("Zone of the times: an IANA zone, or `recipient` for every zone of the recipient's country"),
  })
  .refine((window) => window.start !== window.end, { path: ['end'], message: 'must differ from start' })
  .meta({
    example: { start: '08:00', end: '21:00', days: ['mon', 'tue', 'wed', 'thu', 'fri'], timezone: 'recipient' },
  });
export type SendingWindow = z.output<typeof SendingWindow>;
