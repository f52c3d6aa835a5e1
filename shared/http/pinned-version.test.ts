import { expect, test } from 'vitest';
import { assertPinnedVersion } from './pinned-version.ts';

test('an item passes if the client names no version or the current one', () => {
  const item = { version: 3 };
  expect(assertPinnedVersion(item, undefined)).toBe(item);
  expect(assertPinnedVersion(item, 3)).toBe(item);
});

test.each([0, 2, 4])('version %i of an item at version 3 is a conflict', (version) => {
  expect(() => assertPinnedVersion({ version: 3 }, version)).toThrow(
    expect.objectContaining({ code: 'VERSION_CONFLICT' }),
  );
});
