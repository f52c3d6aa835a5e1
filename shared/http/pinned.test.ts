import { expect, test } from 'vitest';
import { pinned } from './pinned.ts';

test('an item passes if the client names no version or the current one', () => {
  const item = { version: 3 };
  expect(pinned(item, undefined)).toBe(item);
  expect(pinned(item, 3)).toBe(item);
});

test.each([0, 2, 4])('version %i of an item at version 3 is a conflict', (version) => {
  expect(() => pinned({ version: 3 }, version)).toThrow(expect.objectContaining({ code: 'VERSION_CONFLICT' }));
});
