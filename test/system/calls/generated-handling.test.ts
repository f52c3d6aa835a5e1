import { beforeAll, expect, test } from 'vitest';
import { needs } from '#test/support/tools.ts';
import { runGeneratedHandling } from './generated-handling.fixture.ts';
import { needsMachineAddress } from '../peers/machine-address.ts';
import { sharedTaskCloud, type TaskCloud } from '../sidecar-tasks.fixture.ts';

needs('rtpengine');
needsMachineAddress();

/** Calls to users with generated settings; `npm run soak -- call-handling` makes 10,000. */

let cloud: TaskCloud;
beforeAll(async () => {
  cloud = await sharedTaskCloud();
});

test('40 calls go where the settings of their users say, and their records say why', async () => {
  expect(await runGeneratedHandling(cloud, { calls: 40, benches: 4, seed: 36 })).toEqual([]);
}, 400_000);
