import { readFile } from 'node:fs/promises';
import { beforeAll, expect, test } from 'vitest';
import { eventually } from '#test/support/eventually.ts';
import { needs } from '#test/support/tools.ts';
import { pagesAt } from '../browser.ts';
import { countClicks } from './clicks.fixture.ts';
import { connect } from '../cloud.ts';
import { expectFlawless } from '../console-looks.fixture.ts';
import { openBy, signInAt } from '../console.fixture.ts';
import {
  askAsOperator,
  newAdministeredTenant,
  outcome,
  texts,
  uniqueName,
  type AdministeredTenant,
} from '../tenant.fixture.ts';

/** What is done daily with prices, keys and messages, and how many clicks it takes. */

needs('chromium');
const open = pagesAt((path) => new URL(path, connect().outputs.ApiUrl).href);
let seller: AdministeredTenant;
let tariff: string;
const name = uniqueName('World');
const count = 20_000;

/** A price list as large as they may be: `+10000` costs 0.0100 a minute, `+29999` costs 0.0299. */
const rates = Array.from({ length: count }, (_rate, at) => ({
  ...{ prefix: String(10_000 + at), name: `Place ${at}`, price_per_minute: (0.01 + at / 1_000_000).toFixed(6) },
}));

type Listed = { readonly data: { readonly rate_count: number; readonly rates: readonly object[] } };

const ratesAt = async (prefix: string): Promise<Listed['data']> =>
  ((await seller.ask('GET', `/tariffs/${tariff}?prefix=${prefix}`)).body as Listed).data;

beforeAll(async () => {
  seller = await newAdministeredTenant(uniqueName('prices'), { more: { type: 'reseller' } });
  const made = await seller.ask('PUT', '/tariffs/new', { name, currency: 'EUR', description: 'As it was', rates });
  expect(outcome(made)).toBe('201');
  tariff = texts(made)['id'] ?? '';
});

test('one of 20,000 prices is found by a number and changed in five clicks, and the others stay', async () => {
  const { page, complaints } = await signInAt(open, seller.username, seller.password);
  const clicks = await countClicks(page);
  await openBy(page, 'Price lists');
  await page.getByRole('link', { name }).click();
  await page.getByRole('button', { name: 'Add a price' }).waitFor();
  const search = page.getByLabel('Number or name');
  await search.click();
  await search.pressSequentially('+1 0011 555');
  await page.getByText('A call there costs 0.010011 EUR a minute (Place 11).').waitFor();
  const price = page.getByLabel('Price a minute of Place 11');
  await price.click();
  await price.fill('0,5');
  await page.getByText('1 dearer').waitFor();
  await expectFlawless(page, 'price-list');
  await page.setViewportSize({ width: 1280, height: 900 });
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await page.getByText('Saved.').waitFor();
  expect(clicks.count).toBeLessThanOrEqual(5);
  expect(await ratesAt('10011')).toMatchObject({ rate_count: count, description: 'As it was' });
  expect((await ratesAt('10011')).rates).toMatchObject([{ price_per_minute: '0.500000', name: 'Place 11' }]);
  expect((await ratesAt('29999')).rates).toMatchObject([{ price_per_minute: '0.029999', name: 'Place 19999' }]);
  await page.getByRole('button', { name: 'Undo' }).click();
  await expect.poll(async () => (await ratesAt('10011')).rates).toMatchObject([{ price_per_minute: '0.010011' }]);
  expect(complaints).toEqual([]);
});

test('a table that is uploaded says what is dearer, cheaper, added and gone before it is saved', async () => {
  const made = await seller.ask('PUT', '/tariffs/new', {
    name: uniqueName('Small'),
    currency: 'EUR',
    rates: rates.slice(0, 3),
  });
  const small = texts(made)['id'] ?? '';
  const { page } = await signInAt(open, seller.username, seller.password);
  await page.goto(new URL(`/#/r/tariffs/${small}`, page.url()).href);
  await page.getByRole('button', { name: 'Add a price' }).waitFor();
  await page.getByRole('button', { name: 'More actions' }).click();
  const table = 'prefix;price_per_minute\n10000;0,02\n10001;0,000001\n4930;0,1\n';
  const file = { name: 'prices.csv', mimeType: 'text/csv', buffer: Buffer.from(table) };
  const choosing = page.waitForEvent('filechooser');
  await page.getByRole('menuitem', { name: 'Upload a table (CSV)' }).click();
  await (await choosing).setFiles(file);
  const dialog = page.getByRole('dialog');
  await dialog.getByText('1 dearer, 1 cheaper, 1 added, 1 gone').waitFor();
  // Four decimals, or all that a price has.
  await dialog.getByText('0.0100 → 0.0200', { exact: true }).waitFor();
  await dialog.getByText('0.010001 → 0.000001', { exact: true }).waitFor();
  expect((await seller.ask('GET', `/tariffs/${small}`)).body).toMatchObject({ data: { version: 1 } });
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await page.getByText('Saved.').waitFor();
  expect((await seller.ask('GET', `/tariffs/${small}`)).body).toMatchObject({
    data: { version: 2, rates: [{ prefix: '10000' }, { prefix: '10001' }, { prefix: '4930' }] },
  });
  await page.getByRole('tab', { name: 'History' }).click();
  await page.getByText('1 dearer, 1 cheaper, 1 added, 1 gone').waitFor();
});

