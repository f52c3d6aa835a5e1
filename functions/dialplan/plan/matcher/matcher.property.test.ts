import { expect, test } from 'vitest';
import { capturesAsRe2Does, findsAfterChanges, findsAsRe2Does, findsInLittleRoom } from './re2-comparison.fixture.ts';

test('more than 4,000 pairs of pattern and string, with every operator, match as in RE2', () => {
  expect(findsAsRe2Does(100)).toBeGreaterThan(4_000);
});

test('answers stay the same if the automata exceed their capacity with nearly every character', () => {
  findsInLittleRoom(100);
});

test('a changed matcher finds its own rules, and earlier matchers find theirs', () => {
  findsAfterChanges(60);
});

test('groups of patterns with every operator capture as in RE2', () => {
  capturesAsRe2Does(200);
});
