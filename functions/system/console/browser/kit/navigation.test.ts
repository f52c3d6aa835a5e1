import { expect, test } from 'vitest';
import { groupsFor, openAddress } from './navigation.ts';

const titlesFor = (...scopes: readonly string[]): readonly string[] =>
  groupsFor({ scopes, reach: 'own' }).flatMap(({ entries }) => entries.map(({ title }) => title));

test('a person sees the pages that its scopes open, and no others', () => {
  expect(titlesFor()).toEqual(['Overview', 'My call handling', 'Access keys', 'Platform health']);
  expect(titlesFor('cdr:read')).toEqual([
    ...['Overview', 'My call handling', 'Call search', 'Rating tasks', 'Access keys', 'Platform health'],
  ]);
  expect(titlesFor('users:read', 'billing:read')).toEqual([
    ...[
      'Overview',
      'My call handling',
      'Users',
      'Groups',
      'Directory',
      'Balances',
      'Tariffs',
      'What a call costs',
      'Profit by number',
    ],
    ...['Access keys', 'Platform health'],
  ]);
});

test('a group without pages is not shown', () => {
  expect(groupsFor({ scopes: [], reach: 'own' }).map(({ title }) => title)).toEqual(['', 'Platform']);
});

test('customers are a page of those who sell', () => {
  const first = (reach: 'own' | 'children' | 'all') =>
    groupsFor({ scopes: ['orgs:read'], reach })[0]?.entries.map(({ title }) => title);
  expect(first('own')).toEqual(['Overview', 'My call handling']);
  expect(first('children')).toEqual(['Overview', 'My call handling', 'Customers']);
  expect(first('all')).toEqual(['Overview', 'My call handling', 'Customers']);
});

test('the open page is the one whose address is the longest beginning of the path', () => {
  const groups = groupsFor({ scopes: ['dialplan:read'], reach: 'own' });
  const paths = ['/', '/dialplan', '/dialplan/pol_1', '/dialplan/simulator', '/account'];
  expect(paths.map((path) => openAddress(groups, path))).toEqual([
    ...['/', '/dialplan', '/dialplan', '/dialplan/simulator', undefined],
  ]);
});
