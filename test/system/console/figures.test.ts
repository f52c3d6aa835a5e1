import { beforeAll, expect, test } from 'vitest';
import { eventually } from '#test/support/eventually.ts';
import { needs } from '#test/support/tools.ts';
import { pagesAt } from '../browser.ts';
import { connect } from '../cloud.ts';
import { backIntoOneMonth, chooseMonth, fileCalls } from '../console-records.fixture.ts';
import { navigation, openBy, signInAt, unfoldNavigation } from '../console.fixture.ts';
import {
  askAsOperator,
  newAdministeredTenant,
  outcome,
  texts,
  uniqueName,
  type AdministeredTenant,
} from '../tenant.fixture.ts';

/** Money on the pages of the console: figures compared with known calls (0.10 a minute, by the second), and prices. */

needs('chromium');
const open = pagesAt((path) => new URL(path, connect().outputs.ApiUrl).href);
const number = '+4930123456';
const call = { caller: number, callee: '+442079460000' };
const back = backIntoOneMonth();
/** Charged 0.155, 0.20 and nothing: 3.55 minutes, 0.355. */
const calls = [
  { ...call, ago: 600 + back, seconds: 93 },
  { ...call, ago: 500 + back, seconds: 120, recording: 'file_01KAFB5Q4S0000000000000000' },
  { ...call, ago: 400 + back, seconds: 0 },
] as const;

let seller: AdministeredTenant;
let customer: AdministeredTenant;

beforeAll(async () => {
  seller = await newAdministeredTenant(uniqueName('seller'), { more: { type: 'reseller' } });
  customer = await newAdministeredTenant(uniqueName('customer'), { operator: seller.token });
  const profile = { rates: { internationalCallRate: '0.1' }, creditLimit: 100 };
  expect(outcome(await seller.ask('PUT', `/billingprofile/${customer.id}`, profile))).toBe('200');
  const wholesale = { rates: { internationalCallRate: '0.04' }, creditLimit: 100 };
  expect(outcome(await askAsOperator('PUT', `/billingprofile/${seller.id}`, wholesale))).toBe('200');
  await fileCalls(customer, calls);
});

test('what a call cost is the charge of its rating, in the search and on its page', async () => {
  const { page } = await signInAt(open, customer.username, customer.password);
  await openBy(page, 'Call history');
  await page
    .getByRole('status')
    .getByText(/^3 calls · 2 answered · 3:33 talk time · 0\.3[56] [A-Z]{3}$/)
    .waitFor();
  const rows = page.getByRole('row').filter({ has: page.getByRole('cell') });
  // The sum may be there before the rows are.
  await rows.nth(calls.length - 1).waitFor();
  const costs = (await rows.all()).map(async (row) => (await row.getByRole('cell').allInnerTexts()).at(-1) ?? '');
  expect(await Promise.all(costs)).toEqual([
    'free',
    expect.stringMatching(/^0\.20 /),
    expect.stringMatching(/^0\.155 /),
  ]);
  await rows.last().getByRole('link').click();
  const price = page.getByRole('region', { name: 'Why this price' });
  await price.locator('[data-figure="charge"]', { hasText: /^0\.155 [A-Z]{3}$/ }).waitFor();
  const lines = (await price.getByRole('row').allInnerTexts()).map((line) => line.replace(/\s+/g, ' '));
  expect(lines).toEqual([
    'Price list Prices of the organization itself',
    expect.stringMatching(/^Destination /),
    expect.stringMatching(/^Per minute 0\.1000 /),
    'Talk time 1:33',
    'Charged time 1:33, by the second',
    expect.stringMatching(/^Charge 0\.155 /),
    expect.stringMatching(/^Paid by /),
  ]);
});

test('recordings are the calls that were recorded, with their sums', async () => {
  const { page, complaints } = await signInAt(open, customer.username, customer.password);
  await openBy(page, 'Recordings');
  await page
    .getByRole('status')
    .getByText(/^1 call · 1 answered · 2:00 talk time · 0\.20 [A-Z]{3}$/)
    .waitFor();
  await page.getByRole('searchbox', { name: 'Find calls' }).fill('missed');
  await page.getByText('No calls match.').waitFor();
  expect(new URL(page.url()).hash).toContain('/recordings');
  expect(complaints).toEqual([]);
});

test('a statement has what the calls of the month cost, and what is left', async () => {
  const { page, complaints } = await signInAt(open, customer.username, customer.password);
  await openBy(page, 'Statement');
  await chooseMonth(page, Date.now() - calls[0].ago * 1_000);
  await page.getByText(/^Calls and SMS of the month cost 0\.3[56] [A-Z]{3}\.$/).waitFor();
  await page.getByText('3 calls, 3.6 minutes, 0 SMS').waitFor();
  await page.getByRole('row', { name: /^Balance after it -0\.3[56] / }).waitFor();
  expect(complaints).toEqual([]);
});

test('profit is shown to the seller as revenue less cost of the calls, and to its customer not at all', async () => {
  const { page, complaints } = await signInAt(open, seller.username, seller.password);
  await openBy(page, 'Profit by number');
  const sums = ['0.36', '0.14', '0.21'].map((sum) => expect.stringMatching(new RegExp(`^${sum} [A-Z]{3}$`)) as unknown);
  // The wholesale charge follows the charge by a queue.
  await eventually(async () => {
    await page.getByRole('button', { name: 'Search', exact: true }).click();
    const row = page.getByRole('row', { name: number }).getByRole('cell');
    expect((await row.allInnerTexts()).slice(2, 7)).toEqual(['3', '3.6', ...sums]);
  });
  expect(complaints).toEqual([]);
  const { page: own } = await signInAt(open, customer.username, customer.password);
  await unfoldNavigation(own);
  const linked = (name: string) => navigation(own).getByRole('link', { name, includeHidden: true }).count();
  expect([await linked('Balance'), await linked('Profit by number')]).toEqual([1, 0]);
  await own.goto(new URL('#/p/profit', own.url()).href);
  await own.getByText('This page is for organizations that sell to others.').waitFor();
});

test('a price list of more rates than a page keeps them when its description is changed', async () => {
  const rates = Array.from({ length: 600 }, (_, at) => ({ prefix: String(1_000 + at), price_per_minute: '0.01' }));
  const name = uniqueName('prices');
  const created = await seller.ask('PUT', '/tariffs/new', { name, currency: 'EUR', rates });
  const { id = '' } = texts(created);
  const { page, complaints } = await signInAt(open, seller.username, seller.password);
  await openBy(page, 'Price lists');
  await page.getByRole('table').getByRole('link', { name }).click();
  await page.getByRole('tab', { name: 'Settings' }).click();
  await page.getByLabel('Description').first().fill('Changed');
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await page.getByText('Saved.').waitFor();
  expect((await seller.ask('GET', `/tariffs/${id}`)).body).toMatchObject({
    data: { description: 'Changed', version: 2, rate_count: 600 },
  });
  await page.getByRole('tab', { name: 'Prices' }).click();
  await page.getByRole('cell', { name: '+1000', exact: true }).waitFor();
  expect(complaints).toEqual([]);
});
