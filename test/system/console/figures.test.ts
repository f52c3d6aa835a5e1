import type { Locator } from 'playwright-core';
import { beforeAll, expect, test } from 'vitest';
import { dayAt, startOfDay } from '#functions/system/console/browser/kit/days.ts';
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

const zone = 'Europe/Berlin';
const sinceMidnight = (Date.now() - startOfDay(dayAt(Date.now(), zone), zone)) / 1_000;
/**
 * Seconds before now at which the first call begins. All are of one day and of one month (UTC): just after midnight, of
 * the day before.
 */
const ago = Math.max(sinceMidnight < 900 ? sinceMidnight + 900 : 600, 600 + backIntoOneMonth());
const isToday = ago < sinceMidnight;

/** Charged 0.155, 0.20 and nothing: 3.55 minutes, 0.355. */
const calls = [
  { ...call, ago, seconds: 93 },
  { ...call, ago: ago - 100, seconds: 120, recording: 'file_01KAFB5Q4S0000000000000000' },
  { ...call, ago: ago - 200, seconds: 0 },
] as const;

let seller: AdministeredTenant;
let customer: AdministeredTenant;
/** It pays 0.50 a minute, and has two people with a number each. */
let office: AdministeredTenant;
const otherNumber = '+4930123457';
const ids = { ann: '', bob: '' };

async function newPerson(name: string, extension: string): Promise<string> {
  const user = { username: uniqueName(name), display_name: name, extension, roles: ['agent'] };
  const made = await office.ask('PUT', '/users', user);
  expect(outcome(made)).toBe('201');
  return texts(made)['id'] ?? '';
}

/** Ann talked 90 s and 60 s, for 1.25, and 60 s a week before, for 0.50. No one answered Bob. */
async function fileCallsOfOffice(): Promise<void> {
  const [ann, bob] = [await newPerson('Ann', '201'), await newPerson('Bob', '202')];
  Object.assign(ids, { ann, bob });
  await fileCalls(office, [
    { ...call, ago, seconds: 90, user: ann },
    { caller: number, callee: '+33142345678', ago: ago - 100, seconds: 60, user: ann },
    { ...call, caller: otherNumber, ago: ago - 200, seconds: 0, user: bob },
    { ...call, ago: ago + 7 * 86_400, seconds: 60, user: ann },
  ]);
}

beforeAll(async () => {
  seller = await newAdministeredTenant(uniqueName('seller'), { more: { type: 'reseller' } });
  customer = await newAdministeredTenant(uniqueName('customer'), { operator: seller.token });
  const profile = { rates: { internationalCallRate: '0.1' }, creditLimit: 100 };
  expect(outcome(await seller.ask('PUT', `/billingprofile/${customer.id}`, profile))).toBe('200');
  const wholesale = { rates: { internationalCallRate: '0.04' }, creditLimit: 100 };
  expect(outcome(await askAsOperator('PUT', `/billingprofile/${seller.id}`, wholesale))).toBe('200');
  await fileCalls(customer, calls);
  office = await newAdministeredTenant(uniqueName('office'));
  const prices = { rates: { internationalCallRate: '0.5' }, creditLimit: 100 };
  expect(outcome(await askAsOperator('PUT', `/billingprofile/${office.id}`, prices))).toBe('200');
  await fileCallsOfOffice();
});

/** The cells of the rows of a table, with their headings. */
async function cellsOf(table: Locator): Promise<readonly (readonly string[])[]> {
  const rows = await table
    .getByRole('row')
    .filter({ has: table.page().getByRole('rowheader') })
    .all();
  return Promise.all(rows.map((row) => row.locator('th, td').allInnerTexts()));
}

/** Amounts without their currency, which is that of the operator. */
const withoutCurrency = (cells: readonly string[]): readonly string[] =>
  cells.map((cell) => cell.replace(/ [A-Z]{3}$/, ''));

test('usage has the sums of the calls, by hour, person, number, result and day', async () => {
  const { page, complaints } = await signInAt(open, office.username, office.password);
  await page.clock.setFixedTime(Date.now() - ago * 1_000);
  await openBy(page, 'Usage');
  const table = page.getByRole('table', { name: 'Usage' });
  const choose = async (label: string, option: string): Promise<void> => {
    await page.getByRole('combobox', { name: label, exact: true }).click();
    await page.getByRole('option', { name: option, exact: true }).click();
  };
  const shown = async () => (await cellsOf(table)).map((cells) => withoutCurrency(cells.slice(1)));
  const total = ['3', '2', '67%', '2:30', '2:30', '1.25'];
  const unanswered = ['1', '0', '0%', '0:00', '0:00', expect.stringMatching(/^(–|0\.00)$/)];
  const answered = ['2', '2', '100%', '2:30', '2:30', '1.25'];

  await choose('Time', 'Today');
  await eventually(async () => expect((await shown()).at(-1)).toEqual(total));
  const hours = (await cellsOf(table)).slice(0, -1);
  expect(hours.reduce((sum, [, count]) => sum + Number(count), 0)).toBe(3);
  for (const [group, keys] of [
    ['Person', ['Ann (201)', 'Bob (202)']],
    ['Number', [number, otherNumber]],
    ['Result', ['Answered', 'No answer']],
  ] as const) {
    await choose('And by', group);
    await eventually(async () =>
      expect(await shown()).toEqual([
        [keys[0], ...answered],
        [keys[1], ...unanswered],
        ['', ...total],
      ]),
    );
  }
  await choose('And by', 'Nothing else');
  await eventually(async () => expect(await shown()).toEqual([total, total]));
  expect(complaints).toEqual([]);
});

