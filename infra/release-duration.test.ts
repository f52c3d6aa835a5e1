import { expect, test } from 'vitest';
import { durationOf } from './release-duration.ts';

test('stacks move their requests one after the other, or as many at once as are deployed at the same time', () => {
  const stacks = 13;
  expect(durationOf({ release: 'at-once' }, { stacks })).toBe(0);
  expect(durationOf({ release: 'canary' }, { stacks })).toBe(195);
  expect(durationOf({ release: 'linear' }, { stacks, concurrency: 6 })).toBe(90);
  expect(durationOf({ release: 'canary' }, { stacks, concurrency: 13 })).toBe(15);
});
