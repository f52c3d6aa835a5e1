import type { Page } from 'playwright-core';
import { beforeAll, expect, test } from 'vitest';
import { needs } from '#test/support/tools.ts';
import { pagesAt } from '../browser.ts';
import { countClicks } from './clicks.fixture.ts';
import { connect } from '../cloud.ts';
import { expectFlawless } from '../console-looks.fixture.ts';
import { navigation, openBy, signInAt, waitForLists } from '../console.fixture.ts';
import {
  askAsOperator,
  newAdministeredTenant,
  outcome,
  tenantPassword,
  texts,
  uniqueName,
  type AdministeredTenant,
} from '../tenant.fixture.ts';

/** Numbers in the console: found, taken, and routed to what is chosen by its name. */

needs('chromium');
const open = pagesAt((path) => new URL(path, connect().outputs.ApiUrl).href);
let tenant: AdministeredTenant;

/** Digits that no other test has. */
const digits = String(10_000_000 + Math.floor(Math.random() * 89_999_999));
const number = `+4681${digits}`;
const group = uniqueName('desk');
const username = uniqueName('ada');
let ada = '';

beforeAll(async () => {
  tenant = await newAdministeredTenant(uniqueName('numbers'));
  const offer = { state: 'available', country: 'SE', type: 'geographic', capabilities: ['voice', 'sms'] };
  expect(outcome(await askAsOperator('PUT', `/numbers/${number}`, offer))).toBe('201');
  expect(outcome(await tenant.ask('PUT', '/ringgroups/new', { name: group, extension: '600' }))).toBe('201');
  const user = { username, password: tenantPassword, display_name: 'Ada Becker', extension: '204', roles: ['viewer'] };
  const made = await tenant.ask('PUT', '/users', { ...user, must_change_password: false });
  expect(outcome(made)).toBe('201');
  ada = texts(made)['id'] ?? '';
});

const routeOf = async (of = number): Promise<unknown> =>
  ((await tenant.ask('GET', `/numbers/${of}`)).body as { data: { route: unknown } }).data.route;

/** Chooses what calls to the number are sent to. */
async function chooseRoute(page: Page, type: string, name: string): Promise<void> {
  await page.getByRole('combobox', { name: 'Calls go to', exact: true }).click();
  await page.getByRole('option', { name: type, exact: true }).click();
  await page.getByRole('combobox', { name: 'Calls go to: which' }).fill(name.slice(0, 6));
  await page.getByRole('option', { name }).click();
}

test('an administrator finds a number, takes it, and sends its calls to what is chosen by name', async () => {
  const { page, complaints } = await signInAt(open, tenant.username, tenant.password);
  await openBy(page, 'Numbers');
  await page.getByText('No numbers yet.').waitFor();
  await expectFlawless(page, 'numbers-own');
  await page.getByText('Available', { exact: true }).click();
  await page.getByRole('searchbox', { name: 'Search', exact: true }).fill(digits);
  await waitForLists(page);
  await expectFlawless(page, 'numbers-available');
  await page.getByRole('link', { name: `Take ${number}` }).click();
  await page.getByRole('heading', { name: number, level: 1 }).waitFor();
  await page.getByLabel('Label').fill('Reception');
  await chooseRoute(page, 'a ring group', group);
  await expectFlawless(page, 'number-offered');
  await page.getByRole('button', { name: 'Take the number' }).click();
  await page.getByRole('button', { name: 'Save' }).waitFor();
  expect(await routeOf()).toMatchObject({ type: 'ring_group' });
  expect(await page.getByRole('combobox', { name: 'Calls go to: which' }).inputValue()).toBe(`${group} (600)`);

  await chooseRoute(page, 'a user', 'Ada Becker (204)');
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByText('Saved.').waitFor();
  expect(await routeOf()).toEqual({ type: 'user', id: ada });
  await chooseRoute(page, 'a mailbox', 'Ada Becker (204)');
  await page.getByRole('button', { name: 'Save' }).click();
  await expect.poll(() => routeOf(), { timeout: 30_000 }).toEqual({ type: 'voicemail', id: '204' });
  await expectFlawless(page, 'number-held');
  await page.setViewportSize({ width: 1280, height: 900 });
  await openBy(page, 'Numbers');
  await page.getByRole('row', { name: new RegExp(`\\${number}.*Reception.*Mailbox 204`) }).waitFor();
  expect(complaints).toEqual([]);
});

