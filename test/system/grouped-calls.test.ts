import { afterAll, beforeAll, expect, test } from 'vitest';
import { needs } from '../support/tools.ts';
import { startCloud, type OwnCloud } from './cloud.ts';
import { runGroupedCalls } from './grouped-calls.fixture.ts';
import { expectAllPaid, summaryOf } from './prepaid-outcome.fixture.ts';

needs('rtpengine');

/** Calls to ring groups of prepaid organizations; `npm run soak -- grouped-calls` makes 1,000. */

let cloud: OwnCloud;
beforeAll(async () => {
  cloud = await startCloud({ SIDECARS: '2', RATE_LIMIT_SCALE: '20', MEDIA_RELAY: '', OUTBOUND_ALLOW_PRIVATE: '1' });
});
afterAll(() => cloud.stop());

test('each charged leg has one CDR, the money is their sum, and none rings after an answer', async () => {
  const result = await runGroupedCalls(cloud, { calls: 24, rate: 3, killEach: 5_000 });
  expectAllPaid(result);
  expect(summaryOf(result)).toMatchObject({ calls: 24, legs: expect.any(Number) });
  expect(summaryOf(result).charged).toBeGreaterThan(0);
  expect(summaryOf(result).kills).toBeGreaterThan(0);
}, 400_000);
