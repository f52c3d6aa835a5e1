import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { Schedule } from '#telephony/schedule.ts';
import { codeOf } from '#test/support/errors.fixture.ts';
import { datesChange } from './calendar-file.ts';

const now = new Date('2026-01-12T12:00:00Z');

const calendar = (...lines: readonly string[]): string =>
  ['BEGIN:VCALENDAR', 'VERSION:2.0', 'PRODID:-//test//EN', ...lines, 'END:VCALENDAR', ''].join('\r\n');

let uid = 0;
const event = (...lines: readonly string[]): string =>
  ['BEGIN:VEVENT', `UID:${(uid += 1)}`, 'DTSTAMP:20260101T000000Z', ...lines, 'END:VEVENT'].join('\r\n');

/** `2026-12-25 Christmas`. */
const datesOf = (...events: readonly string[]): string[] =>
  datesChange(calendar(...events), now).fields.dates.map(({ date, name }) => `${date} ${name}`);

test('each day of a whole-day event is a holiday with its name, until the day before its end', () => {
  expect(
    datesOf(
      event('DTSTART;VALUE=DATE:20261225', 'DTEND;VALUE=DATE:20261227', 'SUMMARY:Christmas\\, both days'),
      event('DTSTART;VALUE=DATE:20260501', 'SUMMARY:Labour Day'),
      event('DTSTART;VALUE=DATE:20260601', 'DURATION:P2D', 'SUMMARY:Works outing'),
    ),
  ).toEqual([
    '2026-05-01 Labour Day',
    '2026-06-01 Works outing',
    '2026-06-02 Works outing',
    '2026-12-25 Christmas, both days',
    '2026-12-26 Christmas, both days',
  ]);
});

test('the dates are those of a schedule', () => {
  const { fields } = datesChange(calendar(event('DTSTART;VALUE=DATE:20261225', 'SUMMARY:Christmas')), now);
  expect(Schedule.parse({ time_zone: 'UTC', ...fields }).dates).toEqual([
    { date: '2026-12-25', name: 'Christmas', open: false },
  ]);
});

test('days before yesterday and behind five years are left out', () => {
  expect(
    datesOf(
      event('DTSTART;VALUE=DATE:20260109', 'DTEND;VALUE=DATE:20260112', 'SUMMARY:Fair'),
      event('DTSTART;VALUE=DATE:20310601', 'SUMMARY:Later'),
    ),
  ).toEqual(['2026-01-11 Fair']);
});

test('a date of every year recurs, the 29th of February in leap years', () => {
  expect(datesOf(event('DTSTART;VALUE=DATE:20001225', 'RRULE:FREQ=YEARLY', 'SUMMARY:Christmas'))).toEqual(
    ['2026', '2027', '2028', '2029', '2030'].map((year) => `${year}-12-25 Christmas`),
  );
  expect(datesOf(event('DTSTART;VALUE=DATE:20000229', 'RRULE:FREQ=YEARLY', 'SUMMARY:Leap'))).toEqual([
    '2028-02-29 Leap',
  ]);
  expect(
    datesOf(event('DTSTART;VALUE=DATE:20200106', 'RRULE:FREQ=YEARLY;BYMONTH=1;BYMONTHDAY=6;COUNT=8', 'SUMMARY:E')),
  ).toEqual(['2027-01-06 E']);
  expect(
    datesOf(event('DTSTART;VALUE=DATE:20200301', 'RRULE:FREQ=YEARLY;INTERVAL=4;UNTIL=20280301', 'SUMMARY:Vote')),
  ).toEqual(['2028-03-01 Vote']);
});

test('a weekday of a month recurs, counted from its begin or from its end', () => {
  expect(
    datesOf(
      event('DTSTART;VALUE=DATE:20101125', 'RRULE:FREQ=YEARLY;BYMONTH=11;BYDAY=4TH;UNTIL=20281231', 'SUMMARY:Thanks'),
    ),
  ).toEqual(['2026-11-26 Thanks', '2027-11-25 Thanks', '2028-11-23 Thanks']);
  expect(
    datesOf(
      event('DTSTART;VALUE=DATE:20100531', 'RRULE:FREQ=YEARLY;BYMONTH=5;BYDAY=-1MO;UNTIL=20281231', 'SUMMARY:Memorial'),
    ),
  ).toEqual(['2026-05-25 Memorial', '2027-05-31 Memorial', '2028-05-29 Memorial']);
});

test('a recurrence has exceptions, and days that another event of its UID replaces', () => {
  const text = calendar(
    'BEGIN:VEVENT\r\nUID:one\r\nDTSTART;VALUE=DATE:20201225\r\nRRULE:FREQ=YEARLY;UNTIL=20281231\r\nSUMMARY:Closed',
    'EXDATE;VALUE=DATE:20261225,20201225\r\nEND:VEVENT',
    'BEGIN:VEVENT\r\nUID:one\r\nRECURRENCE-ID;VALUE=DATE:20271225\r\nDTSTART;VALUE=DATE:20271227\r\nSUMMARY:Moved',
    'END:VEVENT',
  );
  expect(datesChange(text, now).fields.dates.map(({ date }) => date)).toEqual(['2027-12-27', '2028-12-25']);
});

test('cancelled events are none, and events with a time of day have no effect, which the answer says', () => {
  const text = calendar(
    event('DTSTART;VALUE=DATE:20261225', 'SUMMARY:Christmas'),
    event('DTSTART;VALUE=DATE:20261226', 'SUMMARY:Off', 'STATUS:CANCELLED'),
    event('DTSTART:20261224T120000Z', 'SUMMARY:Party', 'RRULE:FREQ=SECONDLY'),
  );
  const { fields, warnings } = datesChange(text, now);
  expect(fields.dates.map(({ date }) => date)).toEqual(['2026-12-25']);
  expect(warnings).toEqual(['1 of 3 events have a time of day and no effect']);
});

