import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { needs } from '../support/tools.ts';
import { liveCalls, startTaskCloud, type OwnTaskCloud } from '../system/sidecar-tasks.fixture.ts';
import { good, HeardCalls } from '../system/telephony/missing-audio.fixture.ts';

needs('rtpengine');

/** Calls in which both speak, of which nothing is reported. `CALLS=20 npm run soak -- missing-audio` makes fewer. */
const all = Number(process.env['CALLS'] ?? 200);
/** The phones of more would be made faster than the API permits. */
const atOnce = 20;

const everything = new DisposableStack();
let cloud: OwnTaskCloud;
beforeAll(async () => {
  cloud = await startTaskCloud(1, { MEDIA_RELAY: '' });
});
afterAll(async () => {
  everything.dispose();
  await cloud.cloud.stop();
});

test('of calls in which both speak no audio is reported as missing', async () => {
  const calls = new HeardCalls(cloud, everything);
  for (let made = 0; made < all; made += atOnce) {
    const length = Math.min(atOnce, all - made);
    await calls.assertHeard(await Promise.all(Array.from({ length }, () => calls.callWith(good, good))));
  }
  await eventually(async () => expect(await liveCalls(cloud)).toEqual([]), 60_000);
});
