import type { Locator, Page } from 'playwright-core';
import { beforeAll, expect, test } from 'vitest';
import { eventually } from '#test/support/eventually.ts';
import { needs } from '#test/support/tools.ts';
import { pagesAt } from '../browser.ts';
import { countClicks } from './clicks.fixture.ts';
import { connect, logIn } from '../cloud.ts';
import { expectFlawless } from '../console-looks.fixture.ts';
import { chooseMonth, fileCalls } from '../console-records.fixture.ts';
import {
  enterCredentials,
  navigation,
  openBy,
  signInAt,
  signOut,
  unfoldNavigation,
  violationsIn,
} from '../console.fixture.ts';
import {
  newAdministeredTenant,
  outcome,
  tenantPassword,
  uniqueName,
  type AdministeredTenant,
} from '../tenant.fixture.ts';

/** Customers in the console of a seller: the tree, limits, suspension, their statement, and looking at one. */

needs('chromium');
const open = pagesAt((path) => new URL(path, connect().outputs.ApiUrl).href);
let seller: AdministeredTenant;
const customer = uniqueName('customer');
const other = uniqueName('other');
let id: string;

async function newCustomer(name: string): Promise<string> {
  const admin = { username: name, password: tenantPassword };
  const answer = await seller.ask('PUT', '/orgs', { name, country: 'DE', timezone: 'Europe/Berlin', admin });
  expect(outcome(answer)).toBe('201');
  return (answer.body as { data: { id: string } }).data.id;
}

beforeAll(async () => {
  seller = await newAdministeredTenant(uniqueName('seller'), { more: { type: 'reseller' } });
  id = await newCustomer(customer);
  await newCustomer(other);
  const profile = { creditLimit: 25, accountType: 'postpaid', rates: { internationalCallRate: '0.1' } };
  expect(outcome(await seller.ask('PUT', `/billingprofile/${id}`, profile))).toBe('200');
});

test('customers are below their seller, with balance, credit and calls, and are found by name', async () => {
  const { page, complaints } = await signInAt(open, seller.username, seller.password);
  await openBy(page, 'Customers');
  const row = page.getByRole('row', { name: new RegExp(customer) });
  await row.getByText(/25\.00/).waitFor();
  // Spent today, and calls now.
  await row.getByText('0.00', { exact: true }).waitFor();
  await row.getByText('0', { exact: true }).waitFor();
  await expectFlawless(page, 'customers');
  await page.setViewportSize({ width: 1280, height: 900 });
  await page.getByRole('button', { name: `Customers of ${seller.username}` }).click();
  await row.waitFor({ state: 'detached' });
  await page.getByRole('button', { name: `Customers of ${seller.username}` }).click();
  await page.getByLabel('Search').fill(customer);
  await page.getByRole('row', { name: new RegExp(other) }).waitFor({ state: 'detached' });
  await row.waitFor();
  expect(complaints).toEqual([]);
});

const chosen = async (page: Page, row: Locator, name: string, item: string): Promise<void> => {
  await row.getByRole('button', { name: `Actions for ${name}` }).click();
  await page.getByRole('menuitem', { name: item }).click();
};

test('a customer is limited, suspended by its name and resumed', async () => {
  const { page, complaints } = await signInAt(open, seller.username, seller.password);
  const clicks = await countClicks(page);
  await openBy(page, 'Customers');
  const row = page.getByRole('row', { name: new RegExp(other) });
  const dialog = page.getByRole('dialog');
  await chosen(page, row, other, 'Suspend');
  await dialog.getByText('1 person can see the balance only.').waitFor();
  expect(await violationsIn(page)).toEqual([]);
  const suspend = dialog.getByRole('button', { name: 'Suspend' });
  expect(await suspend.isDisabled()).toBe(true);
  await dialog.getByLabel(`Type “${other}” to confirm`).fill(other);
  await suspend.click();
  await row.getByText('suspended').waitFor();
  expect(clicks.count).toBeLessThanOrEqual(12);
  const token = await logIn(connect(), other, tenantPassword);
  expect(outcome(await seller.ask('GET', '/users', undefined, { token }))).toBe('403 ORG_SUSPENDED');
  await chosen(page, row, other, 'Resume');
  await dialog.getByRole('button', { name: 'Resume' }).click();
  await row.getByText('active').waitFor();
  expect(outcome(await seller.ask('GET', '/users', undefined, { token }))).toBe('200');
  await chosen(page, row, other, 'Limits');
  await dialog.getByLabel('Calls at a time').fill('7');
  expect(await violationsIn(page)).toEqual([]);
  await dialog.getByRole('button', { name: 'Save' }).click();
  await dialog.waitFor({ state: 'detached' });
  await row.getByRole('link', { name: other }).click();
  await page.getByText('0 of 7').waitFor();
  expect(complaints).toEqual([]);
});

