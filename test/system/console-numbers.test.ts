import type { Page } from 'playwright-core';
import { beforeAll, expect, test } from 'vitest';
import { needs } from '../support/tools.ts';
import { pagesAt } from './browser.ts';
import { connect } from './cloud.ts';
import { expectFlawless } from './console-looks.fixture.ts';
import { openBy, signInAt, waitForLists } from './console.fixture.ts';
import {
  askAsOperator,
  newAdministeredTenant,
  outcome,
  tenantPassword,
  uniqueName,
  type AdministeredTenant,
} from './tenant.fixture.ts';

/** Numbers in the console: found, taken, and routed to what is chosen by its name. */

needs('chromium');
const open = pagesAt((path) => new URL(path, connect().outputs.ApiUrl).href);
let tenant: AdministeredTenant;

/** Digits that no other test has. */
const digits = String(10_000_000 + Math.floor(Math.random() * 89_999_999));
const number = `+4681${digits}`;
const group = uniqueName('desk');
const username = uniqueName('ada');

beforeAll(async () => {
  tenant = await newAdministeredTenant(uniqueName('numbers'));
  const offer = { state: 'available', country: 'SE', type: 'geographic', capabilities: ['voice', 'sms'] };
  expect(outcome(await askAsOperator('PUT', `/numbers/${number}`, offer))).toBe('201');
  expect(outcome(await tenant.ask('PUT', '/ringgroups/new', { name: group, extension: '600' }))).toBe('201');
  const user = { username, password: tenantPassword, display_name: 'Ada Becker', extension: '204', roles: ['viewer'] };
  expect(outcome(await tenant.ask('PUT', '/users', { ...user, must_change_password: false }))).toBe('201');
});

const routeOf = async (): Promise<unknown> =>
  ((await tenant.ask('GET', `/numbers/${number}`)).body as { data: { route: unknown } }).data.route;

/** Chooses what calls to the number are sent to. */
async function chooseRoute(page: Page, type: string, name: string): Promise<void> {
  await page.getByRole('combobox', { name: 'Route', exact: true }).click();
  await page.getByRole('option', { name: type, exact: true }).click();
  await page.getByRole('combobox', { name: 'Route: which' }).fill(name.slice(0, 6));
  await page.getByRole('option', { name }).click();
}

test('an administrator finds a number, takes it, and sends its calls to what is chosen by name', async () => {
  const { page, complaints } = await signInAt(open, tenant.username, tenant.password);
  await openBy(page, 'Numbers');
  await page.getByText('No numbers yet.').waitFor();
  await expectFlawless(page, 'numbers-own');
  await page.getByText('Available', { exact: true }).click();
  await page.getByLabel('Contains').fill(digits);
  await page.getByRole('button', { name: 'Search', exact: true }).click();
  await waitForLists(page);
  await expectFlawless(page, 'numbers-available');
  await page.getByRole('table').getByRole('link', { name: number }).click();
  await page.getByRole('heading', { name: number, level: 1 }).waitFor();
  await page.getByLabel('Label').fill('Reception');
  await chooseRoute(page, 'a ring group', group);
  await expectFlawless(page, 'number-offered');
  await page.getByRole('button', { name: 'Take the number' }).click();
  await page.getByRole('button', { name: 'Save' }).waitFor();
  expect(await routeOf()).toMatchObject({ type: 'ring_group' });
  expect(await page.getByRole('combobox', { name: 'Route: which' }).inputValue()).toBe(`${group} (600)`);

  await chooseRoute(page, 'a user', 'Ada Becker (204)');
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByText('Saved.').waitFor();
  expect(await routeOf()).toMatchObject({ type: 'user' });
  await chooseRoute(page, 'a mailbox', 'Ada Becker (204)');
  await page.getByRole('button', { name: 'Save' }).click();
  await expect.poll(routeOf, { timeout: 30_000 }).toEqual({ type: 'voicemail', id: '204' });
  await expectFlawless(page, 'number-held');
  await page.setViewportSize({ width: 1280, height: 900 });
  await openBy(page, 'Numbers');
  await page.getByRole('row', { name: new RegExp(`\\${number}.*Reception.*active.*a mailbox`) }).waitFor();
  expect(complaints).toEqual([]);
});

test('a viewer takes no number', async () => {
  const { page } = await signInAt(open, username, tenantPassword);
  await openBy(page, 'Numbers');
  expect(await page.getByRole('link', { name: 'New number' }).count()).toBe(0);
  const other = `+4682${digits}`;
  const offer = { state: 'available', country: 'SE', type: 'geographic' };
  expect(outcome(await askAsOperator('PUT', `/numbers/${other}`, offer))).toBe('201');
  await page.getByText('Available', { exact: true }).click();
  await page.getByLabel('Contains').fill(digits);
  await page.getByRole('button', { name: 'Search', exact: true }).click();
  await page.getByRole('table').getByRole('link', { name: other }).click();
  await page.getByRole('heading', { name: other, level: 1 }).waitFor();
  expect(await page.getByRole('button', { name: 'Take the number' }).count()).toBe(0);
});

test('a ring group and a schedule of call handling are chosen by their names', async () => {
  const hours = { name: 'Office hours', time_zone: 'Europe/Stockholm', weekly: [] };
  expect(outcome(await tenant.ask('PUT', '/schedules/new', hours))).toBe('201');
  const { page } = await signInAt(open, tenant.username, tenant.password);
  await openBy(page, 'My call handling');
  await page.getByRole('combobox', { name: 'When busy', exact: true }).click();
  await page.getByRole('option', { name: 'a ring group' }).click();
  await page.getByRole('combobox', { name: 'When busy: which' }).click();
  await page.getByRole('option', { name: group }).click();
  await page.getByRole('combobox', { name: 'Schedule in whose open hours the phones ring' }).click();
  await page.getByRole('option', { name: hours.name }).click();
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByText('Saved.').waitFor();
  const { body } = await tenant.ask('GET', `/users/${tenant.userId}/callhandling`);
  expect(body).toMatchObject({
    data: { forward: { busy: { type: 'ring_group' } }, schedule: expect.stringMatching(/^sched_/) },
  });
});