test('a table that is larger than a body is saved in pages, also if one of them fails first', async () => {
  const made = await seller.ask('PUT', '/tariffs/new', { name: uniqueName('Large'), currency: 'EUR', rates });
  const large = texts(made)['id'] ?? '';
  const { page } = await signInAt(open, seller.username, seller.password);
  await page.goto(new URL(`/#/r/tariffs/${large}`, page.url()).href);
  await page.getByRole('button', { name: 'Add a price' }).waitFor();
  await page.getByRole('button', { name: 'More actions' }).click();
  const rows = Array.from({ length: 40_000 }, (_each, at) => `${20_000 + at},Place ${at} ${'x'.repeat(40)},0.5\n`);
  const table = `prefix,name,price_per_minute\n${rows.join('')}`;
  const choosing = page.waitForEvent('filechooser');
  await page.getByRole('menuitem', { name: 'Upload a table (CSV)' }).click();
  await (await choosing).setFiles({ name: 'prices.csv', mimeType: 'text/csv', buffer: Buffer.from(table) });
  await page.getByRole('dialog').getByText('10000 dearer, 30000 added, 10000 gone').waitFor();
  await page.keyboard.press('Escape');
  let sent = 0;
  await page.route('**/tariffs/*/rates*', (route) => {
    sent += 1;
    return sent === 2 ? route.fulfill({ status: 500, json: { message: 'Not now' } }) : route.continue();
  });
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await page.getByText('A part of the changes is saved. Save again to send the others.').waitFor();
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await page.getByText('Saved.').waitFor();
  expect(sent).toBeGreaterThan(3);
  const saved = await seller.ask('GET', `/tariffs/${large}?limit=1`);
  expect(saved.body).toMatchObject({ data: { rate_count: 40_000, rates: [{ prefix: '20000' }], version: sent } });
});

test('a dialog whose fields are late leaves the page in view, and gives the focus back', async () => {
  // The sessions of the other seller are as many as a person may have.
  const late = await newAdministeredTenant(uniqueName('late'), { more: { type: 'reseller' } });
  const made = await late.ask('PUT', '/tariffs/new', { name, currency: 'EUR', rates: rates.slice(0, 3) });
  const { page } = await signInAt(open, late.username, late.password);
  const read = Promise.withResolvers<true>();
  await page.route('**/console/operations-billing.json', async (route) => {
    await read.promise;
    await route.continue();
  });
  await page.goto(new URL(`/#/r/tariffs/${texts(made)['id'] ?? ''}`, page.url()).href);
  const add = page.getByRole('button', { name: 'Add a price' });
  await add.press('Enter');
  const dialog = page.getByRole('dialog', { name: 'Add a price' });
  await dialog.getByLabel('Loading').waitFor();
  expect(await page.locator('main h1').innerText()).toBe(name);
  read.resolve(true);
  await dialog.getByLabel('Number begins with').waitFor();
  await page.keyboard.press('Escape');
  await add.and(page.locator(':focus')).waitFor();
});

/** What the API answers to a program with a key. */
const answerTo = async (token: string): Promise<string> =>
  outcome(await seller.ask('GET', '/cdr', undefined, { token }));

test('a key is made, copied and rotated: the new one works, and the old one ends', async () => {
  const { page, complaints } = await signInAt(open, seller.username, seller.password);
  const clicks = await countClicks(page);
  await openBy(page, 'Access keys');
  await page.getByRole('link', { name: 'New access key' }).first().click();
  await page.getByLabel('Name').fill('recorder');
  await page.getByRole('combobox', { name: 'May do' }).click();
  await page.getByRole('option', { name: 'Call history: see' }).click();
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: 'Create' }).click();
  const shown = page.getByRole('status').filter({ hasText: 'Shown once: store it now' }).locator('code');
  const first = await shown.innerText();
  await page.getByRole('button', { name: 'Copy' }).waitFor();
  expect(clicks.count).toBeLessThanOrEqual(12);
  await expectFlawless(page, 'access-key');
  await page.setViewportSize({ width: 1280, height: 900 });
  const before = clicks.count;
  await openBy(page, 'Access keys');
  await page.getByRole('link', { name: 'recorder' }).click();
  await page.getByRole('button', { name: 'Rotate' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Hours for which the old key still works').fill('0');
  expect(await answerTo(first)).toBe('200');
  await dialog.getByRole('button', { name: 'Rotate' }).click();
  const second = await shown.innerText();
  expect(clicks.count - before).toBeLessThanOrEqual(12);
  expect(await answerTo(second)).toBe('200');
  expect(await answerTo(first)).toMatch(/^401 /);
  expect(complaints).toEqual([]);
});

