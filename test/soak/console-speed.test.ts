import type { CDPSession, Page } from 'playwright-core';
import { beforeAll, expect, test } from 'vitest';
import { hour } from '#schema/time.ts';
import { median } from '../bench/timing.ts';
import { eventually, past } from '../support/eventually.ts';
import { needs } from '../support/tools.ts';
import { pagesAt } from '../system/browser.ts';
import { callees, message, queuesOf, sendToQueue, type Call } from '../system/cdr.fixture.ts';
import { testCloud } from '../system/cloud.ts';
import { enterCredentials, openBy, signInAt } from '../system/console.fixture.ts';
import {
  logInAsOperator,
  newAdministeredTenant,
  uniqueName,
  type AdministeredTenant,
} from '../system/tenant.fixture.ts';

needs('chromium');

/**
 * How fast the console paints, and searches many calls. The figures are printed; only the numbers of requests and rows
 * are asserted. `CDRS=2000 USERS=500 npm run soak -- console-speed` files fewer calls, of fewer people.
 */
const count = Number(process.env['CDRS'] ?? 50_000);
/** People of an organization beside its administrator: few fewer than it may have. */
const people = Number(process.env['USERS'] ?? 9_980);
/** How many times slower Chromium lets the processor be. */
const slowness = 4;
/** Records of a message to the queue, and rows that a page of the console may render. */
const [recordsEach, maxRows] = [100, 100];

const cloud = testCloud({ RATE_LIMIT_SCALE: '100' });
let tenant: AdministeredTenant;
beforeAll(async () => {
  tenant = await newAdministeredTenant(uniqueName('speed'), { cloud, operator: await logInAsOperator(cloud) });
});

const addressOf = (path: string): string => new URL(path, cloud.outputs.ApiUrl).href;

/** Notes the largest paint and the longest task of each page that loads. */
const noting = `(() => {
  window.noted$ = { paint: 0, task: 0 };
  const observe = (type, note) =>
    new PerformanceObserver((list) => list.getEntries().forEach(note)).observe({ type, buffered: true });
  observe('largest-contentful-paint', ({ startTime }) => (window.noted$.paint = startTime));
  observe('longtask', ({ duration }) => (window.noted$.task = Math.max(window.noted$.task, duration)));
})()`;
const open = pagesAt(addressOf, { script: noting });

type Noted = { readonly paint: number; readonly task: number };

/** What a page has noted, once it has painted for some time. */
async function notedBy(page: Page, what: string): Promise<string> {
  await past(3_000);
  const { paint, task } = await page.evaluate<Noted>('window.noted$');
  expect(paint).toBeGreaterThan(0);
  return `${what}: largest paint after ${paint.toFixed(0)} ms, longest task ${task.toFixed(0)} ms`;
}

const print = (line: string): void => void process.stdout.write(`${line}\n`);

test(`the sign-in and the overview are painted on a processor that is ${slowness} times slower`, async () => {
  const { page } = await open('about:blank');
  const session: CDPSession = await page.context().newCDPSession(page);
  await session.send('Emulation.setCPUThrottlingRate', { rate: slowness });
  await page.goto(addressOf('/'));
  await page.getByRole('button', { name: 'Sign in' }).waitFor();
  print(await notedBy(page, 'sign-in, first visit'));
  await enterCredentials(page, tenant.username, tenant.password);
  await page.getByRole('heading', { name: 'Home' }).waitFor();
  // What is painted after an input is not noted.
  await page.reload();
  await page.getByRole('heading', { name: 'Home' }).waitFor();
  print(await notedBy(page, 'overview, read again'));
});

test(`one of ${people} people is found, and few rows are rendered`, { timeout: hour }, async () => {
  const own = await newAdministeredTenant(uniqueName('crowd'), { cloud, operator: await logInAsOperator(cloud) });
  const made = await timeOf(async () => {
    for (let at = 0; at < people; at += 20)
      await Promise.all(
        Array.from({ length: 20 }, async (_, next) => {
          const person = { username: uniqueName('crowd'), first_name: 'Person', last_name: `No${at + next}` };
          expect((await own.ask('PUT', '/users', person)).status).toBe(201);
        }),
      );
  });
  print(`${people} people made in ${(made / 1_000).toFixed(0)} s`);
  const { page } = await signInAt(open, own.username, own.password);
  const listed = await timeOf(async () => {
    await openBy(page, 'Users');
    await page.getByRole('table').getByRole('link').first().waitFor();
  });
  expect(await page.getByRole('row').count()).toBeLessThanOrEqual(maxRows);
  const found = await timeOf(async () => {
    await page
      .getByRole('searchbox')
      .first()
      .fill(`No${people - 7}`);
    await page.getByRole('link', { name: `Person No${people - 7}` }).waitFor();
  });
  print(
    `of ${people} people, the list is shown after ${listed.toFixed(0)} ms, one is found after ${found.toFixed(0)} ms`,
  );
});

