import { expect, test } from 'vitest';
import { mutateCalls } from './sessions-fuzz.fixture.ts';

/** `npm run soak` takes a million. */
test(
  '30,000 mutated messages of calls throw nothing, and leave no dialog, transaction or timer',
  { timeout: 120_000 },
  () => {
    expect(mutateCalls(1_500, 3261)).toBeGreaterThan(4_000);
  },
);
