// Own cloud: kills a task each few seconds.
import { expect, test } from 'vitest';
import { needs } from '#test/support/tools.ts';
import { testCloud } from '../cloud.ts';
import { runGroupedCalls } from './grouped-calls.fixture.ts';
import { expectNoLoop, runHandledCalls } from './handled-calls.fixture.ts';
import { expectAllPaid, summaryOf, type PrepaidOutcome } from './prepaid-outcome.fixture.ts';

needs('rtpengine');

/** Calls of prepaid organizations while a task is killed; `npm run soak -- prepaid-calls` makes 2,000. */

const cloud = testCloud({ SIDECARS: '2', RATE_LIMIT_SCALE: '20', MEDIA_RELAY: '', OUTBOUND_ALLOW_PRIVATE: '1' });

/** The storm has had this many calls and some kills, each charged leg has one CDR, and the money is their sum. */
function expectCharged(result: PrepaidOutcome, calls: number): void {
  expectAllPaid(result);
  expect(summaryOf(result)).toMatchObject({ calls, legs: expect.any(Number) });
  expect(summaryOf(result).charged).toBeGreaterThan(0);
  expect(summaryOf(result).kills).toBeGreaterThan(0);
}

test('each charged leg of calls to ring groups has one CDR, and none rings after an answer', async () => {
  expectCharged(await runGroupedCalls(cloud, { calls: 24, rate: 3, killEach: 5_000 }), 24);
});

test('each charged leg of calls that users forward, park and pick up has one CDR, and none loops', async () => {
  const result = await runHandledCalls(cloud, { calls: 30, rate: 3, killEach: 6_000 });
  expectCharged(result, 30);
  expectNoLoop(result);
});