test('lines are unfolded, small letters and other ends of lines accepted, alarms and texts skipped', () => {
  const text =
    '\uFEFFbegin:vcalendar\nBEGIN:VEVENT\nuid:1\nDtstart;VALUE=DATE:20261225\nSUMMARY:Christ\n mas\n' +
    'DESCRIPTION:BEGIN:VALARM\nBEGIN:VALARM\nTRIGGER:-PT5M\nSUMMARY:Alarm\nEND:VALARM\nEND:VEVENT\nend:vcalendar';
  expect(datesChange(text, now).fields.dates).toEqual([{ date: '2026-12-25', name: 'Christmas', open: false }]);
});

test('an occurrence that is moved to a time of day is no holiday', () => {
  const text = calendar(
    'BEGIN:VEVENT\r\nUID:one\r\nDTSTART;VALUE=DATE:20201225\r\nRRULE:FREQ=YEARLY;UNTIL=20271231\r\nEND:VEVENT',
    'BEGIN:VEVENT\r\nUID:one\r\nRECURRENCE-ID;VALUE=DATE:20271225\r\nDTSTART;TZID="A:B":20271225T090000\r\nEND:VEVENT',
  );
  expect(datesChange(text, now).fields.dates).toEqual([{ date: '2026-12-25', open: false }]);
});

test('a name has no invisible characters and is cut', () => {
  const [long] = datesOf(event('DTSTART;VALUE=DATE:20261225', `SUMMARY:\u202Egpj ${'x'.repeat(200)}`));
  expect(long).toBe(`2026-12-25 gpj ${'x'.repeat(123)}`);
});

test.each([
  ['text', 'Closed at Christmas'],
  ['another component', 'BEGIN:VCARD\r\nEND:VCARD'],
  ['a file that ends early', 'BEGIN:VCALENDAR\r\nBEGIN:VEVENT'],
  ['ends that cross', 'BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nEND:VCALENDAR\r\nEND:VEVENT'],
  ['no event', calendar()],
  ['timed events only', calendar(event('DTSTART:20261224T120000Z', 'SUMMARY:Party'))],
  ['no start', calendar(event('SUMMARY:Christmas'))],
  ['a day that does not exist', calendar(event('DTSTART;VALUE=DATE:2026XX25', 'SUMMARY:Christmas'))],
  ['a recurrence each day', calendar(event('DTSTART;VALUE=DATE:20261225', 'RRULE:FREQ=DAILY'))],
  ['a weekday of every month', calendar(event('DTSTART;VALUE=DATE:20261225', 'RRULE:FREQ=YEARLY;BYDAY=1MO'))],
  ['an unknown part', calendar(event('DTSTART;VALUE=DATE:20261225', 'RRULE:FREQ=YEARLY;BYSETPOS=1;BYMONTH=1'))],
  ['an interval of 0', calendar(event('DTSTART;VALUE=DATE:20261225', 'RRULE:FREQ=YEARLY;INTERVAL=0'))],
  ['a recurrence of ages', calendar(event('DTSTART;VALUE=DATE:18991225', 'RRULE:FREQ=YEARLY'))],
  ['RDATE', calendar(event('DTSTART;VALUE=DATE:20261225', 'RDATE;VALUE=DATE:20261226'))],
  ['more days than fit', calendar(event('DTSTART;VALUE=DATE:20260101', 'DTEND;VALUE=DATE:20280101'))],
  ['more events than are read', calendar(...Array.from({ length: 1_001 }, () => event('DTSTART;VALUE=DATE:20261225')))],
  ['a long event', calendar(event('DTSTART;VALUE=DATE:20261225', `SUMMARY:${'x'.repeat(9_000)}`))],
  ['a long file', calendar(`X-TEXT:${'x'.repeat(300_000)}`)],
])('%s is INVALID_CALENDAR', (_name, text) => {
  expect(codeOf(() => datesChange(text, now))).toBe('INVALID_CALENDAR');
});

test('any text gives dates of a schedule, or INVALID_CALENDAR', () => {
  const words = fc.constantFrom(
    ...['BEGIN:VEVENT', 'END:VEVENT', 'BEGIN:VALARM', 'END:VALARM', 'BEGIN:VCALENDAR', 'END:VCALENDAR', 'DTSTART:'],
    ...['DTSTART;VALUE=DATE:', 'DTEND;VALUE=DATE:', 'DTSTART;TZID=Nowhere/City:', '20261225', '2026', 'T120000', ';='],
    ...[
      'RRULE:',
      'FREQ=YEARLY',
      ';BYDAY=',
      '4TH',
      '-1',
      ';COUNT=',
      '\r\n',
      '\r\n',
      '\r\n',
      '\n ',
      'SUMMARY:',
      '"',
      ':',
    ],
    ...['EXDATE:', 'DURATION:', 'P1D', 'RECURRENCE-ID;VALUE=DATE:', 'STATUS:CANCELLED', '__proto__', 'X-A:', '\u0000'],
  );
  const inside = fc.array(fc.oneof(words, fc.string({ maxLength: 5 })), { maxLength: 30 }).map((all) => all.join(''));
  const files = fc.oneof(
    inside,
    inside.map((lines) => calendar(event('DTSTART;VALUE=DATE:20261225', lines))),
  );
  fc.assert(
    fc.property(files, (text) => {
      const code = codeOf(() => datesChange(text, now));
      expect([null, 'INVALID_CALENDAR']).toContain(code);
      if (code === null) Schedule.parse({ time_zone: 'UTC', ...datesChange(text, now).fields });
    }),
    { numRuns: 2_000 },
  );
});
