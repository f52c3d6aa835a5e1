import { expect, test } from 'vitest';
import { compareWithReference } from '../../functions/dialplan/dialplan-evaluator/reference-comparison.fixture.ts';

/** What `npm test` does with 20,000 decisions. */

test('500,000 decisions are those of a plain reading of the page', () => {
  expect(compareWithReference(5_000, 100)).toMatchObject({ pairs: 500_000 });
});
