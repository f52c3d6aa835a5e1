import type { Locator, Page } from 'playwright-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { second } from '#schema/time.ts';
import { eventually } from '#test/support/eventually.ts';
import { needs } from '#test/support/tools.ts';
import { pagesAt } from '../browser.ts';
import { newNumber } from '../calls.fixture.ts';
import { connect } from '../cloud.ts';
import { fileCalls } from '../console-records.fixture.ts';
import { fillPages, pagesOf, signInAt, waitForLists } from '../console.fixture.ts';
import {
  newAdministeredTenant,
  outcome,
  tenantPassword,
  texts,
  uniqueName,
  type AdministeredTenant,
  type Body,
} from '../tenant.fixture.ts';
import { goTo, note, type Findings } from './axe.fixture.ts';

/** Parts of pages as axe-core reads them: tabs, what menus ask, the pages of workers, and those without a session. */

const nameOf = async (control: Locator): Promise<string> =>
  (await control.getAttribute('aria-label')) ?? (await control.innerText());

/** Notes what is wrong with each tab of the page, and with the tabs within it. @returns how many there are */
async function noteTabs(page: Page, where: string, found: Findings, within = page.locator('main')): Promise<number> {
  const list = within.getByRole('tablist').first();
  if ((await list.count()) === 0) return 0;
  const tabs = await list.getByRole('tab').all();
  let count = tabs.length;
  for (const tab of tabs) {
    await page.setViewportSize({ width: 1280, height: 900 });
    const name = `${where} › ${await nameOf(tab)}`;
    await tab.press('Enter');
    const panel = page.locator(`[id="${(await tab.getAttribute('aria-controls')) ?? ''}"]`);
    await panel.waitFor();
    await waitForLists(page);
    await note(page, name, found);
    count += await noteTabs(page, name, found, panel);
  }
  return count;
}

/** Items of a menu, and what opens it. */
type OfMenu = { readonly opener: Locator; readonly items: readonly string[] };

/** Notes what is wrong with what some items of a menu open. */
async function noteItems(page: Page, where: string, found: Findings, { opener, items }: OfMenu): Promise<void> {
  const dialog = page.getByRole('dialog');
  for (const item of items) {
    await page.setViewportSize({ width: 1280, height: 900 });
    await waitForLists(page);
    // A table that is drawn again, as for another width of the window, closes the menu, or hides it with its opener.
    await eventually(async () => {
      if ((await dialog.count()) === 0) {
        await page.keyboard.press('Escape');
        await opener.press('Enter', { timeout: 5 * second });
        await page.getByRole('menuitem', { name: item }).press('Enter', { timeout: 5 * second });
      }
      await dialog
        .getByRole('button')
        .first()
        .waitFor({ timeout: 5 * second });
    }, 20_000);
    await waitForLists(page);
    await note(page, `${where}, ${item}`, found);
    await page.keyboard.press('Escape');
    await eventually(async () => expect(await dialog.count()).toBe(0));
  }
}

const menuOf = (page: Page): Locator => page.locator('main').getByRole('button', { name: 'More actions' });
const rowMenu = (page: Page, name: string): Locator => page.getByRole('button', { name: `Actions for ${name}` });

