import { expect, test } from 'vitest';
import { agreesWithWalks } from './schedule.fixture.ts';
import { Schedule, scheduleAt, scheduleState } from './schedule.ts';

const schedule = (more: object = {}): Schedule =>
  Schedule.parse({
    time_zone: 'Europe/Berlin',
    weekly: [{ days: ['mo', 'tu', 'we', 'th', 'fr'], from: '09:00', to: '17:00' }],
    ...more,
  });

/** State and end, as the API answers them. */
function stateAt(of: Schedule, at: string): string {
  const { state, until } = scheduleAt(of, new Date(at));
  return `${state} until ${until?.toISOString().slice(0, 16) ?? 'ever'}`;
}

test('a window begins with its first minute and ends before its last', () => {
  // Monday, in winter: an hour ahead of UTC.
  expect(stateAt(schedule(), '2026-01-12T07:59:59.999Z')).toBe('closed until 2026-01-12T08:00');
  expect(stateAt(schedule(), '2026-01-12T08:00:00Z')).toBe('open until 2026-01-12T16:00');
  expect(stateAt(schedule(), '2026-01-12T15:59:59.999Z')).toBe('open until 2026-01-12T16:00');
  expect(stateAt(schedule(), '2026-01-16T16:00:00Z')).toBe('closed until 2026-01-19T08:00');
});

test('windows that touch are one, and 24:00 is the next midnight', () => {
  const weekly = [
    { days: ['mo'], from: '20:00', to: '24:00' },
    { days: ['tu'], from: '00:00', to: '08:00' },
  ];
  expect(stateAt(schedule({ weekly, time_zone: 'UTC' }), '2026-01-12T21:00:00Z')).toBe('open until 2026-01-13T08:00');
});

test('a window whose end is before its begin runs past midnight, also into a day of the week without one', () => {
  const night = schedule({ weekly: [{ days: ['fr'], from: '22:00', to: '06:00' }], time_zone: 'UTC' });
  expect(stateAt(night, '2026-01-16T23:00:00Z')).toBe('open until 2026-01-17T06:00');
  expect(stateAt(night, '2026-01-17T05:59:00Z')).toBe('open until 2026-01-17T06:00');
  expect(stateAt(night, '2026-01-16T05:59:00Z')).toBe('closed until 2026-01-16T22:00');
});

test('a holiday is closed from midnight to midnight, also to a window of the day before', () => {
  const dates = [{ date: '2026-01-13', name: 'Holiday', open: false }];
  const nights = schedule({ weekly: [{ days: ['mo'], from: '22:00', to: '06:00' }], dates, time_zone: 'UTC' });
  expect(stateAt(nights, '2026-01-12T23:00:00Z')).toBe('open until 2026-01-13T00:00');
  expect(stateAt(schedule({ dates }), '2026-01-13T11:00:00Z')).toBe('holiday until 2026-01-13T23:00');
});

test('a date with windows has them in place of those of the week, and ends none of the day before', () => {
  const weekly = [{ days: ['mo', 'tu'], from: '22:00', to: '06:00' }];
  const dates = [
    { date: '2026-01-13', from: '10:00', to: '12:00' },
    { date: '2026-01-13', from: '13:00', to: '14:00' },
  ];
  const special = schedule({ weekly, dates, time_zone: 'UTC' });
  expect(stateAt(special, '2026-01-13T05:00:00Z')).toBe('open until 2026-01-13T06:00');
  expect(stateAt(special, '2026-01-13T11:00:00Z')).toBe('open until 2026-01-13T12:00');
  expect(stateAt(special, '2026-01-13T12:30:00Z')).toBe('closed until 2026-01-13T13:00');
  expect(stateAt(special, '2026-01-13T23:00:00Z')).toBe('closed until 2026-01-19T22:00');
});

test('an hour that the clock skips is in no window, and one that it repeats is in it twice', () => {
  // Berlin: 29 March 2026 02:00 becomes 03:00; 25 October 2026 03:00 becomes 02:00.
  const night = schedule({ weekly: [{ days: ['su'], from: '01:30', to: '02:30' }] });
  expect(stateAt(night, '2026-03-29T00:45:00Z')).toBe('open until 2026-03-29T01:00');
  expect(stateAt(night, '2026-03-29T01:00:00Z')).toBe('closed until 2026-04-04T23:30');
  expect(stateAt(night, '2026-10-25T00:00:00Z')).toBe('open until 2026-10-25T00:30');
  expect(stateAt(night, '2026-10-25T00:45:00Z')).toBe('closed until 2026-10-25T01:00');
  expect(stateAt(night, '2026-10-25T01:00:00Z')).toBe('open until 2026-10-25T01:30');
});

