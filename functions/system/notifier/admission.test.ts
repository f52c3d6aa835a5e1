import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DateTime } from 'luxon';
import { hour, minute } from '#schema/time.ts';
import {
  admitNotices,
  endHeld,
  isDue,
  maxCounts,
  nextRelease,
  otherRules,
  postpone,
  quietUntil,
  releaseKept,
  releaseTime,
  type NoticeState,
  type Terms,
} from './admission.ts';

const now = new Date('2026-11-20T10:20:00.000Z');
const morning = new Date('2026-11-21T06:00:00.000Z');
const awake: Terms = { cap: 3, quietUntil: undefined, release: new Date('2026-11-20T11:00:00.000Z'), now };
const asleep: Terms = { cap: 3, quietUntil: morning, release: morning, now };
const notices = (count: number, rule = 'rule_1', isCritical = false) =>
  Array.from({ length: count }, () => ({ rule, isCritical, isEmergency: false }));
const admit = (count: number, terms: Terms, before?: NoticeState) => admitNotices(before, notices(count), terms);

describe('a notice', () => {
  test('is sent until the hour has as many as it may have, then counted until its end', () => {
    const { outcomes, after } = admit(5, awake);
    expect(outcomes).toEqual(['send', 'send', 'send', 'count', 'count']);
    expect(after).toMatchObject({
      sent: 3,
      held: { until: '2026-11-20T11:00:00.000Z', counted: 2, counts: { rule_1: 2 }, kept: 0 },
    });
  });

  test('in quiet hours is kept, and counted beyond the limit of an hour', () => {
    const { outcomes, after } = admit(5, asleep);
    expect(outcomes).toEqual(['keep', 'keep', 'keep', 'count', 'count']);
    expect(after).toMatchObject({ sent: 0, held: { until: morning.toISOString(), kept: 3, counted: 2 } });
  });

  test('of a critical event is sent in quiet hours too, within the limit', () => {
    const { outcomes } = admitNotices(undefined, notices(4, 'rule_1', true), asleep);
    expect(outcomes).toEqual(['send', 'send', 'send', 'count']);
  });

  test('of an emergency call is sent at once, in quiet hours and beyond the limit too', () => {
    const emergency = { rule: 'rule_1', isCritical: true, isEmergency: true };
    expect(admitNotices(undefined, Array(5).fill(emergency), asleep).outcomes).toEqual(Array(5).fill('send'));
    expect(admit(1, awake, admitNotices(undefined, Array(5).fill(emergency), awake).after).outcomes).toEqual(['count']);
  });

  test('of the next hour finds the whole limit', () => {
    const { after } = admit(3, awake);
    const later = { ...awake, now: new Date(now.getTime() + hour) };
    expect(admit(1, later, after).outcomes).toEqual(['send']);
    expect(admit(1, awake, after).outcomes).toEqual(['count']);
  });
});

test('the counts of a digest have a bounded number of rules, and lose no notice', () => {
  const wanted = Array.from({ length: 500 }, (_notice, at) => ({
    ...{ rule: `rule_${at % 200}`, isCritical: false, isEmergency: false },
  }));
  const { after } = admitNotices(undefined, wanted, { ...awake, cap: 1 });
  const counts = after.held?.counts ?? {};
  expect(Object.keys(counts)).toHaveLength(maxCounts + 1);
  expect(counts[otherRules]).toBeGreaterThan(1);
  expect(Object.values(counts).reduce((sum, count) => sum + count, 0)).toBe(499);
});

test('an id that every object has is counted as any other', () => {
  const { after } = admitNotices(undefined, notices(2, 'constructor'), { ...awake, cap: 1 });
  expect(after.held?.counts).toEqual({ constructor: 1 });
});