describe('parts of the console keep the rules of axe', () => {
  needs('chromium');
  const open = pagesAt((path) => new URL(path, connect().outputs.ApiUrl).href);
  let tenant: AdministeredTenant;
  let seller: AdministeredTenant;
  const worker = { username: uniqueName('worker'), id: '', phone: '', number: '' };

  beforeAll(async () => {
    seller = await newAdministeredTenant(uniqueName('seller'), { more: { type: 'reseller' } });
    tenant = await newAdministeredTenant(uniqueName('parts'), { operator: seller.token });
    await fillPages(tenant);
    const user = { username: worker.username, first_name: 'Ann', extension: '201', roles: ['agent'] };
    const made = await tenant.ask('PUT', '/users', { ...user, password: tenantPassword, must_change_password: false });
    worker.id = texts(made)['id'] ?? '';
    const mac = `0015650${Math.random().toString(16).slice(2, 7).padEnd(5, '0')}`;
    const phone = {
      mac_address: mac,
      manufacturer: 'Yealink',
      model: 'T46U',
      user_id: worker.id,
      lines: [{ extension: '201' }],
    };
    const given = await tenant.ask('PUT', '/devices/phone', phone);
    expect([outcome(made), outcome(given)]).toEqual(['201', '201']);
    worker.phone = texts(given)['id'] ?? '';
    worker.number = await newNumber(tenant, { type: 'user', id: worker.id });
    await fileCalls(tenant, [{ caller: '+4930123456', callee: '+442079460000', ago: 300, seconds: 60 }]);
  });

  test('each tab of a person, and the questions about people, phones and numbers', async () => {
    const { page } = await signInAt(open, tenant.username, tenant.password);
    const found: Findings = {};
    await goTo(page, `/#/r/users/${worker.id}`);
    expect(await noteTabs(page, 'Person', found)).toBe(8);
    await noteItems(page, 'Person', found, { opener: menuOf(page), items: ['Delete', 'Show as request'] });
    await goTo(page, `/#/r/devices/${worker.phone}`);
    await noteItems(page, 'Phone', found, { opener: menuOf(page), items: ['Delete'] });
    await goTo(page, `/#/r/numbers/${encodeURIComponent(worker.number)}`);
    await noteItems(page, 'Number', found, { opener: menuOf(page), items: ['Release the number'] });
    await goTo(page, '/#/r/users/new');
    expect(await noteTabs(page, 'Invite', found)).toBe(2);
    expect(found).toEqual({});
  });

  test('each tab of a call flow and of the organization', async () => {
    const { page } = await signInAt(open, tenant.username, tenant.password);
    const found: Findings = {};
    const { body } = await tenant.ask('GET', '/callflows');
    const [flow = {}] = (body as { readonly data: readonly Body[] }).data;
    await goTo(page, `/#/r/callflows/${String(flow['id'])}`);
    expect(await noteTabs(page, 'Flow', found)).toBe(4);
    await noteItems(page, 'Flow', found, { opener: menuOf(page), items: ['Delete the flow'] });
    await goTo(page, '/#/organization');
    expect(await noteTabs(page, 'Organization', found)).toBeGreaterThan(5);
    expect(found).toEqual({});
  });

  test('each tab of a customer and of a price list, and what a seller is asked', async () => {
    const list = { name: uniqueName('prices'), currency: 'EUR', rates: [{ prefix: '44', price_per_minute: '0.02' }] };
    const made = await seller.ask('PUT', '/tariffs/new', list);
    expect(outcome(made)).toBe('201');
    const { page } = await signInAt(open, seller.username, seller.password);
    const found: Findings = {};
    await goTo(page, '/#/customers');
    await noteItems(page, 'Customers', found, {
      opener: rowMenu(page, tenant.username),
      items: ['Limits', 'Add credit', 'Suspend'],
    });
    await goTo(page, `/#/r/orgs/${tenant.id}`);
    expect(await noteTabs(page, 'Customer', found)).toBeGreaterThan(12);
    await goTo(page, `/#/r/tariffs/${texts(made)['id'] ?? ''}`);
    expect(await noteTabs(page, 'Price list', found)).toBe(3);
    await page.getByRole('tab', { name: 'Prices' }).press('Enter');
    await noteItems(page, 'Price list', found, { opener: rowMenu(page, '+44'), items: ['Change all of it'] });
    await goTo(page, '/#/organization');
    expect(await noteTabs(page, 'Own organization', found)).toBeGreaterThan(6);
    expect(found).toEqual({});
  });

  test('each page of a worker', async () => {
    const { page } = await signInAt(open, worker.username, tenantPassword);
    const found: Findings = {};
    const pages = await pagesOf(page);
    expect(pages.length).toBeGreaterThan(6);
    for (const { title, to } of pages) {
      if (new URL(to, page.url()).hash !== '#/') await goTo(page, to);
      await note(page, title, found);
      await noteTabs(page, title, found);
      await page.setViewportSize({ width: 1280, height: 900 });
    }
    expect(found).toEqual({});
  });

  test('the sign-in, a forgotten password, and the link of an invitation', async () => {
    const found: Findings = {};
    const { page: signIn } = await open('/');
    await signIn.getByRole('button', { name: 'Sign in' }).waitFor();
    await note(signIn, 'Sign-in', found);
    await signIn.getByRole('button', { name: 'Forgotten password' }).click();
    await note(signIn, 'Forgotten password', found);
    const username = uniqueName('invited');
    const own = await newAdministeredTenant(uniqueName('welcome'));
    const made = await own.ask('PUT', '/users', { username, roles: ['admin'] });
    const invited = await own.ask('POST', `/users/${texts(made)['id']}/invitation`, { send: false });
    expect([outcome(made), outcome(invited)]).toEqual(['201', '200']);
    const { link = '' } = texts(invited);
    const { page } = await open(`/${new URL(link).hash}`);
    await page.getByRole('heading', { name: 'Choose a password' }).waitFor();
    await note(page, 'Link of an invitation', found);
    expect(found).toEqual({});
  });

  test('each step of the welcome in a new organization', async () => {
    const own = await newAdministeredTenant(uniqueName('welcome'));
    const { page } = await signInAt(open, own.username, own.password);
    const found: Findings = {};
    await goTo(page, '/#/welcome');
    for (const step of ['Company', 'Yourself', 'First call', 'What next']) {
      await page.setViewportSize({ width: 1280, height: 900 });
      await page.getByRole('button', { name: step }).press('Enter');
      await waitForLists(page);
      await note(page, `Welcome, ${step}`, found);
    }
    expect(found).toEqual({});
  });
});
