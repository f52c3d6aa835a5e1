import { expect, test } from 'vitest';
import { assertRemovesFew, mayRemoveMany } from './removal.ts';

const entries = (count: number, from = 0): string[] => Array.from({ length: count }, (_, at) => String(from + at));
const nothing = { pinnedVersion: undefined, isConfirmed: false };

test('a tenth may be removed, and no more', () => {
  expect(() => assertRemovesFew(entries(20), entries(18), 'rate')).not.toThrow();
  expect(() => assertRemovesFew(entries(20), entries(17), 'rate')).toThrow(
    expect.objectContaining({ code: 'REMOVES_MANY', message: expect.stringContaining('3 of 20 rates') as string }),
  );
});

test('entries that are added do not make up for those that are removed', () => {
  expect(() => assertRemovesFew(entries(20), entries(40, 10), 'rate')).toThrow(/10 of 20/);
});

test('short lists, known versions and confirmed removals are not compared', () => {
  expect(mayRemoveMany(20, nothing)).toBe(true);
  expect(mayRemoveMany(19, nothing)).toBe(false);
  expect(mayRemoveMany(20_000, { ...nothing, pinnedVersion: 1 })).toBe(false);
  expect(mayRemoveMany(20_000, { ...nothing, isConfirmed: true })).toBe(false);
});
