import type { Page } from 'playwright-core';
import { beforeAll, expect, test } from 'vitest';
import { eventually } from '#test/support/eventually.ts';
import { needs } from '#test/support/tools.ts';
import { pagesAt } from '../browser.ts';
import { connect } from '../cloud.ts';
import { expectFlawless } from '../console-looks.fixture.ts';
import { fileCalls } from '../console-records.fixture.ts';
import { enterCredentials, navigation, openBy, signInAt, waitForLists } from '../console.fixture.ts';
import {
  askAsOperator,
  newAdministeredTenant,
  outcome,
  tenantPassword,
  uniqueName,
  type AdministeredTenant,
} from '../tenant.fixture.ts';

/** Home in the console: figures, the plot of the hours, what needs attention, and the first steps. */

needs('chromium');
const open = pagesAt((path) => new URL(path, connect().outputs.ApiUrl).href);
const newUser = (username: string, roles: readonly string[]) => ({
  username,
  password: tenantPassword,
  email: `${username}@example.com`,
  roles,
  must_change_password: false,
});

const figure = (page: Page, label: string): Promise<string> => page.locator(`[data-figure="${label}"]`).innerText();

let tenant: AdministeredTenant;
beforeAll(async () => {
  tenant = await newAdministeredTenant(uniqueName('overview'));
});

