import { expect, test } from 'vitest';
import { addKey, removeKey, type KeySets } from './key-sets.ts';

test('an index has an entry for each value that has keys', () => {
  const index: KeySets<string> = new Map();
  addKey(index, 'a', '1');
  addKey(index, 'a', '2');
  addKey(index, 'b', '3');
  removeKey(index, 'a', '1');
  removeKey(index, 'b', '3');
  removeKey(index, 'c', '4');
  expect([...index]).toEqual([['a', new Set(['2'])]]);
});
