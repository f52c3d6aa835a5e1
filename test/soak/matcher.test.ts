import { expect, test } from 'vitest';
import {
  capturesAsRe2Does,
  findsAfterChanges,
  findsAsRe2Does,
  findsInLittleRoom,
} from '../../functions/dialplan/dialplan-evaluator/matcher/re2-comparison.fixture.ts';

/** What `npm test` does with 20,000 pairs. */

test('in more than 500,000 pairs a pattern, of every operator, is found in a string as RE2 finds it', () => {
  expect(findsAsRe2Does(12_000)).toBeGreaterThan(500_000);
});

test('answers stay the same where the automata outgrow what they may keep with nearly every character', () => {
  findsInLittleRoom(5_000);
});

test('a matcher after changes finds what its rules say, and the ones before it find what they found', () => {
  findsAfterChanges(3_000);
});

test('groups of patterns of every operator capture what they capture in RE2', () => {
  capturesAsRe2Does(30_000);
});