describe('what is held back', () => {
  const { after: held } = admit(5, asleep);
  const atMorning = { ...awake, now: morning };

  test('waits for its time, and longer if that is quiet again', () => {
    expect([isDue(held, now), nextRelease(held, asleep)]).toEqual([false, 'nothing']);
    const quietAgain = { ...asleep, now: morning, quietUntil: new Date('2026-11-21T08:00:00.000Z') };
    expect(nextRelease(held, quietAgain)).toBe('wait');
    const later = postpone(held, quietAgain.quietUntil);
    expect(later.held).toMatchObject({ until: '2026-11-21T08:00:00.000Z', kept: 3, counted: 2 });
    expect(nextRelease(later, atMorning)).toBe('nothing');
  });

  test('is sent one by one within the limit, then as one digest', () => {
    expect(nextRelease(held, atMorning)).toBe('kept');
    const { outcomes, after } = releaseKept(held, ['rule_1', 'rule_1'], atMorning);
    expect([outcomes, after.held?.kept]).toEqual([['send', 'send'], 1]);
    const last = releaseKept(after, ['rule_2'], { ...atMorning, cap: 2 });
    expect(last.outcomes).toEqual(['count']);
    expect(last.after.held).toMatchObject({ kept: 0, counted: 3, counts: { rule_1: 2, rule_2: 1 } });
    expect(nextRelease(last.after, atMorning)).toBe('digest');
    expect(nextRelease(endHeld(last.after), atMorning)).toBe('nothing');
  });

  test('has no notice of a rule that is gone', () => {
    const { outcomes, after } = releaseKept(held, [null, 'rule_1'], atMorning);
    expect([outcomes, after.sent]).toEqual([['drop', 'send'], 1]);
  });

  test('has no kept notices when none is found', () => {
    expect(nextRelease(releaseKept(held, [], atMorning).after, atMorning)).toBe('digest');
  });
});

test('whatever comes when, each notice is sent, kept or counted, and an hour has no more than its limit', () => {
  const step = fc.record({ minutes: fc.nat({ max: 90 }), count: fc.nat({ max: 8 }), isQuiet: fc.boolean() });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), fc.integer({ min: 1, max: 5 }), (steps, cap) => {
      let state: NoticeState | undefined;
      let at = now.getTime();
      let wanted = 0;
      let sent = 0;
      const perHour = new Map<number, number>();
      for (const { minutes, count, isQuiet } of steps) {
        at += minutes * 60_000;
        const release = new Date((Math.floor(at / hour) + 1) * hour);
        const terms = { cap, now: new Date(at), release, quietUntil: isQuiet ? release : undefined };
        const { outcomes, after } = admit(count, terms, state);
        const number = outcomes.filter((outcome) => outcome === 'send').length;
        perHour.set(Math.floor(at / hour), (perHour.get(Math.floor(at / hour)) ?? 0) + number);
        [state, wanted, sent] = [after, wanted + count, sent + number];
      }
      expect(sent + (state?.held?.kept ?? 0) + (state?.held?.counted ?? 0)).toBe(wanted);
      expect(Math.max(0, ...perHour.values())).toBeLessThanOrEqual(cap);
      expect(state?.held?.kept ?? 0).toBeLessThanOrEqual(cap);
    }),
  );
});

const organization = { timezone: 'Europe/Berlin' };
const hours = (start: string, end: string, timezone: string | null = null) => ({
  quiet_hours: { enabled: true, start, end, timezone },
});
const untilOf = (preferences: ReturnType<typeof hours>, now: string): string | null =>
  quietUntil(preferences, organization, new Date(now))?.toISOString() ?? null;

const night = hours('22:00', '07:00');
const overChange = hours('23:30', '02:30');