test('what a customer paid and its calls cost in a month is found by few clicks', async () => {
  const credit = { amount: '40.00', reference: uniqueName('wire') };
  expect(outcome(await seller.ask('POST', `/billingprofile/${id}/credit`, credit))).toBe('201');
  const token = await logIn(connect(), customer, tenantPassword);
  const ask: typeof seller.ask = (method, path, body, more) => seller.ask(method, path, body, { token, ...more });
  const [paidAt, ago] = [Date.now(), 100];
  const calls = [60, 90].map((seconds) => ({ caller: '+4930123456', callee: '+442079460000', ago, seconds }));
  await fileCalls({ ask, id }, calls);
  const { page, complaints } = await signInAt(open, seller.username, seller.password);
  const clicks = await countClicks(page);
  await openBy(page, 'Customers');
  await page
    .getByRole('row', { name: new RegExp(customer) })
    .getByRole('link', { name: customer })
    .click();
  await page.getByRole('tab', { name: 'Statement' }).click();
  // The first minutes of a month have calls of the month before.
  await chooseMonth(page, paidAt - ago * 1_000);
  await page.getByText(/^Calls and SMS of the month cost \D*0\.25/).waitFor();
  await page.getByText('2 calls, 2.5 minutes, 0 SMS').waitFor();
  await chooseMonth(page, paidAt);
  await page.getByText(`Payment, ${credit.reference}`).waitFor();
  await page
    .getByRole('row', { name: /Balance after it/ })
    .getByText(/39\.75/)
    .waitFor();
  expect(clicks.count).toBeLessThanOrEqual(12);
  await expectFlawless(page, 'customer-statement');
  await page.setViewportSize({ width: 1280, height: 900 });
  await page.getByRole('tab', { name: 'Overview' }).click();
  await page.getByText('Can still be spent').waitFor();
  await expectFlawless(page, 'customer');
  expect(complaints).toEqual([]);
});

test('a customer is deleted by its name, after a question that says what goes with it', async () => {
  const name = uniqueName('gone');
  const gone = await newCustomer(name);
  const { page, complaints } = await signInAt(open, seller.username, seller.password);
  await openBy(page, 'Customers');
  await page.getByRole('table').getByRole('link', { name }).click();
  await page.getByRole('tab', { name: 'Settings' }).click();
  await page.getByRole('button', { name: 'Delete' }).click();
  const dialog = page.getByRole('dialog', { name: `Delete ${name}?` });
  await dialog.getByText('1 person can no longer sign in.').waitFor();
  await dialog.getByText('Users, phones, gateways and the dial plan are deleted.').waitFor();
  expect(await violationsIn(page)).toEqual([]);
  const confirm = dialog.getByRole('button', { name: 'Delete' });
  await dialog.getByLabel(`Type “${name}” to confirm`).fill(name.slice(1));
  expect(await confirm.isDisabled()).toBe(true);
  await dialog.getByLabel(`Type “${name}” to confirm`).fill(name);
  await confirm.click();
  await page.getByText(`${name} is deleted.`).waitFor();
  expect((await seller.ask('GET', `/orgs/${gone}`)).body).toMatchObject({ data: { status: 'closed' } });
  await page.getByRole('heading', { name: 'Customers', level: 1 }).waitFor();
  expect(complaints).toEqual([]);
});

test('a seller looks at a customer on every page, also after a reload, until it goes back', async () => {
  const { page } = await signInAt(open, seller.username, seller.password);
  const asked: string[] = [];
  page.on('request', (request) => asked.push(request.url()));
  await openBy(page, 'Customers');
  await page.getByRole('button', { name: `Enter ${customer}` }).click();
  const banner = page.getByRole('region', { name: 'Organization that is looked at' });
  await banner.getByText(customer).first().waitFor();
  await openBy(page, 'Users');
  await page.getByRole('table').getByRole('link', { name: customer }).waitFor();
  expect(asked.some((url) => url.includes('/users?') && url.includes(`org_id=${id}`))).toBe(true);
  expect(page.url()).toContain(`?org_id=${id}#/r/users`);
  await expectFlawless(page, 'looking-at');

  await page.setViewportSize({ width: 1280, height: 900 });
  await page.reload();
  await page.getByRole('table').getByRole('link', { name: customer }).waitFor();
  await banner.getByText(customer).first().waitFor();
  await banner.getByRole('button', { name: `Leave ${customer}` }).click();
  await page.getByRole('heading', { name: 'Customers', level: 1 }).waitFor();
  expect(await banner.count()).toBe(0);
  expect(page.url()).not.toContain('org_id');
});

test('who has no customers has no such page, and looks at no other organization', async () => {
  const { page } = await open(`/?org_id=${seller.id}`);
  await enterCredentials(page, customer, tenantPassword);
  await openBy(page, 'Users');
  await page.getByRole('table').getByRole('link', { name: customer }).waitFor();
  expect(await page.getByRole('region', { name: 'Organization that is looked at' }).count()).toBe(0);
  expect(await navigation(page).getByRole('link', { name: 'Customers' }).count()).toBe(0);
});

