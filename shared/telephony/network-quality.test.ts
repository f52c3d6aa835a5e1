import { expect, test } from 'vitest';
import { networkQuality, noPings, afterPhonePing } from './network-quality.ts';

const after = (...answers: readonly (number | null)[]) => answers.reduce(afterPhonePing, noPings);
/** A hundred pings, the first `lost` of them unanswered. */
const losing = (lost: number, milliseconds: number) =>
  after(...Array.from({ length: 100 }, (_, at) => (at < lost ? null : milliseconds)));

test.each([
  [0, 99, 'excellent'],
  [0, 100, 'good'],
  [1, 10, 'good'],
  [2, 199, 'good'],
  [2, 200, 'fair'],
  [3, 10, 'fair'],
  [9, 399, 'fair'],
  [10, 10, 'poor'],
  [0, 400, 'poor'],
])('%i %% lost and %i ms are %s', (lost, milliseconds, quality) => {
  expect(networkQuality(losing(lost, milliseconds))).toBe(quality);
});

test('a phone that was never pinged is unknown, one that never answered is poor', () => {
  expect([networkQuality(noPings), networkQuality(after(null))]).toEqual(['unknown', 'poor']);
});

test('the latency is the mean of the last 5 answers, the loss that of the last 100 pings', () => {
  expect(networkQuality(after(5_000, 90, 90, 90, 90, 90))).toBe('excellent');
  expect(networkQuality(after(null, ...Array.from({ length: 99 }, () => 10)))).toBe('good');
  expect(networkQuality(after(null, ...Array.from({ length: 100 }, () => 10)))).toBe('excellent');
});
