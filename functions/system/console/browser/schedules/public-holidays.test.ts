import { expect, test } from 'vitest';
import { offeredDays, type Holiday } from './public-holidays.ts';

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