test('an empty organization is set up by a list, which shows what is done and is put away', async () => {
  const { page, complaints } = await signInAt(open, tenant.username, tenant.password);
  const list = page.getByRole('region', { name: 'First steps' });
  await list.getByText('0 of 6 done').waitFor();
  await list.getByText('The same by the API: Add a user').click();
  await list.getByText(/curl -X PUT .*\/users'/).waitFor();
  await expectFlawless(page, 'overview-empty');
  await page.setViewportSize({ width: 1280, height: 900 });

  await list.getByRole('button', { name: 'Switch on the phone of this page' }).click();
  await list.getByText('1 of 6 done').waitFor();
  await list.getByRole('link', { name: 'Invite' }).click();
  await page.getByRole('heading', { name: 'Invite' }).waitFor();
  expect(outcome(await tenant.ask('PUT', '/users', newUser(uniqueName('agent'), ['agent'])))).toBe('201');
  await openBy(page, 'Home');
  await list.getByText('2 of 6 done').waitFor();
  expect(await list.locator('[data-step="user"]').getAttribute('data-done')).toBe('true');

  await list.getByRole('button', { name: 'Put away' }).click();
  await list.waitFor({ state: 'detached' });
  await openBy(page, 'Users');
  await openBy(page, 'Home');
  await page.getByText('Calls per hour').waitFor();
  expect(await list.count()).toBe(0);
  expect(complaints).toEqual([]);
});

test('a seller begins with a customer', async () => {
  const reseller = await newAdministeredTenant(uniqueName('seller'), { more: { type: 'reseller' } });
  const { page } = await signInAt(open, reseller.username, reseller.password);
  const list = page.getByRole('region', { name: 'First steps' });
  await list.getByText('0 of 7 done').waitFor();
  expect(await list.getByRole('listitem').first().innerText()).toContain('Add a customer');
});

test('calls, talk time, cost and the answer rate of today are shown, hour by hour', async () => {
  const calling = await newAdministeredTenant(uniqueName('figures'));
  const profile = { rates: { internationalCallRate: '0.5' }, creditLimit: 100 };
  expect(outcome(await askAsOperator('PUT', `/billingprofile/${calling.id}`, profile))).toBe('200');
  const call = { caller: '+4930123456', callee: '+442079460000' };
  await fileCalls(calling, [
    { ...call, ago: 600, seconds: 120 },
    { ...call, ago: 500, seconds: 60 },
    { ...call, ago: 400, seconds: 0 },
  ]);
  // Just after midnight in Berlin, the calls are of the day before.
  const dayAt = (at: number): string => new Date(at).toLocaleDateString('en', { timeZone: 'Europe/Berlin' });
  const isToday = dayAt(Date.now() - 900_000) === dayAt(Date.now());
  const { page, complaints } = await open('/');
  const asked: string[] = [];
  page.on('request', (request) => asked.push(new URL(request.url()).pathname));
  await enterCredentials(page, calling.username, calling.password);
  await eventually(async () => {
    expect(await figure(page, 'Calls today')).toBe(isToday ? '3' : '0');
    expect(await figure(page, 'Answered today')).toBe(isToday ? '67%' : '–');
    expect(await figure(page, 'Talk time today')).toBe(isToday ? '3:00' : '0:00');
    expect(await figure(page, 'Cost today')).toMatch(isToday ? /^1\.50 [A-Z]{3}$/ : /^–$/);
    expect(await figure(page, 'Connected phones')).toBe('0 of 0');
    expect(await figure(page, 'Balance')).toMatch(/^-1\.50 [A-Z]{3}$/);
  }, 60_000);
  // One answer has all figures.
  const isOfCalls = (path: string): boolean => /^\/(usage|cdr|billingprofile\/.*)$/.test(path);
  expect(asked.filter(isOfCalls)).toEqual([]);
  await page.getByText('As a table').click();
  const rows = page.getByRole('row').filter({ has: page.getByRole('rowheader') });
  const counts = (await rows.allInnerTexts()).map((row) => row.split(/\s+/).slice(-2).map(Number));
  expect(counts).toHaveLength(24);
  expect(counts.reduce((sum, [all = 0, answered = 0]) => sum + all * 10 + answered, 0)).toBe(32);
  await page.getByRole('button', { name: 'Put away' }).click();
  await expectFlawless(page, 'overview-calls');
  expect(complaints).toEqual([]);
});

/** The username of a new person with a role. */
const newPerson: Readonly<Record<string, () => Promise<string>>> = {
  'a tenant': async () => (await newAdministeredTenant(uniqueName('quick'))).username,
  'a reseller': async () => (await newAdministeredTenant(uniqueName('quick'), { more: { type: 'reseller' } })).username,
  'an operator': async () => {
    const username = uniqueName('quick');
    expect(outcome(await askAsOperator('PUT', '/users', newUser(username, ['operator'])))).toBe('201');
    return username;
  },
};

/** Requests of a page, without its files. */
function apiRequestsOf(page: Page): readonly string[] {
  const asked: string[] = [];
  page.on('request', (request) => {
    const { pathname } = new URL(request.url());
    if (request.resourceType() === 'fetch' && !pathname.startsWith('/console')) asked.push(pathname);
  });
  return asked;
}

/** Waits until the overview is whole. */
async function untilWhole(page: Page): Promise<void> {
  await page.getByText('Calls per hour').waitFor();
  await eventually(async () => expect(await page.locator('[data-figure]').count()).toBe(8));
  await waitForLists(page);
}

test.each(Object.entries(newPerson))(
  'the overview of %s is whole after three requests at most',
  async (_person, make) => {
    const { page } = await open('/');
    await enterCredentials(page, await make(), tenantPassword);
    await untilWhole(page);
    const asked = apiRequestsOf(page);
    await page.reload();
    await untilWhole(page);
    // Of the page itself: the summary. Of its frame: the session, and alarms.
    expect(asked.length, asked.join(' ')).toBeLessThanOrEqual(3);
  },
);

test('what needs attention is listed, and a viewer sees neither steps nor figures of money', async () => {
  const entry = { event_type: 'custom.line_down', severity: 'error', description: 'Line 7 is down' };
  expect(outcome(await tenant.ask('PUT', `/eventlog/${tenant.id}`, entry))).toBe('201');
  const viewer = uniqueName('viewer');
  expect(outcome(await tenant.ask('PUT', '/users', newUser(viewer, ['viewer'])))).toBe('201');
  const { page } = await signInAt(open, tenant.username, tenant.password);
  const needs = page.getByRole('region', { name: 'Needs attention' });
  await needs.getByRole('link', { name: '1 alarm in the last 12 hours' }).waitFor();
  await needs.getByRole('listitem').filter({ hasText: 'Line 7 is down' }).last().waitFor();
  const { page: seen } = await signInAt(open, viewer, tenantPassword);
  await seen.locator('[data-figure="Calls now"]').waitFor();
  expect(await seen.getByRole('region', { name: 'First steps' }).count()).toBe(0);
  const balance = navigation(seen).getByRole('link', { name: 'Balance', includeHidden: true });
  const hasMoney = (await balance.count()) > 0;
  expect((await seen.locator('[data-figure="Balance"]').count()) > 0).toBe(hasMoney);
});
