import { afterAll, beforeAll, expect, test } from 'vitest';
import { outputsFileIn, startCloud, type OwnCloud } from '../system/cloud.ts';
import { needs } from '../support/tools.ts';

needs('rtpengine');

/**
 * Calls to ring groups of prepaid organizations, of which one task after the other is killed, with a network that loses
 * packets. `CALLS=100 npm run soak -- grouped-calls` makes fewer.
 */
const calls = Number(process.env['CALLS'] ?? 1_000);

let cloud: OwnCloud;
beforeAll(async () => {
  cloud = await startCloud({ SIDECARS: '2', RATE_LIMIT_SCALE: '1000', MEDIA_RELAY: '', OUTBOUND_ALLOW_PRIVATE: '1' });
  process.env['OUTPUTS'] = outputsFileIn(cloud.dataDir);
});
afterAll(() => cloud.stop());

test(
  'each charged leg has one CDR, the money is their sum, and none rings after an answer',
  { timeout: 3_000_000 },
  async () => {
    const { expectAllPaid, summaryOf } = await import('../system/prepaid-outcome.fixture.ts');
    const { runGroupedCalls } = await import('../system/grouped-calls.fixture.ts');
    const result = await runGroupedCalls(cloud, { calls, rate: 4, killEach: 30_000 });
    // The figures of a run.
    process.stdout.write(`${JSON.stringify(summaryOf(result))}\n`);
    expectAllPaid(result);
    expect(summaryOf(result).charged).toBeGreaterThan(0.2 * calls);
  },
);
