import { beforeAll, expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { needs } from '../support/tools.ts';
import { pagesAt } from './browser.ts';
import { connect, logIn } from './cloud.ts';
import { expectFlawless } from './console-looks.fixture.ts';
import { enterCredentials, navigation, openBy, signInAt, violationsIn } from './console.fixture.ts';
import {
  newAdministeredTenant,
  outcome,
  tenantPassword,
  uniqueName,
  type AdministeredTenant,
} from './tenant.fixture.ts';

/** Customers in the console of a seller: the tree, limits, suspension, and looking at one. */

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
  const profile = { creditLimit: 25, accountType: 'postpaid' };
  expect(outcome(await seller.ask('PUT', `/billingprofile/${id}`, profile))).toBe('200');
});

test('customers are below their seller, with balance, credit and limits, and are found by name', async () => {
  const { page, complaints } = await signInAt(open, seller.username, seller.password);
  await openBy(page, 'Customers');
  const row = page.getByRole('row', { name: new RegExp(customer) });
  await row.getByText(/25\.00/).waitFor();
  await row.getByText(/100 calls/).waitFor();
  await expectFlawless(page, 'customers');
  await page.getByRole('button', { name: `Customers of ${seller.username}` }).click();
  await row.waitFor({ state: 'detached' });
  await page.getByRole('button', { name: `Customers of ${seller.username}` }).click();
  await page.getByLabel('Search').fill(customer);
  await page.getByRole('row', { name: new RegExp(other) }).waitFor({ state: 'detached' });
  await row.waitFor();
  expect(complaints).toEqual([]);
});

test('a customer is limited, suspended and resumed', async () => {
  const { page, complaints } = await signInAt(open, seller.username, seller.password);
  await openBy(page, 'Customers');
  const row = page.getByRole('row', { name: new RegExp(other) });
  await row.getByRole('button', { name: `Limits of ${other}` }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Max concurrent calls').fill('7');
  expect(await violationsIn(page)).toEqual([]);
  await dialog.getByRole('button', { name: 'Save limits' }).click();
  await row.getByText(/^7 calls/).waitFor();
  await row.getByRole('button', { name: `Suspend ${other}` }).click();
  await dialog.getByText('can only read its balance').waitFor();
  expect(await violationsIn(page)).toEqual([]);
  await dialog.getByRole('button', { name: 'Suspend' }).click();
  await row.getByText('suspended').waitFor();
  const token = await logIn(connect(), other, tenantPassword);
  expect(outcome(await seller.ask('GET', '/users', undefined, { token }))).toBe('403 ORG_SUSPENDED');
  await row.getByRole('button', { name: `Resume ${other}` }).click();
  await dialog.getByRole('button', { name: 'Resume' }).click();
  await row.getByText('active').waitFor();
  expect(outcome(await seller.ask('GET', '/users', undefined, { token }))).toBe('200');
  expect(complaints).toEqual([]);
});

test('a seller looks at a customer on every page, also after a reload, until it goes back', async () => {
  const { page } = await signInAt(open, seller.username, seller.password);
  const asked: string[] = [];
  page.on('request', (request) => asked.push(request.url()));
  await openBy(page, 'Customers');
  await page.getByRole('button', { name: `Look at ${customer}` }).click();
  const banner = page.getByRole('region', { name: 'Organization that is looked at' });
  await banner.getByText(customer).waitFor();
  await openBy(page, 'Users');
  await page.getByRole('table').getByRole('link', { name: customer }).waitFor();
  expect(asked.some((url) => url.includes('/users?') && url.includes(`org_id=${id}`))).toBe(true);
  expect(page.url()).toContain(`?org_id=${id}#/r/users`);
  await expectFlawless(page, 'looking-at');

  await page.setViewportSize({ width: 1280, height: 900 });
  await page.reload();
  await page.getByRole('table').getByRole('link', { name: customer }).waitFor();
  await banner.getByText(customer).waitFor();
  await banner.getByRole('button', { name: 'Back to my own' }).click();
  await page.getByRole('table').getByRole('link', { name: seller.username }).waitFor();
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

test('what the server does not let a seller see is said, and there is a way back', async () => {
  const foreign = await newAdministeredTenant(uniqueName('foreign'));
  const { page } = await open(`/?org_id=${foreign.id}#/r/users`);
  await enterCredentials(page, seller.username, seller.password);
  await page.getByRole('alert').first().waitFor();
  await eventually(async () => expect(await page.getByText(foreign.username).count()).toBe(0));
  await page.getByRole('button', { name: 'Back to my own' }).click();
  await page.getByRole('table').getByRole('link', { name: seller.username }).waitFor();
});
