import { expect, test } from 'vitest';
import { foldUsername, isServiceMarker, isUsername, serviceMarker } from './username.ts';

test.each([
  ['Straße', 'straße'],
  ['ＡＤＡ', 'ada'],
  [' Ada@Example.COM ', 'ada@example.com'],
  ['Ada@Bücher.example', 'ada@xn--bcher-kva.example'],
])('%j is the same name as %j', (one, other) => expect(foldUsername(one)).toBe(foldUsername(other)));

test.each([
  ...['ada', 'ada.lovelace+1', 'a@b', 'ada@example.com', 'ada@xn--bcher-kva.example'],
  ...["o'brien@example.org", 'sales&support@example.org', 'a/b@example.org', '#1@example.org'],
])('a person may be named %s', (name) => {
  expect(foldUsername(name)).toBe(name);
  expect(isUsername(name)).toBe(true);
});

test.each(['ad', 'a'.repeat(255), 'ada lovelace', "o'brien", '#1', 'a/b', 'ada@bücher.example', 'Ada'])(
  'no person is named %s, which is no stored form',
  (name) => expect(isUsername(name)).toBe(false),
);

test('a person never has the marker of a service account, although it may be an address', () => {
  const marker = serviceMarker('X@example.org', 1_001);
  expect([marker, isServiceMarker(marker)]).toEqual(['service#1001#x@example.org', true]);
  expect(isUsername(marker)).toBe(false);
  expect(isServiceMarker('#1@example.org')).toBe(false);
});
