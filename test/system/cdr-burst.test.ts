// Own cloud: slows its processes down.
import { test } from 'vitest';
import { expectBilled, runBurst } from './cdr-burst.fixture.ts';

// `npm run soak -- cdr-burst` runs a large one.
test('a burst of CDRs of one organization on a slow machine leaves no dead letter, and all are billed', async () => {
  expectBilled(await runBurst({ messages: 40, recordsEach: 100, others: 3, slowness: 4 }));
});
