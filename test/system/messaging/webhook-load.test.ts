import { expect, test } from 'vitest';
import { eventually } from '#test/support/eventually.ts';
import { shortenVisibility, slowness, underLoad } from '#test/support/webhook-load.fixture.ts';
import { sharedCloud } from '../shared-clouds.ts';

/** Two organizations with ten webhooks each, of which one is dead and one takes 9 s (long form: test/soak). */

const load = { organizations: 2, webhooks: 10, events: 40, perSecond: 1 };

test('with faults each healthy receiver gets every event, and dead and slow ones do not hold it up', async () => {
  const { cloud } = await sharedCloud('kills');
  await eventually(() => shortenVisibility(cloud));
  const { missing, expected, inFlight, median, idleMedian } = await underLoad(cloud, load);
  expect({ missing, expected }).toEqual({ missing: [], expected: 40 * 8 });
  expect(inFlight).toBeLessThanOrEqual(10);
  // What waits for a slow receiver takes longer. A killed function holds up what it had taken, on a slow machine more
  // than one event in twenty; there, single events take long as well.
  expect(median).toBeLessThan(Math.max(slowness, 5 * idleMedian));
});
