import { expect, test } from 'vitest';
import { LoopDelay, sampleInterval } from './loop-delay.ts';

test('the delay is how much later than its interval a timer runs', () => {
  let now = 1_000;
  const delay = new LoopDelay(() => now);
  for (const late of [0, 1, 40, 2]) {
    now += sampleInterval + late;
    delay.sample();
  }
  expect(delay.take()).toBe(40);
});

test('a delay counts once, and none is 0', () => {
  let now = 0;
  const delay = new LoopDelay(() => now);
  expect(delay.take()).toBe(0);
  now = sampleInterval + 500;
  delay.sample();
  expect(Math.round(delay.take() / 10)).toBe(50);
  now += sampleInterval;
  delay.sample();
  expect(delay.take()).toBe(0);
});
