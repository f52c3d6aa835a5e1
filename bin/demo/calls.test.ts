import { expect, test } from 'vitest';
import { leftText } from './calls.ts';

test.each([
  [100, 10_000, ', 80 s left', 900],
  [100, 10_000, ', 3 min left', 2_000],
  [0, 10_000, '', 1_000],
  [1_000, 10_000, ', 0 s left', 1_000],
])('%i in %i ms of those wanted: "%s"', (done, time, text, wanted) => {
  expect(leftText({ done: 0, at: 0 }, { done, at: time }, wanted)).toBe(text);
});
