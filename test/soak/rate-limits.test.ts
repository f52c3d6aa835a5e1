import { expect, test } from 'vitest';
import { startCloud } from '../system/cloud.ts';
import { credentialsOf, overload } from '../system/accounts/rate-limits.fixture.ts';

/** Requests per window of an organization (shared/http/README.md); the test sends five times as many. */
const limit = 6_000;

test('an organization gets its limit within 15 %, independent of its credentials', async () => {
  const cloud = await startCloud({ RATE_LIMIT_CREDENTIAL: '100000' });
  try {
    const windows = await overload(cloud, await credentialsOf(cloud, 8), 5 * limit);
    for (const { passed } of windows) expect(passed).toBeLessThanOrEqual(1.15 * limit);
    const enough = windows.filter(({ asked }) => asked > 1.5 * limit);
    for (const { passed } of enough) expect(passed).toBeGreaterThanOrEqual(0.85 * limit);
    expect(enough.length).toBeGreaterThan(0);
  } finally {
    await cloud.stop();
  }
});
