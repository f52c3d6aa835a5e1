import { afterAll, beforeAll, expect, test } from 'vitest';
import { needs } from '../support/tools.ts';
import { startCloud, type OwnCloud } from './cloud.ts';
import { expectNoLoop, runHandledCalls } from './handled-calls.fixture.ts';
import { expectAllPaid, summaryOf } from './prepaid-outcome.fixture.ts';

needs('rtpengine');

/** Calls of prepaid organizations that users forward, park and pick up; `npm run soak -- handled-calls` makes 1,000. */

let cloud: OwnCloud;
beforeAll(async () => {
  cloud = await startCloud({ SIDECARS: '2', RATE_LIMIT_SCALE: '20', MEDIA_RELAY: '', OUTBOUND_ALLOW_PRIVATE: '1' });
});
afterAll(() => cloud.stop());

test('each charged leg has one CDR, the money is their sum, none rings after an answer or loops', async () => {
  const result = await runHandledCalls(cloud, { calls: 30, rate: 3, killEach: 6_000 });
  expectAllPaid(result);
  expectNoLoop(result);
  expect(summaryOf(result)).toMatchObject({ calls: 30, legs: expect.any(Number) });
  expect(summaryOf(result).charged).toBeGreaterThan(0);
  expect(summaryOf(result).kills).toBeGreaterThan(0);
}, 400_000);