test('Home compares the calls of today with those of the same day a week before', async () => {
  const { page } = await signInAt(open, office.username, office.password);
  const differenceOf = (label: string): Locator =>
    page.locator('.mantine-Card-root', { has: page.locator(`[data-figure="${label}"]`) }).getByText('on last week');
  const labels = ['Calls today', 'Answered today', 'Talk time today', 'Cost today'];
  await page.locator('[data-figure="Cost today"]').waitFor();
  await eventually(async () => {
    const differences = await Promise.all(labels.map((label) => differenceOf(label).allInnerTexts()));
    const expected = ['+200%', '-33%', '+150%', '+150%'].map((each) => `${each} on last week`);
    expect(differences.flat()).toEqual(isToday ? expected : []);
  });
});

test('the last calls of a person are those of its records', async () => {
  const { page } = await signInAt(open, office.username, office.password);
  await page.goto(new URL(`/#/r/users/${ids.ann}?tab=calls`, page.url()).href);
  const rows = page
    .getByRole('tabpanel')
    .getByRole('row')
    .filter({ has: page.getByRole('cell') });
  await rows.first().waitFor();
  const cells = await Promise.all((await rows.all()).map((row) => row.getByRole('cell').allInnerTexts()));
  expect(cells.map((row) => row.slice(1))).toEqual([
    [number, '+33142345678', 'Answered', '1:00'],
    [number, '+442079460000', 'Answered', '1:30'],
    [number, '+442079460000', 'Answered', '1:00'],
  ]);
});

test('the balance is what was paid less what the calls cost', async () => {
  const credit = { amount: '10', reference: uniqueName('wire') };
  expect(outcome(await askAsOperator('POST', `/billingprofile/${office.id}/credit`, credit))).toBe('201');
  const { page } = await signInAt(open, office.username, office.password);
  await openBy(page, 'Balance');
  const account = page.getByRole('row', { name: office.username });
  await account.waitFor();
  expect(withoutCurrency(await account.getByRole('cell').allInnerTexts()).slice(1, 4)).toEqual([
    ...['8.25', '100.00', '108.25'],
  ]);
  await account.getByRole('link').click();
  await page.getByRole('main').getByText('Statement', { exact: true }).click();
  await page.getByRole('button', { name: 'Search', exact: true }).click();
  const entry = page.getByRole('row', { name: credit.reference });
  await entry.waitFor();
  expect(withoutCurrency(await entry.getByRole('cell').allInnerTexts()).slice(2, 4)).toEqual(['10.00', '8.25']);
});

test('a seller sees what a customer spent today, may still spend, and has used by month', async () => {
  const { page, complaints } = await signInAt(open, seller.username, seller.password);
  await openBy(page, 'Customers');
  const row = page.getByRole('row', { name: customer.username });
  const spent = isToday ? /^0\.3[56] [A-Z]{3}$/ : /^0\.00$/;
  await row.getByText(spent).waitFor();
  await row.getByRole('link', { name: customer.username }).click();
  const figure = (title: string): Locator =>
    page.getByRole('tabpanel').locator('.mantine-Card-root', { has: page.getByText(title, { exact: true }) });
  await figure('Spent today').getByText(spent).waitFor();
  await figure('Balance')
    .getByText(/^-0\.3[56] [A-Z]{3}$/)
    .waitFor();
  await figure('Can still be spent')
    .getByText(/^99\.6[45] [A-Z]{3}$/)
    .waitFor();
  await figure('Limit a day').getByText('none').waitFor();
  await figure('Calls now')
    .getByText(/^0 of /)
    .waitFor();
  await figure('Users')
    .getByText(/^1 of /)
    .waitFor();
  await page.getByRole('tab', { name: 'Usage' }).click();
  const table = page.getByRole('table', { name: 'Usage' });
  await table.getByRole('row', { name: /^Total/ }).waitFor();
  const sums = ['3', '2', '67%', '3:33', '3:33', expect.stringMatching(/^0\.3[56]$/)];
  const months = (await cellsOf(table)).map((cells) => withoutCurrency(cells.slice(1)));
  expect(months.filter(([count]) => count !== '0')).toEqual([sums, sums]);
  expect(complaints).toEqual([]);
});

test('numbers have their calls of the month, and a fee in its currency', async () => {
  const digits = String(10_000_000 + Math.floor(Math.random() * 89_999_999));
  const [held, offered] = [`+4681${digits}`, `+4682${digits}`];
  const place = { country: 'SE', type: 'geographic', capabilities: ['voice'] };
  expect(outcome(await askAsOperator('PUT', `/numbers/${held}?org_id=${office.id}`, place))).toBe('201');
  const offer = { ...place, state: 'available', monthly_fee: '1234.5' };
  const made = await askAsOperator('PUT', `/numbers/${offered}`, offer);
  expect(outcome(made)).toBe('201');
  await fileCalls(office, [{ ...call, caller: held, ago: 60, seconds: 30 }]);
  const { page, complaints } = await signInAt(open, office.username, office.password);
  await page.clock.setFixedTime(Date.now() - 60_000);
  await openBy(page, 'Numbers');
  const cells = page.getByRole('row', { name: held }).getByRole('cell');
  await eventually(async () => expect((await cells.allInnerTexts())[3]).toBe('1 call · 0:30'));
  await page.getByText('Available', { exact: true }).click();
  await page.getByRole('searchbox', { name: 'Search', exact: true }).fill(digits);
  const currency = texts(made)['fee_currency'] ?? null;
  const fee = currency === null ? '1,234.50' : `1,234.50 ${currency}`;
  await page.getByRole('row', { name: offered }).getByText(fee, { exact: true }).waitFor();
  await page.getByRole('link', { name: `Take ${offered}` }).click();
  await page.getByText(`Fee per month: ${fee}`, { exact: true }).waitFor();
  expect(complaints).toEqual([]);
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
