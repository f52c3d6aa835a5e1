import { expect, test } from 'vitest';
import { groupsFor, openAddress } from './navigation.ts';

const titlesFor = (...scopes: readonly string[]): readonly string[] =>
  groupsFor({ scopes }, false).flatMap(({ entries }) => entries.map(({ title }) => title));

test('a person sees the pages that its scopes open, and no others', () => {
  expect(titlesFor()).toEqual(['Overview', 'My call handling', 'Access keys', 'Platform health']);
  expect(titlesFor('cdr:read')).toEqual([
    ...['Overview', 'My call handling', 'Call search', 'Rating tasks', 'Access keys', 'Platform health'],
  ]);
  expect(titlesFor('users:read', 'billing:read')).toEqual([
    ...['Overview', 'My call handling', 'Users', 'Groups', 'Directory', 'Balances', 'Tariffs', 'What a call costs'],
    ...['Access keys', 'Platform health'],
  ]);
});

test('a group without pages is not shown', () => {
  expect(groupsFor({ scopes: [] }, false).map(({ title }) => title)).toEqual(['', 'Platform']);
});

test('customers and profit are pages of sellers: what a customer is charged is no loss of its numbers', () => {
  const titles = (isSeller: boolean) =>
    groupsFor({ scopes: ['orgs:read', 'billing:read'] }, isSeller).flatMap(({ entries }) =>
      entries.map(({ title }) => title),
    );
  const [customer, seller] = [titles(false), titles(true)];
  expect(seller.filter((title) => !customer.includes(title))).toEqual(['Customers', 'Profit by number']);
});

test('the open page is the one whose address is the longest beginning of the path', () => {
  const groups = groupsFor({ scopes: ['dialplan:read'] }, false);
  const paths = ['/', '/dialplan', '/dialplan/pol_1', '/dialplan/simulator', '/account'];
  expect(paths.map((path) => openAddress(groups, path))).toEqual([
    ...['/', '/dialplan', '/dialplan', '/dialplan/simulator', undefined],
  ]);
});
