import type { Locator, Page } from 'playwright-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { eventually } from '#test/support/eventually.ts';
import { needs } from '#test/support/tools.ts';
import { pagesAt } from '../browser.ts';
import { newNumber } from '../calls.fixture.ts';
import { connect } from '../cloud.ts';
import { openBy, signInAt } from '../console.fixture.ts';
import { newAdministeredTenant, outcome, uniqueName, type AdministeredTenant } from '../tenant.fixture.ts';

/** What is found from anywhere: by the search of the console, and by the switcher of organizations. */

const dialogOf = (page: Page): Locator => page.getByRole('dialog', { name: 'Find a page, a person, a number …' });

/** Opens the search by a key, types, and chooses what is found. */
async function find(page: Page, key: '/' | 'Control+k', typed: string, name: string | RegExp): Promise<void> {
  // The field of a search that has just closed would take the sign.
  await page.locator('input:focus').waitFor({ state: 'detached' });
  // The search is loaded after the page, and hears no key before.
  await eventually(async () => {
    await page.keyboard.press(key);
    await dialogOf(page).getByRole('textbox').waitFor({ timeout: 2_000 });
  }, 20_000);
  await dialogOf(page).getByRole('textbox').fill(typed);
  await dialogOf(page).getByRole('button', { name }).first().click();
  await dialogOf(page).waitFor({ state: 'hidden' });
}

const expectPage = (page: Page, title: string): Promise<void> =>
  page.getByRole('heading', { name: title, level: 1 }).waitFor();

describe('from each page of the console', () => {
  needs('chromium');
  const open = pagesAt((path) => new URL(path, connect().outputs.ApiUrl).href);
  let tenant: AdministeredTenant;
  let number: string;

  beforeAll(async () => {
    tenant = await newAdministeredTenant(uniqueName('finding'));
    const person = { username: uniqueName('zora'), first_name: 'Zora', last_name: 'Quist', extension: '301' };
    const mac = `0015650${Math.random().toString(16).slice(2, 7).padEnd(5, '0')}`;
    const phone = { mac_address: mac, manufacturer: 'Yealink', name: 'Lobby phone', lines: [] };
    const made = [await tenant.ask('PUT', '/users', person), await tenant.ask('PUT', '/devices/phone', phone)];
    expect(made.map(outcome)).toEqual(['201', '201']);
    number = await newNumber(tenant, { type: 'user', id: tenant.userId });
  });

  test('a page, a person, a phone, a number and an action are found by words, and opened', async () => {
    const { page, complaints } = await signInAt(open, tenant.username, tenant.password);
    await find(page, '/', 'opening', /^Opening hours/);
    await expectPage(page, 'Opening hours');
    await find(page, 'Control+k', 'zora', /^Zora Quist/);
    await expectPage(page, 'Zora Quist');
    await find(page, '/', 'lobby', /^Lobby phone/);
    await expectPage(page, 'Lobby phone');
    await find(page, 'Control+k', number.slice(3), new RegExp(`^\\${number}`));
    await expectPage(page, number);
    await find(page, '/', 'new user', /^Invite a user/);
    await expectPage(page, 'Invite');
    expect(complaints).toEqual([]);
  });

  test('calls with a number are searched for', async () => {
    const { page } = await signInAt(open, tenant.username, tenant.password);
    await find(page, '/', '+1 415 555 0100', 'Calls with +1 415 555 0100');
    await expectPage(page, 'Call history');
    const box = page.getByRole('searchbox', { name: 'Find calls' });
    await eventually(async () => expect(await box.inputValue()).toBe('+1 415 555 0100'));
    await page.getByRole('group', { name: 'Filters' }).getByText('+1 415 555 0100').waitFor();
  });

  test('what is unknown finds nothing, and "/" is a sign like others in a field', async () => {
    const { page } = await signInAt(open, tenant.username, tenant.password);
    await openBy(page, 'Call history');
    await page.getByRole('searchbox', { name: 'Find calls' }).press('/');
    expect(await page.getByRole('searchbox', { name: 'Find calls' }).inputValue()).toBe('/');
    expect(await dialogOf(page).count()).toBe(0);
    await page.keyboard.press('Control+k');
    await dialogOf(page).getByRole('textbox').fill('no such thing anywhere');
    await dialogOf(page).getByText('Nothing found').waitFor();
    await page.keyboard.press('Escape');
    await dialogOf(page).waitFor({ state: 'hidden' });
  });

  test('a seller finds a customer by its name, and the switcher offers it again', async () => {
    const seller = await newAdministeredTenant(uniqueName('seller'), { more: { type: 'reseller' } });
    const more = { country: 'DE', timezone: 'Europe/Berlin' };
    const names = ['north', 'south'].map((name) => uniqueName(name));
    for (const name of names) expect(outcome(await seller.ask('PUT', '/orgs', { name, ...more }))).toBe('201');
    const [north = '', south = ''] = names;
    const { page, complaints } = await signInAt(open, seller.username, seller.password);
    const banner = page.getByRole('region', { name: 'Organization that is looked at' });
    await find(page, 'Control+k', north, new RegExp(`^${north}`));
    await banner.getByText(north).first().waitFor();
    await banner.getByRole('button', { name: `Leave ${north}` }).click();
    await expectPage(page, 'Customers');

    const switcher = page.getByRole('button', { name: /^Organization: / });
    await switcher.click();
    await page.getByRole('textbox', { name: 'Find a customer' }).fill(south);
    const offered = page.getByRole('listbox', { name: 'Organizations' }).getByRole('option');
    await eventually(async () => expect(await offered.allInnerTexts()).toEqual([south]));
    await offered.click();
    await banner.getByText(south).first().waitFor();
    await page.reload();
    await banner.getByText(south).first().waitFor();
    await switcher.click();
    const recent = page.getByRole('group', { name: 'Recent' }).getByRole('option');
    await eventually(async () => expect(await recent.allInnerTexts()).toEqual([south, north]));
    expect(complaints).toEqual([]);
  });
});
