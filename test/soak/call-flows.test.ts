import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  anyFlow,
  anyHostEvents,
  compareWithReference,
  walkToTheEnd,
} from '#functions/telephony/call-flows/generated-flows.fixture.ts';

/** `npm test` runs 500 walks and 2,000 flows. */

test('100,000 walks through menus equal those of the reference interpreter', () => {
  expect(compareWithReference(100_000)).toMatchObject({ walks: 100_000 });
});

test('of 100,000 flows none throws or loops for ever', () => {
  fc.assert(
    fc.property(anyFlow, anyHostEvents, (flow, events) => {
      expect(walkToTheEnd(flow, events).entries).toBeLessThanOrEqual(1_001);
    }),
    { numRuns: 100_000 },
  );
});
