import fc from 'fast-check';
import { expect, test } from 'vitest';
import { runs } from '#test/support/property-runs.ts';
import { anyFlow, anyHostEvents, compareWithReference, walkToTheEnd } from './generated-flows.fixture.ts';

test('500 walks through menus of three levels equal those of the reference interpreter', () => {
  const { walks, prompts, ends } = compareWithReference(500);
  expect(walks).toBe(500);
  expect(prompts).toBeGreaterThan(500);
  expect([...ends]).toEqual(expect.arrayContaining(['end', 'end by the caller']));
});

test('no flow throws or loops for ever, and its state passes as JSON at every point', () => {
  const ends = new Set<string>();
  fc.assert(
    fc.property(anyFlow, anyHostEvents, (flow, events) => {
      const { entries, end } = walkToTheEnd(flow, events);
      expect(entries).toBeLessThanOrEqual(1_001);
      ends.add(end);
    }),
    { numRuns: runs(300) },
  );
  expect([...ends].toSorted()).toEqual(['ended', 'loop', 'waits']);
});