test('calls of a number are sent to a person by at most four clicks from the first page, and back by one', async () => {
  const own = `+4683${digits}`;
  const offer = { state: 'available', country: 'SE', type: 'geographic' };
  expect(outcome(await askAsOperator('PUT', `/numbers/${own}`, offer))).toBe('201');
  const held = { label: 'Hotline', route: { type: 'voicemail', id: '204' } };
  expect(outcome(await tenant.ask('PUT', `/numbers/${own}`, held))).toBe('201');
  const { page, complaints } = await signInAt(open, tenant.username, tenant.password);
  const clicks = await countClicks(page);
  await navigation(page).getByRole('link', { name: 'Numbers', exact: true }).click();
  await page.getByRole('button', { name: `Send the calls to ${own} elsewhere` }).click();
  await page.keyboard.type('Ada');
  await page.getByRole('group', { name: 'People' }).getByRole('option', { name: 'Ada Becker (204)' }).click();
  const row = page.getByRole('row', { name: new RegExp(`\\${own}`) });
  await row.getByRole('link', { name: 'Ada Becker (204)' }).waitFor();
  expect(clicks.count).toBeLessThanOrEqual(4);
  expect(await routeOf(own)).toEqual({ type: 'user', id: ada });
  await page.getByRole('button', { name: 'Undo' }).click();
  await row.getByRole('link', { name: 'Mailbox 204' }).waitFor();
  expect(await routeOf(own)).toEqual(held.route);
  await expectFlawless(page, 'numbers-routed');
  expect(complaints).toEqual([]);
});

test('a number is released after a question that says what its calls no longer reach', async () => {
  const own = `+4684${digits}`;
  const offer = { state: 'available', country: 'SE', type: 'geographic' };
  expect(outcome(await askAsOperator('PUT', `/numbers/${own}`, offer))).toBe('201');
  const { body } = await tenant.ask('GET', '/ringgroups');
  const { id = '' } = (body as { data: { id: string; name: string }[] }).data.find(({ name }) => name === group) ?? {};
  expect(outcome(await tenant.ask('PUT', `/numbers/${own}`, { route: { type: 'ring_group', id } }))).toBe('201');
  const { page, complaints } = await signInAt(open, tenant.username, tenant.password);
  await openBy(page, 'Numbers');
  await page.getByRole('table').getByRole('link', { name: own, exact: true }).click();
  await page.getByRole('button', { name: 'More actions' }).click();
  await page.getByRole('menuitem', { name: 'Release the number' }).click();
  await page.getByRole('dialog').getByText(`Calls no longer reach ${group} (600).`).waitFor();
  await page.getByRole('dialog').getByRole('button', { name: 'Release the number' }).click();
  await page.getByText(`${own} is released.`).waitFor();
  expect(outcome(await tenant.ask('GET', `/numbers/${own}`))).toBe('404 NOT_FOUND');
  expect(complaints).toEqual([]);
});

test('a viewer takes no number', async () => {
  const { page } = await signInAt(open, username, tenantPassword);
  await openBy(page, 'Numbers');
  expect(await page.getByRole('link', { name: 'New number' }).count()).toBe(0);
  expect(await page.getByRole('button', { name: 'Take a number' }).count()).toBe(0);
  const other = `+4682${digits}`;
  const offer = { state: 'available', country: 'SE', type: 'geographic' };
  expect(outcome(await askAsOperator('PUT', `/numbers/${other}`, offer))).toBe('201');
  await page.getByText('Available', { exact: true }).click();
  await page.getByRole('searchbox', { name: 'Search', exact: true }).fill(digits);
  await page.getByRole('table').getByRole('link', { name: other, exact: true }).click();
  await page.getByRole('heading', { name: other, level: 1 }).waitFor();
  expect(await page.getByRole('button', { name: 'Take the number' }).count()).toBe(0);
});

test('a ring group and a schedule of call handling are chosen by their names', async () => {
  const hours = { name: 'Office hours', time_zone: 'Europe/Stockholm', weekly: [] };
  expect(outcome(await tenant.ask('PUT', '/schedules/new', hours))).toBe('201');
  const { page } = await signInAt(open, tenant.username, tenant.password);
  await page.getByRole('button', { name: `Menu of ${tenant.username}` }).click();
  await page.getByRole('menuitem', { name: 'My call handling' }).click();
  await page.getByRole('heading', { name: 'My call handling', level: 1 }).waitFor();
  await page.getByRole('combobox', { name: 'When busy', exact: true }).click();
  await page.getByRole('option', { name: 'a ring group' }).click();
  await page.getByRole('combobox', { name: 'When busy: which' }).click();
  await page.getByRole('option', { name: group }).click();
  await page.getByRole('combobox', { name: 'Schedule with the hours in which the phones ring' }).click();
  await page.getByRole('option', { name: hours.name }).click();
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByText('Saved.').waitFor();
  const { body } = await tenant.ask('GET', `/users/${tenant.userId}/callhandling`);
  expect(body).toMatchObject({
    data: { forward: { busy: { type: 'ring_group' } }, schedule: expect.stringMatching(/^sched_/) },
  });
});
