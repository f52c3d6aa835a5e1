import { expect, test } from 'vitest';
import { mutateCalls } from './sessions-fuzz.fixture.ts';

/** `npm run soak` takes a million. */
test(
  '6,000 mutated messages of calls throw nothing, and leave no dialog, transaction or timer',
  { timeout: 120_000 },
  () => {
    expect(mutateCalls(300, 3261)).toBeGreaterThan(800);
  },
);
