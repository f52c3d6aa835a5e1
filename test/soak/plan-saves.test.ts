import { expect, test } from 'vitest';
import { saveConcurrently } from '#functions/dialplan/dialplan-policies/concurrent-saves.fixture.ts';

const saves = Number(process.env['SAVES'] ?? 10_000);

/** What `npm test` does with 128 saves. */
test(`64 writers of one plan save ${saves} policies without a conflict`, async ({ annotate }) => {
  const { answers, version, waits } = await saveConcurrently(64, saves);
  await annotate(JSON.stringify({ answers, version, waits }));
  const { '200': updated = 0, '201': created = 0, late = 0, ...others } = answers;
  expect(others).toEqual({});
  expect(version).toBe(updated + created);
  expect(version + late).toBe(saves);
});