test('a day of 23 or of 25 hours is open for as long', () => {
  const sundays = schedule({ weekly: [{ days: ['su'], from: '00:00', to: '24:00' }] });
  const hours = (at: string) => {
    const opens = scheduleAt(sundays, new Date(at)).until ?? new Date(0);
    return ((scheduleAt(sundays, opens).until ?? opens).getTime() - opens.getTime()) / 3_600_000;
  };
  expect([hours('2026-03-28T12:00:00Z'), hours('2026-10-24T12:00:00Z'), hours('2026-05-02T12:00:00Z')]).toEqual([
    23, 25, 24,
  ]);
});

test('an override decides at every instant, and does not end by itself', () => {
  expect(stateAt(schedule({ override: 'open' }), '2026-01-11T12:00:00Z')).toBe('open until ever');
  const dates = [{ date: '2026-01-12', open: false }];
  expect(stateAt(schedule({ override: 'closed', dates }), '2026-01-12T12:00:00Z')).toBe('closed until ever');
});

test('a schedule that never changes ends never, and one that changes in 40 years says when', () => {
  expect(stateAt(schedule({ weekly: [] }), '2026-01-12T12:00:00Z')).toBe('closed until ever');
  const always = [{ days: ['mo', 'tu', 'we', 'th', 'fr', 'sa', 'su'], from: '00:00', to: '24:00' }];
  expect(stateAt(schedule({ weekly: always }), '2026-01-12T12:00:00Z')).toBe('open until ever');
  const dates = [
    { date: '2026-03-01', from: '00:00', to: '24:00' },
    { date: '2066-02-01', open: false },
  ];
  expect(stateAt(schedule({ weekly: always, dates, time_zone: 'UTC' }), '2026-01-12T12:00:00Z')).toBe(
    'open until 2066-02-01T00:00',
  );
  expect(stateAt(schedule({ weekly: always, dates, time_zone: 'UTC' }), '2066-02-01T12:00:00Z')).toBe(
    'holiday until 2066-02-02T00:00',
  );
});

test('entries that change nothing for weeks do not hide that the week changes after them', () => {
  const weekly = [{ days: ['mo', 'tu', 'we', 'th', 'sa', 'su'], from: '00:00', to: '24:00' }];
  const fridays = Array.from({ length: 8 }, (_, week) => new Date(Date.UTC(2026, 0, 16 + 7 * week)).toISOString());
  const dates = fridays.map((friday) => ({ date: friday.slice(0, 10), from: '00:00', to: '24:00' }));
  expect(stateAt(schedule({ weekly, dates, time_zone: 'UTC' }), '2026-01-12T12:00:00Z')).toBe(
    'open until 2026-03-13T00:00',
  );
});

test('holidays in a row are one, and the week goes on after them', () => {
  const dates = Array.from({ length: 31 }, (_, index) => ({
    date: `2026-01-${String(index + 1).padStart(2, '0')}`,
    open: false,
  }));
  expect(stateAt(schedule({ dates }), '2026-01-01T12:00:00Z')).toBe('holiday until 2026-01-31T23:00');
  const withoutWeek = schedule({ dates, weekly: [] });
  expect(stateAt(withoutWeek, '2025-06-01T12:00:00Z')).toBe('closed until 2025-12-31T23:00');
});

test.each([
  [{ weekly: [{ days: ['mo'], from: '09:00', to: '09:00' }] }, ['weekly', 0, 'to']],
  [{ weekly: [{ days: [], from: '09:00', to: '17:00' }] }, ['weekly', 0, 'days']],
  [{ weekly: [{ days: ['mon'], from: '09:00', to: '17:00' }] }, ['weekly', 0, 'days', 0]],
  [{ weekly: [{ days: ['mo'], from: '24:00', to: '17:00' }] }, ['weekly', 0, 'from']],
  [{ time_zone: 'Europe/Atlantis' }, ['time_zone']],
  [{ dates: [{ date: '2026-02-30', open: false }] }, ['dates', 0, 'date']],
  [{ dates: [{ date: '2026-02-03' }] }, ['dates', 0]],
  [{ dates: [{ date: '2026-02-03', from: '09:00' }] }, ['dates', 0]],
  [{ dates: [{ date: '2026-02-03', open: false, from: '09:00', to: '10:00' }] }, ['dates', 0]],
  [{ dates: [{ date: '2026-02-03', from: '09:00', to: '09:00' }] }, ['dates', 0, 'to']],
  [
    {
      dates: [
        { date: '2026-02-03', from: '09:00', to: '10:00' },
        { date: '2026-02-03', open: false },
      ],
    },
    ['dates', 1, 'date'],
  ],
  [{ override: 'holiday' }, ['override']],
])('%j is rejected with its path', (more, path) => {
  const { error } = Schedule.safeParse({ time_zone: 'UTC', ...more });
  expect(error?.issues.map((issue) => issue.path)).toContainEqual(path);
});

test('at any instant of ten years a schedule agrees with a walk over what the wall clock shows', () => {
  agreesWithWalks(600);
});

test('the state alone is that of the state with its end', () => {
  const at = new Date('2026-01-12T12:00:00Z');
  expect(scheduleState(schedule(), at)).toBe(scheduleAt(schedule(), at).state);
});
