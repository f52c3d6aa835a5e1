import { callerOf, organizationOf } from '#test/support/people.fixture.ts';
import { expect, test } from 'vitest';
import type { Caller } from './caller.ts';
import { isInReach } from './reach.ts';

const own = organizationOf(1001);
const child = organizationOf(1002, { parent_id: 1001 });
const foreign = organizationOf(1003);

test.each<[Caller['reach'], boolean[]]>([
  ['own', [true, false, false]],
  ['children', [true, true, false]],
  ['all', [true, true, true]],
])('the reach %s includes the own organization, a child and a foreign one: %j', (reach, answers) => {
  expect([own, child, foreign].map((organization) => isInReach(callerOf(1001, { reach }), organization))).toEqual(
    answers,
  );
});

test('a child does not reach its parent', () => {
  expect(isInReach(callerOf(1002, { reach: 'children' }), own)).toBe(false);
});
