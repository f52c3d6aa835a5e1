import { expect, test } from 'vitest';
import { saveConcurrently } from '../../functions/dialplan/dialplan-policies/concurrent-saves.fixture.ts';

/** What `npm test` does with 256 saves. */
test('64 writers of one plan save 10,000 policies without a conflict, and all wait for about as long', async ({
  annotate,
}) => {
  const { answers, version, waits } = await saveConcurrently(64, 10_000);
  await annotate(JSON.stringify({ answers, version, waits }));
  expect(Object.keys(answers).toSorted()).toEqual(['200', '201']);
  expect(version).toBe(10_000);
  expect(waits.longest).toBeLessThan(20_000);
});