/** A violet rectangle. */
const png = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAADAAAAAQAQMAAABqYG7yAAAAA1BMVEWGLpywfIyrAAAADElEQVR42mNgoC8AAABwAAFT92nSAAAAAElFTkSuQmCC',
  'base64',
);

test("customers of a reseller see its brand, and others the platform's", async () => {
  const { page, complaints } = await signInAt(open, seller.username, seller.password);
  await unfoldNavigation(page);
  await navigation(page).getByRole('link', { name: 'Organization', exact: true }).click();
  await page.getByRole('tab', { name: 'Branding' }).click();
  const form = page.getByRole('form', { name: 'Branding' });
  await form.getByLabel('Name of the product').fill('Violet Voice');
  await form.getByLabel('Color of buttons and links').fill('#ffcc00');
  await form.getByText('Its contrast is 1.5 : 1. Text needs 4.5 : 1.').waitFor();
  await form.getByLabel('Color of buttons and links').fill('#862e9c');
  await form.getByLabel('Page where customers get help').fill('https://help.example');
  const [chooser] = await Promise.all([
    page.waitForEvent('filechooser'),
    form.getByRole('button', { name: 'Logo: choose a file' }).click(),
  ]);
  await chooser.setFiles({ name: 'logo.png', mimeType: 'image/png', buffer: png });
  await form.getByRole('region', { name: 'Preview' }).getByRole('img', { name: 'Violet Voice' }).first().waitFor();
  await form.getByRole('button', { name: 'Save' }).click();
  await page.getByRole('banner').getByRole('img', { name: 'Violet Voice' }).waitFor();
  await expectFlawless(page, 'branding');
  // Files are in a bucket.
  expect(complaints.filter((each) => !/^asks .*-files-.*\/file_/.test(each))).toEqual([]);

  const { page: theirs, complaints: more } = await signInAt(open, customer, tenantPassword);
  const logo = theirs.getByRole('banner').getByRole('img', { name: 'Violet Voice' });
  await logo.waitFor();
  expect(await theirs.evaluate("document.querySelector('header img').decode().then(() => 'shown')")).toBe('shown');
  expect(await theirs.title()).toBe('Home · Violet Voice');
  expect(await theirs.evaluate(`getComputedStyle(document.body).getPropertyValue('--mantine-color-anchor')`)).toBe(
    '#862e9c',
  );
  await theirs.getByRole('button', { name: /^Menu of / }).click();
  const help = theirs.getByRole('menuitem', { name: 'Help' });
  expect(await help.getAttribute('href')).toBe('https://help.example');
  // Only a menu that has the focus is closed by the key.
  await help.press('Escape');
  await help.waitFor({ state: 'hidden' });
  await signOut(theirs);
  await eventually(async () => expect(await theirs.title()).toBe('Sign in · Trunkline'));
  expect(more).toEqual([]);

  const foreign = await newAdministeredTenant(uniqueName('foreign'));
  const { page: others } = await signInAt(open, foreign.username, foreign.password);
  expect(await others.getByRole('banner').getByText('Trunkline').isVisible()).toBe(true);
  expect(await others.title()).toBe('Home · Trunkline');
});

test('the sign-in page has the brand of its host, which is asked for once and remembered', async () => {
  const { page } = await open('/');
  const brand = {
    ...{ name: 'Violet Voice', accent: '#862e9c', accent_dark: '#da77f2', logo_url: null, icon_url: '/icon.png' },
    ...{ support_url: 'https://help.example', sign_in_text: 'Ask Ann for a password.' },
  };
  await page.route('**/branding', (route) => route.fulfill({ json: { success: true, data: brand } }));
  await page.route('**/icon.png', (route) => route.fulfill({ contentType: 'image/png', body: png }));
  await page.reload();
  await page.getByText('Ask Ann for a password.').waitFor();
  expect(await page.title()).toBe('Sign in · Violet Voice');
  expect(await page.locator('link[rel="icon"]').getAttribute('href')).toContain('/icon.png');
  expect(await page.getByRole('link', { name: 'Help' }).getAttribute('href')).toBe('https://help.example');
  await expectFlawless(page, 'branded-sign-in');
  await page.route('**/branding', (route) => route.abort());
  await page.reload();
  await page.getByText('Ask Ann for a password.').waitFor();
});

test('what the server does not let a seller see is said, and there is a way back', async () => {
  const foreign = await newAdministeredTenant(uniqueName('foreign'));
  const { page } = await open(`/?org_id=${foreign.id}#/r/users`);
  await enterCredentials(page, seller.username, seller.password);
  await page.getByRole('alert').first().waitFor();
  await eventually(async () => expect(await page.getByText(foreign.username).count()).toBe(0));
  await page.getByRole('button', { name: /^Leave/ }).click();
  await page.getByRole('heading', { name: 'Customers', level: 1 }).waitFor();
});
