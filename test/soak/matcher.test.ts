import { expect, test } from 'vitest';
import {
  capturesAsRe2Does,
  findsAfterChanges,
  findsAsRe2Does,
  findsInLittleRoom,
} from '#functions/dialplan/plan/matcher/re2-comparison.fixture.ts';

/** `npm test` runs 20,000 pairs. */

test('in more than 500,000 pairs a pattern of every operator matches a string as in RE2', () => {
  expect(findsAsRe2Does(12_000)).toBeGreaterThan(500_000);
});

test('matches are the same if the automata exceed their memory limit at nearly every character', () => {
  findsInLittleRoom(5_000);
});

test('a changed matcher matches its new rules, and earlier matchers keep their rules', () => {
  findsAfterChanges(3_000);
});

test('groups of patterns of every operator capture what they capture in RE2', () => {
  capturesAsRe2Does(30_000);
});
