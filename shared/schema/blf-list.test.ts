import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isLiveList, presentTargets, termEnd } from './blf-list.ts';

const first = '2026-11-20T10:00:00.000Z';
const list = { expires_at: first, term: 86_400_000, auto_renew: true };
const at = (days: number): Date => new Date(Date.parse(first) + days * 86_400_000);

test('a term that renews ends again and again, computed when it is read', () => {
  expect([-0.5, 0, 0.5, 1, 400].map((days) => termEnd(list, at(days)))).toEqual([
    first,
    ...[1, 1, 2, 401].map((days) => at(days).toISOString()),
  ]);
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 1e10 }), fc.integer({ min: 0, max: 1e12 }), (term, passed) => {
      const now = new Date(Date.parse(first) + passed);
      const end = Date.parse(termEnd({ ...list, term }, now));
      expect(end > now.getTime() && end - term <= now.getTime()).toBe(true);
      expect((end - Date.parse(first)) % term).toBe(0);
    }),
  );
});

test('a list that does not renew ends once', () => {
  const once = { ...list, auto_renew: false };
  expect([at(-1), at(0), at(5)].map((now) => isLiveList(once, now))).toEqual([true, false, false]);
  expect(termEnd(once, at(5))).toBe(first);
  expect(isLiveList(list, at(5))).toBe(true);
});

test('targets have the present extension of their users; those of deleted users are gone', () => {
  const target = { target_id: 'usr_1', extension: '101', display_name: 'Ann', button: 1 };
  const line = { ...target, target_id: null, extension: '300', button: 3 };
  expect(
    presentTargets(
      [target, { ...target, target_id: 'usr_2', button: 2 }, line],
      [{ id: 'usr_1', extension: '111', display_name: 'Ann Lee' }, undefined],
    ),
  ).toEqual([{ ...target, extension: '111', display_name: 'Ann Lee' }, line]);
});