/** Files calls of the tenant by the queue, and waits until they are found. */
async function fileMany(batch: string): Promise<void> {
  const calls = Array.from({ length: count }, (_, at): Call => {
    return { id: uniqueName('call'), callee: callees[at % callees.length] ?? callees[0], seconds: 1 + (at % 600) };
  });
  const bodies = Array.from({ length: Math.ceil(count / recordsEach) }, (_, at) =>
    message({ organization: tenant.id, batch }, ...calls.slice(at * recordsEach, (at + 1) * recordsEach)),
  );
  await sendToQueue(queuesOf(cloud), cloud.outputs['CdrQueueUrl'] ?? '', bodies);
  await eventually(async () => {
    const { body } = await tenant.ask('GET', `/cdr?batch_id=${batch}&limit=1`);
    // The total of a list stops at 1,000.
    const { rated = 0, unrated = 0, free = 0 } = (body as { readonly batch: Readonly<Record<string, number>> }).batch;
    expect(rated + unrated + free).toBe(count);
  }, hour);
}

/** Milliseconds that something takes. */
async function timeOf(act: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await act();
  return performance.now() - began;
}

/** Whether a request is one for a page of calls; their sums are another. */
const isPage = (address: string): boolean => {
  const { pathname, searchParams } = new URL(address);
  return pathname === '/cdr' && !searchParams.has('totals');
};

test(`a search finds ${count} calls by one request a page, and renders few rows`, { timeout: 2 * hour }, async () => {
  const batch = uniqueName('batch');
  print(`${count} calls filed and rated in ${((await timeOf(() => fileMany(batch))) / 1_000).toFixed(0)} s`);
  const { page } = await signInAt(open, tenant.username, tenant.password);
  await openBy(page, 'Call history');
  const asked: string[] = [];
  page.on('request', (request) => {
    const { pathname, search } = new URL(request.url());
    if (isPage(request.url())) asked.push(`${pathname}${search}`);
  });
  const table = page.getByRole('region', { name: 'Calls' });
  const pages = [];
  for (const [what, act] of [
    ['first page', () => page.getByRole('searchbox', { name: 'Find calls' }).fill('outgoing')],
    ['next page', () => table.press('End')],
  ] as const) {
    const requests = asked.length;
    const shown = await timeOf(async () => {
      const answer = page.waitForResponse((response) => isPage(response.url()));
      await act();
      await (await answer).finished();
      await page
        .getByRole('status')
        .getByText(/\d calls/)
        .waitFor();
    });
    await past(1_000);
    expect([what, asked.length]).toEqual([what, requests + 1]);
    expect(await table.getByRole('row').count()).toBeLessThanOrEqual(maxRows);
    const alone: number[] = [];
    for (let at = 0; at < 5; at += 1) alone.push(await timeOf(() => tenant.ask('GET', asked.at(-1) ?? '')));
    pages.push(`${what} ${shown.toFixed(0)} ms, of which the API takes ${median(alone).toFixed(0)} ms alone`);
  }
  print(`search over ${count} calls: ${pages.join('; ')}`);

  for (const rate of [1, slowness]) {
    const { page: home } = await signInAt(open, tenant.username, tenant.password);
    const session = await home.context().newCDPSession(home);
    await session.send('Emulation.setCPUThrottlingRate', { rate });
    const requests: string[] = [];
    home.on('request', (request) => {
      if (['fetch', 'xhr'].includes(request.resourceType())) requests.push(new URL(request.url()).pathname);
    });
    await home.reload();
    await home.getByRole('heading', { name: 'Home' }).waitFor();
    print(await notedBy(home, `Home with ${count} calls, on a processor that is ${rate} times slower`));
    print(`it asks ${requests.join(', ')}`);
  }
});
