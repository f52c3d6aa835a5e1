import { expect, test } from 'vitest';
import { decidesAsThePageSays } from '../../functions/dialplan/dialplan-evaluator/against-the-page.fixture.ts';

/** What `npm test` does with 20,000 decisions. */

test('500,000 decisions are those of a plain reading of the page', () => {
  expect(decidesAsThePageSays(5_000, 100)).toMatchObject({ pairs: 500_000 });
});