test.each([
  ['in the evening, until the next morning', night, '2026-11-20T21:00:00.000Z', '2026-11-21T06:00:00.000Z'],
  ['after midnight, until the same morning', night, '2026-11-21T02:00:00.000Z', '2026-11-21T06:00:00.000Z'],
  ['not before they start', night, '2026-11-20T20:59:59.999Z', null],
  ['not at their end', night, '2026-11-21T06:00:00.000Z', null],
  ['by day', hours('12:00', '13:30'), '2026-11-20T11:10:00.000Z', '2026-11-20T12:30:00.000Z'],
  [
    'in a zone of their own',
    hours('22:00', '07:00', 'Asia/Tokyo'),
    '2026-11-20T13:30:00.000Z',
    '2026-11-20T22:00:00.000Z',
  ],
  // In Berlin, 02:00 to 03:00 is skipped on 2026-03-29: 02:30 does not come, and they end as the clock shows 03:00.
  ['to the hour that is skipped', overChange, '2026-03-28T23:00:00.000Z', '2026-03-29T01:00:00.000Z'],
  // It is repeated on 2026-10-25: they end at the first 02:30, and the second 02:00 is quiet again.
  ['to the first of two hours', overChange, '2026-10-24T23:00:00.000Z', '2026-10-25T00:30:00.000Z'],
  ['not between the two hours', overChange, '2026-10-25T00:45:00.000Z', null],
  ['in the repeated hour', overChange, '2026-10-25T01:10:00.000Z', '2026-10-25T01:30:00.000Z'],
])('quiet hours hold back %s', (_case, preferences, now, until) => {
  expect(untilOf(preferences, now)).toBe(until);
});

test('quiet hours that are disabled hold nothing back', () => {
  const { quiet_hours: quiet } = night;
  const now = new Date('2026-11-20T23:00:00.000Z');
  expect(quietUntil({ quiet_hours: { ...quiet, enabled: false } }, organization, now)).toBeUndefined();
});

const timeOfDay = fc
  .tuple(fc.integer({ min: 0, max: 23 }), fc.integer({ min: 0, max: 59 }))
  .map((parts) => parts.map((part) => String(part).padStart(2, '0')).join(':'));
const zones = ['Europe/Berlin', 'America/New_York', 'Asia/Kathmandu', 'Australia/Lord_Howe', 'Pacific/Apia', 'UTC'];
/** Around changes of the clock, and any time. */
const anyInstant = fc.oneof(
  fc.integer({ min: Date.parse('2026-01-01'), max: Date.parse('2027-12-31') }),
  fc
    .tuple(
      fc.constantFrom('2026-03-29', '2026-10-25', '2026-03-08', '2026-11-01', '2026-04-04', '2026-10-03'),
      fc.integer({ min: -36 * 60, max: 36 * 60 }),
    )
    .map(([date, minutes]) => Date.parse(date) + minutes * minute),
);

/** Whether the wall clock of luxon shows a quiet time. */
function isQuiet(at: number, zone: string, start: string, end: string): boolean {
  const time = DateTime.fromMillis(at, { zone }).toFormat('HH:mm');
  return start < end ? time >= start && time < end : time >= start || time < end;
}

test('they end at the first minute at which the wall clock shows no quiet time', () => {
  fc.assert(
    fc.property(timeOfDay, timeOfDay, fc.constantFrom(...zones), anyInstant, (start, end, zone, at) => {
      fc.pre(start !== end);
      let expected = at;
      while (isQuiet(expected, zone, start, end)) expected = (Math.floor(expected / minute) + 1) * minute;
      const until = quietUntil(hours(start, end, zone), organization, new Date(at));
      expect(until?.toISOString() ?? null).toBe(expected === at ? null : new Date(expected).toISOString());
    }),
    { numRuns: 200 },
  );
});

test.each([
  ['at the end of the hour', '2026-11-20T10:20:00.000Z', '2026-11-20T11:00:00.000Z'],
  ['at the end of the quiet hours that it is in', '2026-11-20T22:20:00.000Z', '2026-11-21T06:00:00.000Z'],
  ['at the end of the quiet hours that the hour ends in', '2026-11-20T20:20:00.000Z', '2026-11-21T06:00:00.000Z'],
])('what is held back is sent %s', (_case, now, release) => {
  expect(releaseTime(night, organization, new Date(now)).toISOString()).toBe(release);
});

test('what is held back is never sent in quiet hours, and within two days', () => {
  fc.assert(
    fc.property(timeOfDay, timeOfDay, fc.constantFrom(...zones), anyInstant, (start, end, zone, at) => {
      fc.pre(start !== end);
      const release = releaseTime(hours(start, end, zone), organization, new Date(at)).getTime();
      expect(isQuiet(release, zone, start, end)).toBe(false);
      expect(release).toBeGreaterThan(at);
      expect(release - at).toBeLessThanOrEqual(49 * hour);
    }),
    { numRuns: 200 },
  );
});
