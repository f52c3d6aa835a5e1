import fc from 'fast-check';
import { ulid } from 'ulid';
import { expect, test } from 'vitest';
import { firstIdAt, lastIdAt } from './ulid.ts';

const instant = fc.integer({ min: 1, max: 2 ** 48 - 2 });

test('the ids of a millisecond are between its first and its last id, and those of the next are not', () => {
  fc.assert(
    fc.property(instant, (at) => {
      const id = `evt_${ulid(at)}`;
      expect(firstIdAt('evt', at) <= id && id <= lastIdAt('evt', at)).toBe(true);
      expect(lastIdAt('evt', at) < firstIdAt('evt', at + 1)).toBe(true);
    }),
  );
});

test('times before 1970 count as 1970', () => {
  expect(firstIdAt('evt', -1)).toBe(firstIdAt('evt', 0));
});
