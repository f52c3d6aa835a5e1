import { readFileSync } from 'node:fs';
import type { Locator, Page } from 'playwright-core';
import { beforeAll, expect, test } from 'vitest';
import { eventually } from '#test/support/eventually.ts';
import { needs } from '#test/support/tools.ts';
import { pagesAt } from '../browser.ts';
import { connect } from '../cloud.ts';
import { expectFlawless } from '../console-looks.fixture.ts';
import { fileCalls } from '../console-records.fixture.ts';
import { openBy, signInAt } from '../console.fixture.ts';
import { newAdministeredTenant, uniqueName, type AdministeredTenant } from '../tenant.fixture.ts';

/** Searches of calls in the console that are saved, and exported. */

needs('chromium');
const open = pagesAt((path) => new URL(path, connect().outputs.ApiUrl).href);
let tenant: AdministeredTenant;

beforeAll(async () => {
  tenant = await newAdministeredTenant(uniqueName('search'));
  await fileCalls(tenant, [
    { caller: '+4930123456', callee: '+442079460000', ago: 600, seconds: 60 },
    // A program of tables would calculate it.
    { caller: '=1+1', callee: '+442079460001', ago: 500, seconds: 60 },
    { caller: '+4930123456', callee: '+442079460002', ago: 400, seconds: 0 },
  ]);
});

/** The sums of what is found, such as `1 call · 0 answered`. */
const sums = (page: Page, text: RegExp): Locator => page.getByRole('status').getByText(text);

const searchFor = (page: Page, text: string): Promise<void> =>
  page.getByRole('searchbox', { name: 'Find calls' }).fill(text);

test('a search is saved under a name, opened again, and removed', async () => {
  const { page, complaints } = await signInAt(open, tenant.username, tenant.password);
  await openBy(page, 'Call history');
  await searchFor(page, 'no answer');
  await sums(page, /^1 call · 0 answered/).waitFor();
  await page.getByRole('button', { name: 'Save this search' }).click();
  await page.getByLabel('Name of the search').fill('Missed today');
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  const saved = page.getByRole('group', { name: 'Saved searches' });
  await saved.getByRole('button', { name: 'Missed today', exact: true }).waitFor();
  await expectFlawless(page, 'search');
  await page.setViewportSize({ width: 1280, height: 900 });

  await openBy(page, 'Users');
  await openBy(page, 'Call history');
  await sums(page, /^3 calls · 2 answered/).waitFor();
  await saved.getByRole('button', { name: 'Missed today', exact: true }).click();
  await sums(page, /^1 call /).waitFor();
  expect(await page.getByRole('searchbox', { name: 'Find calls' }).inputValue()).toBe('no answer');
  await saved.getByRole('button', { name: 'Remove Missed today' }).click();
  expect(await saved.getByRole('button', { name: 'Missed today', exact: true }).count()).toBe(0);
  expect(complaints).toEqual([]);
});

/** Clicks buttons by their names, one right after the other. */
const clickAtOnce = (page: Page, ...names: readonly string[]): Promise<unknown> =>
  page.evaluate(`(() => {
    const nameOf = (each) => each.getAttribute('aria-label') ?? each.textContent;
    const buttons = [...document.querySelectorAll('main button')];
    for (const name of ${JSON.stringify(names)}) buttons.find((each) => nameOf(each) === name).click();
  })()`);

test('a filter that is taken away keeps the days of a search that was opened just before', async () => {
  const { page } = await signInAt(open, tenant.username, tenant.password);
  await page.goto(new URL('#/search?text=answered&days=month', page.url()).href);
  await sums(page, /^2 calls/).waitFor();
  await page.getByRole('button', { name: 'Save this search' }).click();
  await page.getByLabel('Name of the search').fill('Month');
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await page.goto(new URL('#/search?text=busy', page.url()).href);
  await sums(page, /^0 calls/).waitFor();
  await clickAtOnce(page, 'Month', 'Remove Busy');
  await sums(page, /^3 calls/).waitFor();
  await eventually(() => expect(new URL(page.url()).hash).toBe('#/search?text=&days=month'));
});

