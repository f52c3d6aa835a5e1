import { beforeAll, expect, test } from 'vitest';
import { outputsFileIn, testCloud } from '../system/cloud.ts';
import { needs } from '../support/tools.ts';
import type { PrepaidOutcome } from '../system/billing/prepaid-outcome.fixture.ts';

needs('rtpengine');

/**
 * Calls of prepaid organizations, of which one task after the other is killed, with a network that loses packets.
 * `CALLS=100 npm run soak -- prepaid-calls` makes fewer of each kind.
 */
const calls = Number(process.env['CALLS'] ?? 1_000);
/** Milliseconds from one kill to the next; 0: none is killed. */
const killEach = Number(process.env['KILL_EACH'] ?? 30_000);
const size = { calls, rate: 4, ...(killEach === 0 ? {} : { killEach }) };

const cloud = testCloud({
  ...{ SIDECARS: '2', RATE_LIMIT_SCALE: '1000', MEDIA_RELAY: '', OUTBOUND_ALLOW_PRIVATE: '1' },
});
beforeAll(() => void (process.env['OUTPUTS'] = outputsFileIn(cloud.dataDir)));

/** Each charged leg has one CDR, and the money is their sum. Prints the figures of the run. */
async function expectCharged(result: PrepaidOutcome): Promise<void> {
  const { expectAllPaid, summaryOf } = await import('../system/billing/prepaid-outcome.fixture.ts');
  process.stdout.write(`${JSON.stringify(summaryOf(result))}\n`);
  expectAllPaid(result);
  expect(summaryOf(result).charged).toBeGreaterThan(0.2 * calls);
}

test('each charged leg of calls to ring groups has one CDR, and none rings after an answer', async () => {
  const { runGroupedCalls } = await import('../system/billing/grouped-calls.fixture.ts');
  await expectCharged(await runGroupedCalls(cloud, size));
}, 3_000_000);

test('each charged leg of calls that users forward, park and pick up has one CDR, and none loops', async () => {
  const { expectNoLoop, runHandledCalls } = await import('../system/billing/handled-calls.fixture.ts');
  const result = await runHandledCalls(cloud, size);
  await expectCharged(result);
  expectNoLoop(result);
}, 3_000_000);