test('an SMS is sent with few clicks', async () => {
  const sender = await newAdministeredTenant(uniqueName('sender'));
  const senders = { settings: { sms: { sender_ids: ['Acme'] } } };
  expect(outcome(await askAsOperator('POST', `/orgs/${sender.id}`, senders))).toBe('200');
  const prices = { rates: { defaultSmsRate: '0.0075' } };
  expect(outcome(await askAsOperator('PUT', `/billingprofile/${sender.id}`, prices))).toBe('200');
  const credit = { amount: '1', reference: uniqueName('sms') };
  expect(outcome(await askAsOperator('POST', `/billingprofile/${sender.id}/credit`, credit))).toMatch(/^20/);
  const { page, complaints } = await signInAt(open, sender.username, sender.password);
  const clicks = await countClicks(page);
  await openBy(page, 'SMS');
  await page.getByText('No SMS yet.').waitFor();
  await expectFlawless(page, 'sms');
  await page.setViewportSize({ width: 1280, height: 900 });
  await page.getByRole('link', { name: 'New SMS' }).first().click();
  await page
    .getByRole('combobox', { name: 'To' })
    .or(page.getByLabel('To', { exact: true }))
    .first()
    .fill('+46701234567');
  await page.keyboard.press('Enter');
  await page.getByLabel('From').fill('Acme');
  // Longer than an SMS, which has 160 signs: two parts of 153.
  const message = 'Your parcel arrives today. '.repeat(7).trim();
  await page.getByLabel('Text').fill(message);
  await page.getByRole('button', { name: 'Create' }).click();
  await eventually(async () => {
    expect(await page.getByRole('main').getByRole('alert').allInnerTexts()).toEqual([]);
    const { body } = await sender.ask('GET', '/sms');
    const [{ message_id: id } = { message_id: '' }] = (body as { readonly data: { message_id: string }[] }).data;
    const sent = { from: 'Acme', to: '+46701234567', message, segments: 2, cost: 0.015 };
    expect((await sender.ask('GET', `/sms/${id}`)).body).toMatchObject({ data: sent });
  });
  expect(clicks.count).toBeLessThanOrEqual(12);
  expect(complaints).toEqual([]);
});

test('the SMS of some days are a table, which is filtered and saved as a file', async () => {
  const tenant = await newAdministeredTenant(uniqueName('texted'));
  const timestamp = new Date().toISOString();
  const logs = [
    {
      ...{ message_id: 'a-1', direction: 'inbound', from: '+14155551234', to: '22333', message: 'See you at 10' },
      ...{ status: 'received', timestamp },
    },
    {
      ...{ message_id: 'a-2', direction: 'outbound', from: 'Acme', to: '+14155551234', message: 'Your parcel arrives' },
      ...{ status: 'expired', timestamp, segments: 2, cost: 0.0075 },
    },
  ];
  expect(outcome(await tenant.ask('POST', '/smslogs/push', { logs }))).toBe('200');
  const { page, complaints } = await signInAt(open, tenant.username, tenant.password);
  await openBy(page, 'SMS log');
  const rows = page.getByRole('table', { name: 'SMS log' }).getByRole('row');
  await page.getByText('2 SMS').waitFor();
  await rows.filter({ hasText: 'See you at 10' }).filter({ hasText: 'received' }).waitFor();
  await rows.filter({ hasText: '0.0075' }).filter({ hasText: 'not delivered in time' }).waitFor();
  await expectFlawless(page, 'sms-log');
  await page.setViewportSize({ width: 1280, height: 900 });
  await page.getByLabel('To', { exact: true }).fill('+1 (415) 555-1234');
  await page.keyboard.press('Enter');
  await page.getByText('1 SMS').waitFor();
  expect((await rows.allInnerTexts()).slice(1)).toEqual([expect.stringContaining('Your parcel arrives')]);
  const [file] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: 'Save as CSV' }).click(),
  ]);
  const saved = await readFile(await file.path(), 'utf8');
  expect(saved.trim().split('\r\n').slice(1)).toEqual([expect.stringContaining(',Acme,+14155551234,')]);
  // A result that is asked for while its search is running.
  expect(complaints.filter((each) => !/status of 400 .*\/smslogs\/download$/.test(each))).toEqual([]);
});