test('a search is made of words, numbers and choices, which are taken away one by one', async () => {
  const { page } = await signInAt(open, tenant.username, tenant.password);
  await page.goto(new URL('#/search?text=%2B442079460000', page.url()).href);
  await sums(page, /^1 call · 1 answered/).waitFor();
  const filters = page.getByRole('group', { name: 'Filters' });
  await filters.getByRole('button', { name: 'Remove +442079460000' }).click();
  await sums(page, /^3 calls/).waitFor();
  await filters.getByRole('button', { name: 'Result' }).click();
  await page.getByRole('menuitem', { name: 'Answered' }).click();
  await sums(page, /^2 calls/).waitFor();
  await searchFor(page, 'answered >5 min');
  await page.getByText('No calls match.').waitFor();
  await searchFor(page, 'answered Zoe');
  await page.getByText('Not understood, and left out: Zoe').waitFor();
  await sums(page, /^2 calls/).waitFor();
});

test('a search sends one request for its calls, and one for their sums', async () => {
  const { page } = await signInAt(open, tenant.username, tenant.password);
  await openBy(page, 'Call history');
  await sums(page, /^3 calls/).waitFor();
  const asked: string[] = [];
  page.on('request', (request) => {
    const { pathname, searchParams } = new URL(request.url());
    const what = searchParams.has('totals') ? 'sums' : 'calls';
    if (pathname === '/cdr') asked.push(`${what} ${searchParams.get('disposition') ?? 'all'}`);
  });
  for (const [text, found] of [
    ['no answer', /^1 call /],
    ['answered', /^2 calls/],
    ['busy', /^0 calls/],
  ] as const) {
    await searchFor(page, text);
    await sums(page, found).waitFor();
    await page.waitForLoadState('networkidle');
  }
  const wanted = ['NO ANSWER', 'ANSWERED', 'BUSY'].flatMap((each) => [`calls ${each}`, `sums ${each}`]);
  expect(asked.toSorted()).toEqual(wanted.toSorted());
});

test('what a search finds is exported, and no cell of the file is a formula', async () => {
  const { page } = await signInAt(open, tenant.username, tenant.password);
  await openBy(page, 'Call history');
  await searchFor(page, 'answered');
  await sums(page, /^2 calls/).waitFor();
  await page.getByRole('button', { name: 'Export as CSV' }).click();
  const link = page.getByRole('link', { name: 'Download the file' });
  await link.waitFor();
  const download = page.waitForEvent('download');
  await link.click();
  const file = readFileSync(await (await download).path()).toString();
  expect(file.split('\r\n')[0]).toMatch(/^id,org_id,call_id,/);
  expect(file.trim().split('\r\n')).toHaveLength(3);
  expect(file).toContain(",'=1+1,");
  expect(file).not.toContain('+442079460002');
});

test('a list that is read again asks for its first page and the one in view, and stays where it is', async () => {
  const long = await newAdministeredTenant(uniqueName('long'));
  await fileCalls(
    long,
    Array.from({ length: 350 }, (_call, at) => ({
      caller: '+4930123456',
      callee: '+442079460000',
      ago: at,
      seconds: 1,
    })),
  );
  const { page } = await signInAt(open, long.username, long.password);
  const asked: string[] = [];
  page.on('request', (request) => {
    const { pathname, searchParams } = new URL(request.url());
    if (pathname === '/cdr' && !searchParams.has('totals')) asked.push(searchParams.get('page_token') ?? 'first');
  });
  await openBy(page, 'Call history');
  const table = page.getByRole('region', { name: 'Calls' });
  const last = table.locator('[aria-rowindex="351"]');
  await eventually(async () => {
    await table.press('End');
    expect(await last.count()).toBe(1);
  });
  const pages = [...asked];
  expect(pages).toHaveLength(4);
  expect(await table.getByRole('row').count()).toBeLessThanOrEqual(100);
  // As when the person comes back to the tab: what is shown may be old.
  await eventually(async () => {
    await page.evaluate("window.dispatchEvent(new Event('visibilitychange'))");
    expect(asked.length).toBeGreaterThan(pages.length);
  });
  await eventually(() => expect(asked.slice(pages.length)).toEqual(['first', pages[3]]));
  await page.waitForLoadState('networkidle');
  expect(asked.slice(pages.length)).toEqual(['first', pages[3]]);
  expect(await last.count()).toBe(1);
});
