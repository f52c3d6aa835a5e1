import { storedResource } from '#contract/resource.ts';
import { stored } from '#contract/stored.ts';
import { calendarFields } from './holiday-calendar.ts';

export const holidayCalendar = stored('holidaycalendar', {
  noun: 'holiday calendar',
  description: 'Dial plans may ask whether a day is a holiday.',
  area: 'telephony',
  path: '/holidaycalendars',
  prefix: 'hcal',
  fields: calendarFields,
  limit: 1_000,
  owner: 'user',
  onUserDeleted: 'delete',
  onClosed: 'delete',
  example: {
    name: 'Bavaria',
    time_zone: 'Europe/Berlin',
    days: [{ date: '2026-12-25', name: 'Christmas' }],
  },
});

export const holidayCalendars = storedResource('holiday-calendars', holidayCalendar, { format: 'standard' });
