import { expect, test } from 'vitest';
import { fullNames } from './header-names.ts';

test('a header has one key, whether its name is compact, in lower case or as commonly written', () => {
  const names = ['l', 'content-length', 'Content-Length'];
  expect(names.map((name) => fullNames.get(name))).toEqual(Array(3).fill('content-length'));
  expect(['i', 'm', 'o', 'x'].map((name) => fullNames.get(name))).toEqual([
    'call-id',
    'contact',
    'event',
    'session-expires',
  ]);
});

test('a name of no registered header is not in the table', () => {
  expect([fullNames.get('x-own'), fullNames.get('z')]).toEqual([undefined, undefined]);
});
