import { randomInt } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { needs } from '../support/tools.ts';
import { runGeneratedHandling } from '../system/calls/generated-handling.fixture.ts';
import { needsMachineAddress } from '../system/peers/machine-address.ts';
import { startTaskCloud, type OwnTaskCloud } from '../system/sidecar-tasks.fixture.ts';

needs('rtpengine');
needsMachineAddress();

/**
 * Calls to users with generated settings, at generated times, of generated callers, with generated states of phones.
 * `CALLS=1000 npm run soak -- call-handling` makes fewer, `BENCHES` says how many at once; `SEED` repeats a run.
 */
const calls = Number(process.env['CALLS'] ?? 10_000);
const benches = Number(process.env['BENCHES'] ?? 24);
const seed = Number(process.env['SEED'] ?? randomInt(1e9));

let cloud: OwnTaskCloud;
beforeAll(async () => {
  cloud = await startTaskCloud(1, { MEDIA_RELAY: '', RATE_LIMIT_SCALE: '1000' });
});
afterAll(() => cloud.cloud.stop());

test('each call goes where the settings of its user say, and its record says why', { timeout: 7_200_000 }, async () => {
  const started = Date.now();
  let count = 0;
  const found = await runGeneratedHandling(cloud, { calls, benches, seed }, () => {
    count += 1;
    if (count % 500 === 0)
      process.stdout.write(`${count} calls after ${Math.round((Date.now() - started) / 1_000)} s\n`);
  });
  // The figures of a run.
  process.stdout.write(`${JSON.stringify({ calls, seed, differences: found.length })}\n`);
  expect(found).toEqual([]);
});
