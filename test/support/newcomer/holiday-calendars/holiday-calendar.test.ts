import { expect, test } from 'vitest';
import { holidayOn } from './holiday-calendar.ts';

test('the holiday on a day is found by its date', () => {
  const christmas = { date: '2026-12-25', name: 'Christmas' };
  expect([holidayOn([christmas], '2026-12-25'), holidayOn([christmas], '2026-12-24')]).toEqual([christmas, undefined]);
});
