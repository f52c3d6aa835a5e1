import { expect, test } from 'vitest';
import type { BlfList } from '#schema/blf-list.ts';
import { line } from './device.fixture.ts';
import { listedKeys, watchingKeys } from './watched-keys.ts';

const now = new Date('2026-11-20T10:00:00.000Z');
const target = { target_id: 'usr_1', extension: '201', display_name: 'Ann', button: 1 };
const list: BlfList = {
  id: 'sub_1',
  entity_id: 'dev_1',
  targets: [
    target,
    { ...target, target_id: 'usr_2', button: 2 },
    { ...target, target_id: null, extension: '300', button: 9 },
  ],
  expires_at: '2026-11-21T10:00:00.000Z',
  term: 86_400_000,
  auto_renew: false,
  created_at: '',
  updated_at: '',
  version: 1,
};

test('a live list gives keys for the users that still have an extension', () => {
  const people = [
    { id: 'usr_1', extension: '211', display_name: 'Ann Lee' },
    { id: 'usr_2', extension: null, display_name: 'Bob' },
  ];
  expect(listedKeys(list, people, now)).toEqual([
    { button: 1, extension: '211', label: 'Ann Lee' },
    { button: 9, extension: '300', label: 'Ann' },
  ]);
  expect(listedKeys(list, people, new Date('2026-11-21T10:00:00.000Z'))).toEqual([]);
  expect(listedKeys(undefined, [], now)).toEqual([]);
});

const keys = (count: number) =>
  Array.from({ length: count }, (_key, at) => ({ button: at + 1, extension: `${200 + at}`, label: `${at}` }));

test('a key whose number a line has gets the next free one', () => {
  const lines = [line(1), line(3, { type: 'blf', sip_username: null, label: null })];
  expect(
    watchingKeys(lines, keys(3), 'yealink').map(({ at, line: number, extension }) => [at, number, extension]),
  ).toEqual([
    [1, 3, '103'],
    [2, 2, '200'],
    [3, 4, '201'],
    [4, 5, '202'],
  ]);
});

test('a list is cut where the format has no more keys; the lines of the phone are not', () => {
  expect(watchingKeys([line(1)], keys(9), 'grandstream')).toHaveLength(7);
  const own = Array.from({ length: 9 }, (_line, at) => line(at + 1, { type: 'blf', sip_username: null }));
  expect(watchingKeys(own, keys(9), 'grandstream')).toHaveLength(9);
  expect(watchingKeys([line(1)], keys(50), 'yealink')).toHaveLength(50);
});
