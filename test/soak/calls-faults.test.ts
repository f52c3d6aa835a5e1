import { afterAll, beforeAll, expect, test } from 'vitest';
import { outputsFileIn, type OwnCloud } from '../system/cloud.ts';
import { startStormCloud } from '../system/storm-cloud.fixture.ts';
import { needs } from '../support/tools.ts';

needs('sipp');

/**
 * Calls of which one task after the other is killed, with a store that fails and a network that loses packets.
 * `CALLS=100 npm run soak -- calls-faults` makes fewer, with other faults by `SEED`.
 */
const calls = Number(process.env['CALLS'] ?? 1_000);
const seed = Number(process.env['SEED'] ?? 1);
const faults = { seed, failedAnswer: 0.02, lostAnswer: 0.02, throttle: 0.02, conflict: 0.02, duplicateDelivery: 0.05 };
const killEach = 10_000;

let cloud: OwnCloud;
beforeAll(async () => {
  ({ cloud } = await startStormCloud(faults, { SIDECARS: '2', OUTBOUND_ALLOW_PRIVATE: '1' }));
  process.env['OUTPUTS'] = outputsFileIn(cloud.dataDir);
});
afterAll(() => cloud.stop());

test(
  'each call ends at both sides, and is charged once for the time that it lasted',
  { timeout: 3_000_000 },
  async () => {
    const { runCallStorm, expectAllCharged } = await import('../system/billing/call-storm.fixture.ts');
    const outcome = await runCallStorm(cloud, { calls, killEach });
    expectAllCharged(outcome);
    expect(outcome.killed.length).toBeGreaterThan(2);
    expect(outcome.carrier.size).toBeGreaterThan(0.8 * calls);
  },
);
