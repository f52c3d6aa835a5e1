import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { hour } from '#schema/time.ts';
import {
  admitNotices,
  endHeld,
  isDue,
  maxCounts,
  nextRelease,
  otherRules,
  postpone,
  releaseKept,
  type NoticeState,
  type Terms,
} from './admission.ts';

const now = new Date('2026-11-20T10:20:00.000Z');
const morning = new Date('2026-11-21T06:00:00.000Z');
const awake: Terms = { cap: 3, quietUntil: undefined, release: new Date('2026-11-20T11:00:00.000Z'), now };
const asleep: Terms = { cap: 3, quietUntil: morning, release: morning, now };
const notices = (count: number, rule = 'rule_1', isCritical = false) =>
  Array.from({ length: count }, () => ({ rule, isCritical }));
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

  test('of the next hour finds the whole limit', () => {
    const { after } = admit(3, awake);
    const later = { ...awake, now: new Date(now.getTime() + hour) };
    expect(admit(1, later, after).outcomes).toEqual(['send']);
    expect(admit(1, awake, after).outcomes).toEqual(['count']);
  });
});

test('the counts of a digest have a bounded number of rules, and lose no notice', () => {
  const wanted = Array.from({ length: 500 }, (_notice, at) => ({ rule: `rule_${at % 200}`, isCritical: false }));
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
