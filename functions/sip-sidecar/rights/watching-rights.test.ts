import { expect, test } from 'vitest';
import { watchingRight, type OwnedLine, type Watcher } from './watching-rights.ts';

const nobody: Watcher = { user: 'usr_ann', own: ['201'], named: [], listed: [], groups: [] };
const line: OwnedLine = { extension: '204', user: 'usr_bob', groups: ['grp_sales'] };

test('a line of type blf lets its device watch the line and see the other parties', () => {
  expect(watchingRight({ ...nobody, named: ['204'] }, line)).toEqual({
    user: 'usr_bob',
    showsParties: true,
    isNear: false,
  });
});

test('members of a group watch one another', () => {
  expect(watchingRight({ ...nobody, groups: ['grp_all', 'grp_sales'] }, line)?.showsParties).toBe(true);
  expect(watchingRight({ ...nobody, groups: ['grp_all'] }, line)).toBeUndefined();
});

test('a BLF list lets phones watch the line, without the other parties', () => {
  expect(watchingRight({ ...nobody, listed: ['204'] }, line)).toEqual({
    user: 'usr_bob',
    showsParties: false,
    isNear: false,
  });
});

test('a phone watches its own lines, and those of its user', () => {
  expect(watchingRight(nobody, { extension: '201', user: null, groups: [] })?.showsParties).toBe(true);
  expect(watchingRight(nobody, { extension: '209', user: 'usr_ann', groups: [] })?.showsParties).toBe(true);
});

test('without a reason no line may be watched, also if neither has a user', () => {
  expect(watchingRight(nobody, line)).toBeUndefined();
  expect(watchingRight({ ...nobody, user: null }, { extension: '204', user: null, groups: [] })).toBeUndefined();
});
