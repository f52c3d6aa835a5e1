import { expect, test } from 'vitest';
import { saveConcurrently } from './concurrent-saves.fixture.ts';

/** `npm run soak -- plan-saves` does it with 10,000 saves, by a clock that runs. */
test('64 writers of one plan save 256 policies without a conflict, first come first served', async () => {
  const { answers, version, overtaken } = await saveConcurrently(64, 256, 0);
  expect(Object.keys(answers).toSorted()).toEqual(['200', '201']);
  expect(version).toBe(256);
  expect(overtaken).toBeLessThan(2 * 64);
});
