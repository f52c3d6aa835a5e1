import { reads } from '#contract/effects.ts';
import { endpoint } from '#contract/endpoint.ts';
import { storedResource } from '#contract/resource.ts';
import { stored } from '#contract/stored.ts';
import { scheduleFields } from '#telephony/schedule.ts';
import { IdInUrl } from '#schema/values.ts';
import { calendarErrors } from './calendar-file.ts';
import { ScheduleInstant, StateAtInstant } from './state-at-instant.ts';

export const schedule = stored('schedule', {
  noun: 'schedule',
  area: 'telephony',
  path: '/schedules',
  prefix: 'sched',
  description:
    'A body of `text/calendar` replaces the `dates` of an existing schedule by the whole-day events of the file, ' +
    'from yesterday to five years from now.',
  fields: scheduleFields,
  bodyText: { type: 'text/calendar', errors: ['INVALID_CALENDAR'] },
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

export const getScheduleState = endpoint('GET /schedules/{id}/at', {
  id: 'getScheduleState',
  summary: 'Get whether a schedule is open at an instant, and until when',
  scope: 'telephony:read',
  params: { id: IdInUrl.describe('Id of the schedule') },
  query: { time: ScheduleInstant.optional().describe('The instant; now by default') },
  answers: { 200: StateAtInstant },
  errors: [],
  effects: [reads('schedule')],
});

export const schedules = storedResource('schedules', schedule, {
  format: 'standard',
  errors: calendarErrors,
  endpoints: [getScheduleState],
});
