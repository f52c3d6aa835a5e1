import { reads } from '#contract/effects.ts';
import { endpoint } from '#contract/endpoint.ts';
import { storedResource } from '#contract/resource.ts';
import { stored, withSave } from '#contract/stored.ts';
import { scheduleFields } from '#telephony/schedule.ts';
import { IdInUrl } from '#schema/values.ts';
import { calendarErrors } from './calendar-file.ts';
import { ScheduleInstant, StateAtInstant } from './state-at-instant.ts';

const plain = stored('schedule', {
  noun: 'schedule',
  area: 'telephony',
  path: '/schedules',
  prefix: 'sched',
  description:
    'A new schedule is JSON. A body of `text/calendar` (RFC 5545) replaces the `dates` of an existing schedule by ' +
    'the whole-day events of the file, from yesterday to five years from now. Their summaries become names. ' +
    'Cancelled events and those with a time of day have no effect; a warning counts the latter.\n\nEvents may recur ' +
    'on a date of each year or a weekday of a month (`FREQ=YEARLY;BYMONTH=11;BYDAY=4TH`), with `INTERVAL`, `COUNT`, ' +
    '`UNTIL`, `EXDATE` and `RECURRENCE-ID`. `INVALID_CALENDAR`: another recurrence, `RDATE`, no whole-day event, or ' +
    'more than 256 KiB, 1,000 events or 400 days.\n\nAn organization has at most 1,000 schedules.',
  fields: scheduleFields,
  hasLongLists: true,
  limit: 1_000,
  owner: 'organization',
  onClosed: 'delete',
  example: {
    name: 'Office',
    time_zone: 'Europe/Berlin',
    weekly: [{ days: ['mo', 'tu', 'we', 'th', 'fr'], from: '09:00', to: '17:00' }],
    dates: [
      { date: '2026-12-24', name: 'Christmas Eve', from: '09:00', to: '12:00' },
      { date: '2026-12-25', name: 'Christmas', open: false },
    ],
  },
});

export const schedule = withSave(plain, { bodyText: { types: ['text/calendar'] }, errors: ['INVALID_CALENDAR'] });

export const getScheduleState = endpoint('GET /schedules/{id}/at', {
  id: 'getScheduleState',
  summary: 'Get whether a schedule is open at an instant, and until when',
  scope: 'telephony:read',
  params: { id: IdInUrl.describe('Id of the schedule') },
  query: { time: ScheduleInstant.optional().describe('The instant, in the years 2000 to 2099; now by default') },
  answers: { 200: StateAtInstant },
  errors: [],
  effects: [reads('schedule')],
});

export const schedules = storedResource('schedules', schedule, {
  format: 'standard',
  errors: calendarErrors,
  endpoints: [getScheduleState],
});
