import type { Page } from 'playwright-core';
import { beforeAll, expect, test } from 'vitest';
import { eventually } from '#test/support/eventually.ts';
import { needs } from '#test/support/tools.ts';
import { pagesAt, tooWide } from '../browser.ts';
import { connect } from '../cloud.ts';
import { fillPages, signInAt } from '../console.fixture.ts';
import { newAdministeredTenant, outcome, texts, uniqueName, type AdministeredTenant } from '../tenant.fixture.ts';

/** The console in the language of the person who is signed in; the browser of the tests prefers English. */

needs('chromium');
const open = pagesAt((path) => new URL(path, connect().outputs.ApiUrl).href);
let tenant: AdministeredTenant;
let tariff: string;

const languageOf = (page: Page): Promise<string> => page.evaluate('document.documentElement.lang');

/** Waits for the pages in a language: another one than that of the sign-in needs another load. */
const expectLanguage = (page: Page, language: string): Promise<void> =>
  eventually(async () => expect(await languageOf(page)).toBe(language));

const speak = async (language: string): Promise<void> =>
  expect(outcome(await tenant.ask('POST', `/users/${tenant.userId}`, { language }))).toBe('200');

const spoken = async (): Promise<unknown> => texts(await tenant.ask('GET', `/users/${tenant.userId}`))['language'];

beforeAll(async () => {
  tenant = await newAdministeredTenant(uniqueName('language'), { more: { type: 'reseller' } });
  await fillPages(tenant);
  const rates = [{ prefix: '49', name: 'Germany', price_per_minute: '0.0125' }];
  const made = await tenant.ask('PUT', '/tariffs/new', { name: 'Retail', currency: 'EUR', rates });
  expect(outcome(made)).toBe('201');
  tariff = texts(made)['id'] ?? '';
});

test('a person whose language is German has all pages in German, with dates and money as in German', async () => {
  await speak('de-DE');
  const { page } = await signInAt(open, tenant.username, tenant.password);
  await expectLanguage(page, 'de');
  await page.getByRole('navigation').getByRole('link', { name: 'Übersicht', exact: true }).waitFor();
  const show = (address: string): Promise<unknown> => page.goto(new URL(`/#/${address}`, page.url()).href);
  await show('r/schedules');
  await page.getByRole('heading', { name: 'Öffnungszeiten', level: 1 }).waitFor();
  await page.getByRole('row', { name: /Office .*\d{2}\.\d{2}\.\d{4}, \d{2}:\d{2}/ }).waitFor();
  await show(`r/tariffs/${tariff}`);
  await page.getByLabel('Nummer oder Name').fill('+49 30 123');
  await page.getByText('0,0125 EUR').first().waitFor();
  await page.setViewportSize({ width: 390, height: 900 });
  for (const address of [
    '',
    'r/users',
    'r/numbers',
    'r/devices',
    'r/schedules',
    'r/tariffs',
    'search',
    'organization',
  ]) {
    await show(address);
    await page.locator('main').getByRole('heading', { level: 1 }).filter({ hasNotText: 'Wird geladen' }).waitFor();
    await page.getByLabel('Wird geladen', { exact: true }).first().waitFor({ state: 'detached' });
    await eventually(async () => expect({ address, wide: await tooWide(page) }).toEqual({ address, wide: [] }));
  }
});

test('what a person chooses in the menu is kept with the person, and is gone from the browser after it', async () => {
  await speak('de');
  const { page } = await signInAt(open, tenant.username, tenant.password);
  await expectLanguage(page, 'de');
  const choose = async (name: string, language: string, tag: string): Promise<void> => {
    await page.getByRole('button', { name: /^Men/ }).click();
    await page.getByRole('menuitemradio', { name }).click();
    await expectLanguage(page, language);
    expect(await spoken()).toBe(tag);
  };
  await choose('English', 'en', 'en-US');
  await choose('Français', 'fr', 'fr');
  await page.getByRole('button', { name: /^Men/ }).click();
  await page.getByRole('menuitem', { name: 'Se déconnecter' }).click();
  await page.locator('input[type="password"]').waitFor();
  await page.reload();
  await expectLanguage(page, 'en');
});

test('who has chosen no language has that of the browser', async () => {
  await speak('en');
  const { page } = await signInAt(open, tenant.username, tenant.password);
  expect(await languageOf(page)).toBe('en');
  await page.evaluate("localStorage.setItem('trunkline-language', 'es')");
  await page.reload();
  await expectLanguage(page, 'es');
});
