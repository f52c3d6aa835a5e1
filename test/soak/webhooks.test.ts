import { expect, test } from 'vitest';
import { shortenVisibility, underLoad, type LoadReport } from '../support/webhook-load.fixture.ts';
import { startCloud } from '../system/cloud.ts';

/** Of twenty webhooks of an organization two are dead and two take 9 s, while functions are killed. */

async function report(organizations: number): Promise<LoadReport> {
  const cloud = await startCloud({
    FAULTS: JSON.stringify({ seed: Math.floor(Math.random() * 1e6), killedFunction: { rate: 0.005 } }),
    OUTBOUND_ALLOW_PRIVATE: '1',
    RATE_LIMIT_SCALE: '1000',
  });
  try {
    await shortenVisibility(cloud);
    const load = { organizations, webhooks: 20, events: 1_000, perSecond: 5 };
    return await underLoad(cloud, load, 600_000);
  } finally {
    await cloud.stop();
  }
}

test('1,000 events at 5/s: each healthy receiver gets all, in time, also beside 1,000 webhooks', async () => {
  const few = await report(5);
  expect(few).toMatchObject({ missing: [], expected: 16_000 });
  expect(few.killed).toBeGreaterThan(0);
  expect(few.inFlight).toBeLessThanOrEqual(10);
  expect(few.p95).toBeLessThanOrEqual(3 * few.idleMedian);
  const many = await report(50);
  expect(many).toMatchObject({ missing: [], expected: 16_000 });
  expect(many.p95).toBeLessThanOrEqual(1.5 * few.p95);
});
