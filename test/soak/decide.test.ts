import { expect, test } from 'vitest';
import { compareWithReference } from '#functions/dialplan/plan/reference-comparison.fixture.ts';

/** `npm test` runs 20,000 decisions. */

test('500,000 decisions equal those of the plain interpreter', () => {
  expect(compareWithReference(5_000, 100)).toMatchObject({ pairs: 500_000 });
});
