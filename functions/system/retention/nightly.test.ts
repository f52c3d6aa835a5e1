import { expect, test } from 'vitest';
import { isStuck, nightlyPurge, roundOf } from './nightly.ts';

const now = new Date('2026-11-20T12:00:00.000Z');
const sms = { of: 'sms', policies: [], defaultDays: 90 } as const;
const today = '2026-11-20';

test('a round continues until it is done, also after midnight, and there is one a day', () => {
  const begun = { day: '2026-11-19', after: 'x', isDone: false };
  expect(roundOf(begun, now)).toBe(begun);
  expect(roundOf(undefined, now)).toEqual({ day: today, after: null, isDone: false });
  expect(roundOf({ day: '2026-11-19', after: null, isDone: true }, now)).toMatchObject({ day: today });
  expect(roundOf({ day: today, after: null, isDone: true }, now)).toBeUndefined();
});

test('a purge without a turn for ten minutes has lost its message', () => {
  const { purge, started } = nightlyPurge(sms, { id: 'purge_1', now });
  const after = (minutes: number): Date => new Date(now.getTime() + minutes * 60_000);
  expect(started).toMatchObject({ entity: { id: 'purge_1' }, fields: { class: 'sms', dry_run: false } });
  expect([isStuck(purge, after(10)), isStuck(purge, after(11))]).toEqual([false, true]);
  expect(isStuck({ ...purge, turn_until: after(5).getTime() }, after(11))).toBe(false);
});
