import { endpoint } from '#contract/endpoint.ts';
import { resource } from '#contract/resource.ts';
import { HolidaysAnswer, holidayQuery } from './holidays.ts';

export const getHolidays = endpoint('GET /holidays', {
  id: 'getHolidays',
  summary: 'Get the holidays of a country or region in a year',
  description:
    'A schedule takes them as `dates` with `open: false`. Which of them apply to an organization is for people to ' +
    'decide: days that follow the moon may be a day off, and new ones are announced within a year. The list is that ' +
    'of `date-holidays` (its data: CC BY-SA 3.0, from Wikipedia).',
  // The same for everybody.
  scope: 'any',
  query: holidayQuery,
  answers: { 200: HolidaysAnswer },
  errors: ['INVALID_PARAMETER'],
  effects: [],
});

export const holidays = resource('holidays', {
  area: 'telephony',
  format: 'standard',
  endpoints: [getHolidays],
});
