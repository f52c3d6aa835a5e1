import { readFileSync } from 'node:fs';
import { beforeAll, expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { needs } from '../support/tools.ts';
import { pagesAt } from './browser.ts';
import { connect } from './cloud.ts';
import { expectFlawless } from './console-looks.fixture.ts';
import { fileCalls } from './console-records.fixture.ts';
import { openBy, signInAt } from './console.fixture.ts';
import { newAdministeredTenant, uniqueName, type AdministeredTenant } from './tenant.fixture.ts';

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

test('a search is saved under a name, opened again, and removed', async () => {
  const { page, complaints } = await signInAt(open, tenant.username, tenant.password);
  await openBy(page, 'Call search');
  await page.getByRole('combobox', { name: 'Disposition' }).click();
  await page.getByRole('option', { name: 'NO ANSWER', exact: true }).click();
  await page.getByRole('button', { name: 'Search', exact: true }).click();
  await page.getByText('1 call', { exact: true }).waitFor();
  await page.getByLabel('Name of the search').fill('Missed today');
  await page.getByRole('button', { name: 'Save search' }).click();
  const saved = page.getByRole('group', { name: 'Saved searches' });
  await saved.getByRole('button', { name: 'Missed today', exact: true }).waitFor();
  await expectFlawless(page, 'search');
  await page.setViewportSize({ width: 1280, height: 900 });

  await openBy(page, 'Users');
  await openBy(page, 'Call search');
  await page.getByText('3 calls').waitFor();
  await saved.getByRole('button', { name: 'Missed today', exact: true }).click();
  await page.getByText('1 call', { exact: true }).waitFor();
  expect(await page.getByRole('combobox', { name: 'Disposition' }).inputValue()).toBe('NO ANSWER');
  await saved.getByRole('button', { name: 'Remove Missed today' }).click();
  expect(await saved.getByRole('button', { name: 'Missed today', exact: true }).count()).toBe(0);
  expect(complaints).toEqual([]);
});

test('a search sends one request, also if it is the same or an earlier one', async () => {
  const { page } = await signInAt(open, tenant.username, tenant.password);
  await openBy(page, 'Call search');
  await page.getByText('3 calls').waitFor();
  const asked: string[] = [];
  page.on('request', (request) => {
    const { pathname, searchParams } = new URL(request.url());
    if (pathname === '/cdr') asked.push(searchParams.get('disposition') ?? 'all');
  });
  const press = async (): Promise<void> => {
    const answer = page.waitForResponse((response) => new URL(response.url()).pathname === '/cdr');
    await page.getByRole('button', { name: 'Search', exact: true }).click();
    await answer;
  };
  const search = async (option: string, found: string): Promise<void> => {
    await page.getByRole('combobox', { name: 'Disposition' }).click();
    await page.getByRole('option', { name: option, exact: true }).click();
    await press();
    await page.getByText(found, { exact: true }).waitFor();
  };
  await search('NO ANSWER', '1 call');
  await press();
  await search('ANSWERED', '2 calls');
  await search('NO ANSWER', '1 call');
  expect(asked).toEqual(['NO ANSWER', 'NO ANSWER', 'ANSWERED', 'NO ANSWER']);
});

test('what a search finds is exported, and no cell of the file is a formula', async () => {
  const { page } = await signInAt(open, tenant.username, tenant.password);
  await openBy(page, 'Call search');
  await page.getByRole('combobox', { name: 'Disposition' }).click();
  await page.getByRole('option', { name: 'ANSWERED', exact: true }).click();
  await page.getByRole('button', { name: 'Search', exact: true }).click();
  await page.getByText('2 calls', { exact: true }).waitFor();
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
    if (pathname === '/cdr') asked.push(searchParams.get('page_token') ?? 'first');
  });
  await openBy(page, 'Call search');
  const table = page.getByRole('region', { name: 'Call detail records' });
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
