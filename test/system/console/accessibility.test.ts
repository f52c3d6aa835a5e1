import type { Page } from 'playwright-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { needs } from '#test/support/tools.ts';
import { pagesAt } from '../browser.ts';
import { newNumber } from '../calls.fixture.ts';
import { connect } from '../cloud.ts';
import { fillPages, pagesOf, signInAt, waitForLists } from '../console.fixture.ts';
import {
  askAsOperator,
  newAdministeredTenant,
  outcome,
  tenantPassword,
  uniqueName,
  type AdministeredTenant,
} from '../tenant.fixture.ts';
import { goTo, heading, note, wideLooks, type Findings } from './axe.fixture.ts';

/** Each page of the console as axe-core reads it, with the first of what it lists, and the dialogs that it opens. */

/** Buttons beside the heading that open a dialog; the others do something at once. */
const openers = /^(Delete|Rotate|Add|Set|Send|Test|Verify|Create|Grant|Release|Import|Redeliver)\b/;

/** Notes what is wrong in each dialog that is opened beside the heading. @returns how many there are */
async function noteDialogs(page: Page, where: string, found: Findings): Promise<number> {
  const buttons = heading(page).locator('xpath=../..').getByRole('button', { name: openers });
  const dialog = page.getByRole('dialog');
  for (const button of await buttons.all()) {
    const name = await button.innerText();
    await button.press('Enter');
    await dialog.waitFor();
    await waitForLists(page);
    await note(page, `${where}, ${name}`, found);
    await page.keyboard.press('Escape');
    await button.and(page.locator(':focus')).waitFor();
  }
  return buttons.count();
}

/** Notes what is wrong with a page, with the form of a new one, and with the first of what it lists. */
async function notePage(page: Page, where: string, found: Findings): Promise<number> {
  await note(page, where, found);
  let dialogs = await noteDialogs(page, where, found);
  const links = ['a[href$="/new"]', 'table a, [role="table"] a'].map((link) => page.locator('main').locator(link));
  const opened = await Promise.all(links.map(async (all) => (await all.all())[0]?.getAttribute('href')));
  for (const to of new Set(opened)) {
    if (typeof to !== 'string') continue;
    await goTo(page, to);
    const name = `${where}, ${await heading(page).innerText()}`;
    await note(page, name, found);
    dialogs += await noteDialogs(page, name, found);
  }
  return dialogs;
}

describe('each page of the console keeps the rules of axe', () => {
  needs('chromium');
  const open = pagesAt((path) => new URL(path, connect().outputs.ApiUrl).href);
  let tenant: AdministeredTenant;
  const operator = uniqueName('operator');

  beforeAll(async () => {
    tenant = await newAdministeredTenant(uniqueName('pages'));
    await fillPages(tenant);
    await newNumber(tenant, { type: 'user', id: tenant.userId });
    const person = { username: operator, password: tenantPassword, roles: ['operator'], must_change_password: false };
    expect(outcome(await askAsOperator('PUT', '/users', person))).toBe('201');
  });

  /** Addresses that were visited: those of another person show the same. */
  const visited = new Set<string>();
  let dialogs = 0;

  /** Visits each page of a person that was not visited before, or each second one. */
  async function visitPages(username: string, password: string, isWanted = (_at: number) => true): Promise<Findings> {
    const { page } = await signInAt(open, username, password);
    const found: Findings = {};
    const pages = (await pagesOf(page)).map(({ title, to }) => ({ title, to: new URL(to, page.url()).hash }));
    for (const { title, to } of pages.filter((each, at) => isWanted(at) && !visited.has(each.to))) {
      if (to !== (new URL(page.url()).hash || '#/')) await goTo(page, to);
      visited.add(to);
      dialogs += await notePage(page, title, found);
    }
    return found;
  }

  // In two halves, as each page is read four times and more.
  test.each([0, 1])('for a tenant: half %i of the pages', async (half) => {
    expect(await visitPages(tenant.username, tenant.password, (at) => at % 2 === half)).toEqual({});
    expect(visited.size).toBeGreaterThan(10);
    expect(dialogs).toBeGreaterThan(0);
  });

  test('for an operator', async () => {
    expect(await visitPages(operator, tenantPassword)).toEqual({});
    expect(visited.size).toBeGreaterThan(20);
  });

  test('with each menu open', async () => {
    const { page } = await signInAt(open, operator, tenantPassword);
    await goTo(page, '/#/customers');
    const found: Findings = {};
    const press = (name: string | RegExp) => () => page.getByRole('button', { name }).first().press('Enter');
    const menus = [
      ['actions of a row', press(/^Actions for /), page.getByRole('menuitem', { name: 'Limits' })],
      ['actions of the page', press('More actions'), page.getByRole('menuitem', { name: 'Show as request' })],
      ['menu of the person', press(/^Menu of /), page.getByRole('menuitem', { name: 'Sign out' })],
      ['organizations', press(/^Organization: /), page.getByRole('option').first()],
      ['alarms', press(/ alarms?$/i), page.getByText('Alarms of the last 12 hours')],
      ['search', () => page.keyboard.press('Control+k'), page.getByRole('button', { name: /^SMS log/ })],
    ] as const;
    for (const [name, show, shown] of menus) {
      await show();
      await shown.waitFor();
      // Over all that is behind it.
      await shown.click({ trial: true, position: { x: 4, y: 4 } });
      await note(page, name, found, wideLooks);
      await page.keyboard.press('Escape');
      await shown.waitFor({ state: 'hidden' });
    }
    expect(found).toEqual({});
  });

  test('while it is loaded', async () => {
    const { page } = await signInAt(open, tenant.username, tenant.password);
    // Never answered.
    await page.route('**/console/operations-users.json', () => undefined);
    await page.evaluate("location.hash = '#/r/groups'");
    await page.reload();
    await page.locator('main').getByLabel('Loading').waitFor();
    const found: Findings = {};
    await note(page, 'Groups', found);
    expect(found).toEqual({});
  });
});
