import { expect, test } from 'vitest';
import { eventually } from '#test/support/eventually.ts';
import { needs } from '#test/support/tools.ts';
import { pagesAt, photograph } from '../browser.ts';
import { connect } from '../cloud.ts';
import { expectAllShown } from './live.fixture.ts';
import { openBy, signInAt } from '../console.fixture.ts';
import { LiveCalls } from './live-calls.fixture.ts';
import { newAdministeredTenant, uniqueName } from '../tenant.fixture.ts';

/** The page of live calls while many calls change. `npm run soak -- console-live` is longer. */

needs('chromium');
const open = pagesAt((path) => new URL(path, connect().outputs.ApiUrl).href);

/** More calls than a page of the list has. */
const [count, changes] = [120, 480];

test('each change of many calls is shown by its event, without a request', async () => {
  const tenant = await newAdministeredTenant(uniqueName('live'));
  const calls = new LiveCalls(connect(), tenant.organization);
  await calls.begin(count);
  const { page, complaints } = await signInAt(open, tenant.username, tenant.password);
  let listeners = 0;
  page.on('websocket', () => (listeners += 1));
  await openBy(page, 'Live calls');
  await eventually(() => expect(listeners).toBe(1));
  await expectAllShown(page, tenant.ask);
  // From now on the list cannot be read, so that what is shown comes by events.
  const { promise: end, resolve: release } = Promise.withResolvers<null>();
  let held = 0;
  await page.route('**/Calls?*', async (route) => {
    held += 1;
    await end;
    await route.continue();
  });
  for (let made = 0; made < changes; made += 20) await Promise.all(Array.from({ length: 20 }, () => calls.change()));
  await expectAllShown(page, tenant.ask);
  expect(held).toBeLessThan(changes / 10);
  release(null);
  await expectAllShown(page, tenant.ask);
  await photograph(page, 'console-live-calls');
  expect({ faults: calls.faults, complaints }).toEqual({ faults: [], complaints: [] });
});
