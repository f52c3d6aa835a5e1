import { expect, test } from 'vitest';
import { Cursor } from './cursor.ts';

test('a token is skipped only if it follows', () => {
  const cursor = new Cursor('ab');
  expect([cursor.takes('b'), cursor.at, cursor.takes('a'), cursor.at]).toEqual([false, 0, true, 1]);
});

test('a sticky expression matches at the cursor only', () => {
  const cursor = new Cursor('1a22');
  const digits = /[0-9]+/y;
  expect(cursor.takesMatch(digits)?.[0]).toBe('1');
  expect(cursor.takesMatch(digits)).toBeNull();
  expect(cursor.at).toBe(1);
  cursor.at = 2;
  expect([cursor.takesMatch(digits)?.[0], cursor.at]).toEqual(['22', 4]);
});
