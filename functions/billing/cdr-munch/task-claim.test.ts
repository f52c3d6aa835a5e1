import { describe, expect, test } from 'vitest';
import type { Target } from './task.ts';
import { claimOf, overlap, type Position, type TaskClaim } from './task-claim.ts';

const claim = (target: Target, start = '', end = '9'): TaskClaim => ({ task_id: 'task_1', target, start, end });
const one = (organization: number): Target => ({ of: 'one', organization });
const children: Target = { of: 'children', home: 2000 };
const all: Target = { of: 'all', home: 1000 };

const parents = new Map<number, Position>([
  [1001, { organization: 1001, parent: 1000 }],
  [2000, { organization: 2000, parent: 1000 }],
  [2001, { organization: 2001, parent: 2000 }],
]);
const overlaps = (first: TaskClaim, second: TaskClaim): boolean[] => [
  overlap(first, second, (organization) => parents.get(organization)),
  overlap(second, first, (organization) => parents.get(organization)),
];

test('a claim has the range of its task, or all time', () => {
  const date_range = { start: '2026-11-01T00:00:00.000Z', end: '2026-11-30T00:00:00.000Z' };
  expect(claimOf({ id: 'task_1', target: one(1001), date_range })).toEqual({
    task_id: 'task_1',
    target: one(1001),
    ...date_range,
  });
  expect(claimOf({ id: 'task_1', target: one(1001), date_range: null })).toEqual(claim(one(1001)));
});

describe('two claims in one organization', () => {
  const [first, second, third] = ['2026-11-01T00:00:00.000Z', '2026-11-10T00:00:00.000Z', '2026-11-20T00:00:00.000Z'];

  test('overlap if their ranges do; the end of a range is excluded', () => {
    expect(overlaps(claim(one(1001), first, third), claim(one(1001), second, third))).toEqual([true, true]);
    expect(overlaps(claim(one(1001), first, second), claim(one(1001), second, third))).toEqual([false, false]);
    expect(overlaps(claim(one(1001)), claim(one(1001), second, third))).toEqual([true, true]);
  });
});

describe('claims overlap in organizations', () => {
  test.each([
    ['one and itself', one(1001), one(1001), true],
    ['one and another', one(1001), one(2001), false],
    ['a reseller and the children that it reaches', one(2000), children, true],
    ['a customer of the reseller', one(2001), children, true],
    ['a customer of the operator', one(1001), children, false],
    ['an organization that does not exist', one(4242), children, false],
    ['any organization and all', one(4242), all, true],
    ['children and all', children, all, true],
    ['children of two resellers, which might share some', children, { of: 'children', home: 3000 }, true],
  ] as const)('%s', (_, first, second, expected) => {
    expect(overlaps(claim(first), claim(second))).toEqual([expected, expected]);
  });
});
