import { afterAll, beforeAll, expect, test } from 'vitest';
import { outputsFileIn, startCloud, type OwnCloud } from '../system/cloud.ts';
import { needs } from '../support/tools.ts';

needs('rtpengine');

/**
 * Calls of prepaid organizations that users forward, are followed by, park and pick up, of which one task after the
 * other is killed, with a network that loses packets. `CALLS=100 npm run soak -- handled-calls` makes fewer.
 */
const calls = Number(process.env['CALLS'] ?? 1_000);
/** Milliseconds from one kill to the next; 0: none is killed. */
const killEach = Number(process.env['KILL_EACH'] ?? 30_000);

let cloud: OwnCloud;
beforeAll(async () => {
  cloud = await startCloud({ SIDECARS: '2', RATE_LIMIT_SCALE: '1000', MEDIA_RELAY: '', OUTBOUND_ALLOW_PRIVATE: '1' });
  process.env['OUTPUTS'] = outputsFileIn(cloud.dataDir);
});
afterAll(() => cloud.stop());

test(
  'each charged leg has one CDR, the money is their sum, none rings after an answer or loops',
  { timeout: 3_000_000 },
  async () => {
    const { expectAllPaid, summaryOf } = await import('../system/prepaid-outcome.fixture.ts');
    const { expectNoLoop, runHandledCalls } = await import('../system/handled-calls.fixture.ts');
    const kills = killEach === 0 ? {} : { killEach };
    const result = await runHandledCalls(cloud, { calls, rate: 4, ...kills });
    // The figures of a run.
    process.stdout.write(`${JSON.stringify(summaryOf(result))}\n`);
    expectAllPaid(result);
    expectNoLoop(result);
    expect(summaryOf(result).charged).toBeGreaterThan(0.2 * calls);
  },
);
