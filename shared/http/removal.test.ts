import { expect, test } from 'vitest';
import { assertListsRemoveFew, assertRemovesFew, mayRemoveMany } from './removal.ts';

const entries = (count: number, from = 0): string[] => Array.from({ length: count }, (_, at) => String(from + at));
const nothing = { pinnedVersion: undefined, content: {} };
const confirmed = { ...nothing, content: { confirm_removal: true } };

test('a tenth may be removed, and no more', () => {
  expect(() => assertRemovesFew(entries(20), entries(18), 'rates')).not.toThrow();
  expect(() => assertRemovesFew(entries(20), entries(17), 'rates')).toThrow(
    expect.objectContaining({ code: 'REMOVES_MANY', message: expect.stringContaining('3 of 20 rates') as string }),
  );
});

test('entries that are added do not make up for those that are removed', () => {
  expect(() => assertRemovesFew(entries(20), entries(40, 10), 'rates')).toThrow(/10 of 20/);
});

test('short lists, known versions and confirmed removals are not compared', () => {
  expect(mayRemoveMany(20, nothing)).toBe(true);
  expect(mayRemoveMany(19, nothing)).toBe(false);
  expect(mayRemoveMany(20_000, { ...nothing, pinnedVersion: 1 })).toBe(false);
  expect(mayRemoveMany(20_000, confirmed)).toBe(false);
});

test('a client may have a removal rejected although it knows the version', () => {
  expect(mayRemoveMany(20, { pinnedVersion: 1, content: { confirm_removal: false } })).toBe(true);
});

test('each list of an item is compared: texts as they are, other entries by their number', () => {
  const replace = (dates: number, blocked = entries(20), intent: Parameters<typeof mayRemoveMany>[1] = nothing) =>
    assertListsRemoveFew(
      { name: 'Office', dates: Array.from({ length: 20 }, () => ({})), blocked: entries(20) },
      { name: 'Office', dates: Array.from({ length: dates }, () => ({})), blocked },
      intent,
    );
  expect(() => replace(18)).not.toThrow();
  expect(() => replace(17)).toThrow('3 of 20 entries of dates');
  expect(() => replace(20, entries(20, 3))).toThrow('3 of 20 entries of blocked');
  expect(() => replace(0, [], { ...nothing, pinnedVersion: 1 })).not.toThrow();
  expect(() => replace(0, [], confirmed)).not.toThrow();
});

test('a list that the replacement lacks is removed', () => {
  expect(() => assertListsRemoveFew({ blocked: entries(20) }, {}, nothing)).toThrow('20 of 20 entries of blocked');
});
