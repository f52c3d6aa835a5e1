import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { minute } from '#schema/time.ts';
import { past } from '../support/eventually.ts';
import { needs } from '../support/tools.ts';
import { pagesAt } from '../system/browser.ts';
import { testCloud } from '../system/cloud.ts';
import { expectAllShown } from '../system/console-tasks/live.fixture.ts';
import { openBy, signInAt } from '../system/console.fixture.ts';
import { LiveCalls } from '../system/console-tasks/live-calls.fixture.ts';
import { logInAsOperator, newAdministeredTenant, uniqueName } from '../system/tenant.fixture.ts';

needs('chromium');

/**
 * The page of live calls while many calls change. `MINUTES=1 npm run soak -- console-live` is shorter; `CALLS` and
 * `RATE` say how many calls there are, and how many change each second.
 */
const minutes = Number(process.env['MINUTES'] ?? 10);
const count = Number(process.env['CALLS'] ?? 500);
const rate = Number(process.env['RATE'] ?? 50);

/** Milliseconds between two bursts of changes: a busy machine stalls for longer than single changes are apart. */
const burst = 500;
/** Changes that are being stored: with more, the store is what is measured. */
const maxPending = 200;
/** Heap of the page at the end against that after the first fifth. */
const flat = 1.1;

const cloud = testCloud({ RATE_LIMIT_SCALE: '100' });
const open = pagesAt((path) => new URL(path, cloud.outputs.ApiUrl).href);

/** Counts frames, and the time between two of them, in the page. */
const countFrames = `(() => {
  window.frames$ = { count: 0, longest: 0, at: performance.now() };
  const take = (now) => {
    const { at, count, longest } = window.frames$;
    window.frames$ = { count: count + 1, longest: Math.max(longest, now - at), at: now };
    requestAnimationFrame(take);
  };
  requestAnimationFrame(take);
})()`;

type Frames = { readonly count: number; readonly longest: number };

/** Bytes of JavaScript objects, after a collection of garbage. */
async function heapOf(page: Page): Promise<number> {
  const session = await page.context().newCDPSession(page);
  try {
    await session.send('HeapProfiler.collectGarbage');
    return (await session.send('Runtime.getHeapUsage')).usedSize;
  } finally {
    await session.detach();
  }
}

/** Lets calls change at the rate. @returns how many have changed */
async function changeFor(calls: LiveCalls, milliseconds: number): Promise<number> {
  const begin = performance.now();
  let [made, pending] = [0, 0];
  while (performance.now() - begin < milliseconds) {
    const due = Math.floor(((performance.now() - begin) * rate) / 1_000);
    for (; made < due && pending < maxPending; made += 1) {
      pending += 1;
      void calls
        .change()
        .catch((error: unknown) => calls.faults.push(error))
        .finally(() => (pending -= 1));
    }
    await past(burst);
  }
  return made;
}

test(`${count} calls that change ${rate} times a second for ${minutes} minutes are all shown`, async () => {
  const operator = await logInAsOperator(cloud);
  const tenant = await newAdministeredTenant(uniqueName('live'), { cloud, operator });
  const calls = new LiveCalls(cloud, tenant.organization);
  await calls.begin(count);
  const { page, complaints } = await signInAt(open, tenant.username, tenant.password);
  let requests = 0;
  page.on('request', (request) => (requests += Number(new URL(request.url()).pathname === '/Calls')));
  await openBy(page, 'Live calls');
  await expectAllShown(page, tenant.ask);
  // The page remembers the events of a minute: until then its heap grows.
  await changeFor(calls, minute);
  await page.evaluate(countFrames);
  requests = 0;
  let changes = 0;
  const heaps: number[] = [];
  for (let part = 0; part < 10; part += 1) {
    changes += await changeFor(calls, minutes * 6_000);
    heaps.push(await heapOf(page));
  }
  const { count: frames, longest } = await page.evaluate<Frames>('window.frames$');
  await calls.settled();
  const shown = await expectAllShown(page, tenant.ask);
  const megabytes = heaps.map((bytes) => (bytes / 1e6).toFixed(1)).join(' ');
  process.stdout.write(
    `${changes} changes, ${requests} requests, ${(frames / minutes / 60).toFixed(0)} frames a second, ` +
      `longest frame ${longest.toFixed(0)} ms, heap in MB: ${megabytes}\n`,
  );
  expect({ shown, faults: calls.faults, complaints }).toEqual({ shown: count, faults: [], complaints: [] });
  expect(Math.max(...heaps.slice(-2))).toBeLessThan(flat * Math.max(...heaps.slice(0, 2)));
  expect(requests).toBeLessThan(changes / 10);
});
