import { expect, test } from 'vitest';
import { groupsFor } from './navigation.ts';

const titlesFor = (...scopes: readonly string[]): readonly string[] =>
  groupsFor({ scopes }).flatMap(({ entries }) => entries.map(({ title }) => title));

test('a person sees the pages that its scopes open, and no others', () => {
  expect(titlesFor()).toEqual(['Overview', 'Access keys']);
  expect(titlesFor('cdr:read')).toEqual(['Overview', 'Call search', 'Access keys']);
  expect(titlesFor('users:read', 'billing:read')).toEqual(['Overview', 'Users', 'Groups', 'Tariffs', 'Access keys']);
});

test('a group without pages is not shown', () => {
  expect(groupsFor({ scopes: [] }).map(({ title }) => title)).toEqual(['', 'Platform']);
});
