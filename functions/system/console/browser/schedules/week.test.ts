import { expect, test } from 'vitest';
import {
  comingDays,
  offeredDays,
  stateOf,
  type Holiday,
  weekOf,
  windowsAfter,
  windowsOf,
  windowText,
  withSpan,
} from './week.ts';

const office = [{ days: ['mo', 'tu'], from: '09:00', to: '17:15' }];

test.each([
  [office],
  [[]],
  [[{ days: ['fr', 'su'], from: '22:00', to: '02:00' }]],
  [[{ days: ['mo', 'tu', 'we', 'th', 'fr', 'sa', 'su'], from: '00:00', to: '24:00' }]],
  [
    [
      { days: ['mo'], from: '08:00', to: '12:00' },
      { days: ['mo'], from: '13:00', to: '17:00' },
    ],
  ],
])('windows are the same after they were shown: %j', (weekly) => {
  expect(windowsOf(weekOf(weekly))).toEqual(weekly);
});

test('a week that was not changed has the windows that it had', () => {
  // On a Friday that is a holiday, Saturday opens at midnight: one window past midnight would not.
  const saved = [
    { days: ['fr'], from: '22:00', to: '24:00' },
    { days: ['sa'], from: '00:00', to: '06:00' },
  ];
  expect(windowsAfter(saved, weekOf(saved))).toEqual(saved);
  const shorter = withSpan(weekOf(saved), 4, [1_320, 1_380], false);
  expect(windowsAfter(saved, shorter)).toEqual([{ days: ['fr'], from: '23:00', to: '06:00' }]);
});

test('windows that overlap are one', () => {
  const weekly = [...office, { days: ['mo'], from: '16:00', to: '18:00' }];
  expect(windowsOf(weekOf(weekly))).toEqual([
    { days: ['mo'], from: '09:00', to: '18:00' },
    { days: ['tu'], from: '09:00', to: '17:15' },
  ]);
});

test('a part of a day is open, closed, or open for some of it', () => {
  const week = weekOf(office);
  expect(stateOf(week, 0, [540, 570])).toBe('open');
  expect(stateOf(week, 0, [1_020, 1_050])).toBe('partly open');
  expect(stateOf(week, 2, [540, 570])).toBe('closed');
});

test('what is closed within a window leaves the parts before and after it, to the minute', () => {
  const week = withSpan(weekOf(office), 0, [720, 780], false);
  expect(windowsOf(week).map(windowText)).toEqual(['Mon 09:00–12:00', 'Mon 13:00–17:15', 'Tue 09:00–17:15']);
  expect(windowsOf(withSpan(week, 0, [720, 780], true))).toEqual(office);
});

test('the coming days are those of the week, but holidays and days with hours of their own', () => {
  const dates = [
    { date: '2026-12-01', name: 'Inventory', open: false },
    { date: '2026-12-02', from: '14:00', to: '16:00' },
    { date: '2026-12-02', from: '09:00', to: '12:00' },
  ];
  // A Monday.
  expect(comingDays(weekOf(office), dates, '2026-11-30', 4)).toEqual([
    { date: '2026-11-30', hours: '09:00–17:15', occasion: '' },
    { date: '2026-12-01', hours: 'closed', occasion: 'Inventory' },
    { date: '2026-12-02', hours: '09:00–12:00, 14:00–16:00', occasion: 'other hours' },
    { date: '2026-12-03', hours: 'closed', occasion: '' },
  ]);
});

const holiday = (date: string, name: string, type: Holiday['type'] = 'public'): Holiday => ({
  ...{ date, name, type },
  from: null,
});

test('a day with several holidays is offered once, by its public ones', () => {
  const holidays = [
    holiday('2027-05-01', 'Ascension Day'),
    holiday('2027-05-01', 'May Day'),
    holiday('2027-05-01', 'Day of the rhubarb', 'observance'),
    holiday('2027-05-09', 'Mother’s Day', 'observance'),
  ];
  expect(offeredDays(holidays, [], '2027-01-01')).toEqual([
    { date: '2027-05-01', name: 'Ascension Day, May Day', isPublic: true, isTaken: false },
    { date: '2027-05-09', name: 'Mother’s Day', isPublic: false, isTaken: false },
  ]);
});

test('days that are over are not offered, and those of the schedule are taken', () => {
  const holidays = [
    holiday('2028-01-01', 'New Year'),
    holiday('2027-01-01', 'New Year'),
    holiday('2027-01-06', 'Kings'),
  ];
  expect(offeredDays(holidays, [{ date: '2027-01-06', from: '09:00', to: '12:00' }], '2027-01-02')).toEqual([
    { date: '2027-01-06', name: 'Kings', isPublic: true, isTaken: true },
    { date: '2028-01-01', name: 'New Year', isPublic: true, isTaken: false },
  ]);
});

test('a name is as long as the API permits', () => {
  const holidays = ['a', 'b', 'c'].map((letter) => holiday('2027-01-01', letter.repeat(63)));
  expect(offeredDays(holidays, [], '2027-01-01')[0]?.name).toHaveLength(128);
});
