// Own cloud: kills its functions.
import { expect, test } from 'vitest';
import { shortenVisibility, slowness, underLoad } from '../support/webhook-load.fixture.ts';
import { startCloud } from './cloud.ts';

/** Two organizations with ten webhooks each, of which one is dead and one takes 9 s (long form: test/soak). */

const load = { organizations: 2, webhooks: 10, events: 40, perSecond: 1 };

test('with faults each healthy receiver gets every event, and dead and slow ones do not hold it up', async () => {
  const cloud = await startCloud({
    FAULTS: JSON.stringify({ seed: 20, killedFunction: { rate: 0.01, milliseconds: 300 } }),
    OUTBOUND_ALLOW_PRIVATE: '1',
    RATE_LIMIT_SCALE: '1000',
  });
  try {
    await shortenVisibility(cloud);
    const { missing, expected, inFlight, median, idleMedian } = await underLoad(cloud, load);
    expect({ missing, expected }).toEqual({ missing: [], expected: 40 * 8 });
    expect(inFlight).toBeLessThanOrEqual(10);
    // What waits for a slow receiver takes longer. A killed function holds up what it had taken, on a slow machine more
    // than one event in twenty; there, single events take long as well.
    expect(median).toBeLessThan(Math.max(slowness, 5 * idleMedian));
  } finally {
    await cloud.stop();
  }
});
