import type { Locator, Page, Route } from 'playwright-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { builtInRoles } from '#contract/scopes.ts';
import { second } from '#schema/time.ts';
import { eventually } from '#test/support/eventually.ts';
import { needs } from '#test/support/tools.ts';
import { pagesAt } from '../browser.ts';
import { connect } from '../cloud.ts';
import { fillPages, headingOf, pagesOf, signInAt, unfoldPage, waitForLists } from '../console.fixture.ts';
import {
  askAsOperator,
  newAdministeredTenant,
  outcome,
  tenantPassword,
  texts,
  uniqueName,
  type AdministeredTenant,
} from '../tenant.fixture.ts';

/** The console with the rights of each role: no page and no control asks for what the person may not have. */

const roles = Object.keys(builtInRoles);

/** Requests of a page that are answered with 403. */
function watch(page: Page): Set<string> {
  const found = new Set<string>();
  page.on('response', (response) => {
    const { pathname } = new URL(response.url());
    if (response.status() === 403) found.add(`${response.request().method()} ${pathname} answers 403`);
  });
  return found;
}

/** What only reads, although it is a POST. */
const reading = /\/(search|evaluate|batch|simulate|estimate)$/;

/**
 * Changes nothing, and asks nevertheless: rights are checked before the body, and no operation takes a list. A deletion
 * has no body, so it is not asked for.
 */
const changeNothing = (route: Route): Promise<void> => {
  const request = route.request();
  const method = request.method();
  if (method === 'GET' || method === 'HEAD' || reading.test(new URL(request.url()).pathname)) return route.continue();
  if (method !== 'DELETE') return route.continue({ postData: '[]' });
  const error = { code: 'NOT_ASKED', message: 'The test deletes nothing' };
  return route.fulfill({ status: 409, json: { success: false, error } });
};

/** Waits until the requests of a control are answered. */
const settle = async (page: Page): Promise<void> => {
  await page.waitForLoadState('networkidle');
  await waitForLists(page);
};

/** Waits for what a page that is opened shows, and leaves what was changed on the one before. */
const leaveFor = async (page: Page, shown: Locator): Promise<void> => {
  const leave = page.getByRole('dialog').getByRole('button', { name: 'Leave', exact: true });
  try {
    await shown.or(leave).first().waitFor();
    if ((await leave.count()) > 0) await leave.click();
    await shown.waitFor();
  } catch (error) {
    const instead = (await page.locator('body').innerText()).slice(-1_000);
    throw new Error(`${page.url()} shows ${instead}`, { cause: error });
  }
};

const controls = 'button:not([aria-haspopup]), [role="tab"], [role="radio"], [aria-haspopup="listbox"]';

/** What a person reads of each control of the page that can be used, each text once; of rows of a list, the first. */
const textsOfControls = `(() => {
  const textOf = (each) => each.getAttribute('aria-label') ?? each.labels?.[0]?.textContent ?? each.textContent;
  const isShown = (each) =>
    each.checkVisibility({ visibilityProperty: true }) && each.closest('[aria-hidden="true"]') === null;
  const all = [...document.querySelectorAll('main :is(${controls})')];
  const shown = all.filter((each) => isShown(each) && !each.disabled);
  const byText = new Map();
  for (const each of shown) {
    const text = textOf(each).trim();
    const kind = each.closest('[role="table"], table') === null ? text : text.split(' ')[0];
    if (text !== '' && !byText.has(kind)) byText.set(kind, text);
  }
  return [...byText.values()];
})()`;

/** Uses the control of a text, if it is there. */
const useControl = (text: string): string => `(() => {
  const textOf = (each) => each.getAttribute('aria-label') ?? each.labels?.[0]?.textContent ?? each.textContent;
  const found = [...document.querySelectorAll('main :is(${controls})')].find((each) =>
    textOf(each).trim() === ${JSON.stringify(text)});
  found?.focus();
  found?.click();
})()`;

/** These lead elsewhere, or are the same on each page. */
const isElsewhere = (text: string): boolean => /^(Sign out|Leave )/.test(text);

/** Uses each control of the page, and sends what it opens. @returns how many there were */
async function useControls(page: Page): Promise<number> {
  const address = page.url();
  const texts = (await page.evaluate<string[]>(textsOfControls)).filter((text) => !isElsewhere(text));
  for (const text of texts) {
    await page.evaluate(useControl(text));
    await settle(page);
    const dialog = page.getByRole('dialog');
    const send = dialog.locator('button[type="submit"]');
    if ((await send.count()) > 0) {
      // One that closes at this moment has no button any more.
      await eventually(async () => {
        if ((await send.count()) > 0) await send.first().click({ timeout: 5 * second });
      });
      await settle(page);
    }
    await page.keyboard.press('Escape');
    await eventually(async () => expect({ text, dialogs: await dialog.count() }).toEqual({ text, dialogs: 0 }));
    if (page.url() === address) continue;
    await page.goto(address);
    await settle(page);
  }
  return texts.length;
}

/** Inputs that show a value and take none. Who may not write sees values instead. */
const closedIn = async (page: Page): Promise<readonly string[]> => {
  const read = (): Promise<string[]> => page.evaluate<string[]>(closedInputs);
  // A switch is closed until its state is read.
  return eventually(async () => {
    expect(await read()).toEqual([]);
    return [];
  }, 5_000).catch(read);
};
const closedInputs = `[...document.querySelectorAll('main :is(input, select, textarea, fieldset):disabled')]
  .map((each) => each.outerHTML.slice(0, 200))`;

describe('the console', () => {
  needs('chromium');
  const open = pagesAt((path) => new URL(path, connect().outputs.ApiUrl).href);
  let tenant: AdministeredTenant;
  let seller: AdministeredTenant;

  beforeAll(async () => {
    tenant = await newAdministeredTenant(uniqueName('roles'));
    seller = await newAdministeredTenant(uniqueName('seller'), { more: { type: 'reseller' } });
    await fillPages(tenant);
    const customer = { name: uniqueName('customer'), country: 'DE', timezone: 'Europe/Berlin' };
    expect(outcome(await seller.ask('PUT', '/orgs', customer))).toBe('201');
  });

  /** A person with one role, in the organization where that role is used. */
  async function newPerson(role: string): Promise<string> {
    const username = uniqueName(role);
    const user = { username, password: tenantPassword, roles: [role], must_change_password: false };
    const asks: Readonly<Record<string, AdministeredTenant['ask']>> = { operator: askAsOperator, reseller: seller.ask };
    const mailbox = role === 'agent' ? { extension: '902' } : {};
    expect(outcome(await (asks[role] ?? tenant.ask)('PUT', '/users', { ...user, ...mailbox }))).toBe('201');
    return username;
  }

  test.each(roles)('has no page and no control that a person with the role %s may not use', async (role) => {
    const { page, complaints } = await signInAt(open, await newPerson(role), tenantPassword);
    const found = watch(page);
    const [opened, closed, used]: [string[], string[], Record<string, number>] = [[], [], {}];
    await page.route('**/*', changeNothing);
    for (const { title, to } of await pagesOf(page)) {
      await page.goto(new URL(to, page.url()).href);
      await leaveFor(page, headingOf(page, title));
      await unfoldPage(page);
      await waitForLists(page);
      closed.push(...(await closedIn(page)));
      used[title] = await useControls(page);
      const first = page.getByRole('table').first().getByRole('link').first();
      if ((await first.count()) === 0) continue;
      opened.push(title);
      await first.click();
      await leaveFor(page, page.getByRole('heading', { level: 1 }).filter({ hasNotText: title }));
      await settle(page);
      await unfoldPage(page);
      await waitForLists(page);
      closed.push(...(await closedIn(page)));
      used[`one of ${title}`] = await useControls(page);
    }
    expect([...found].sort()).toEqual([]);
    expect(closed).toEqual([]);
    expect(complaints.filter((text) => /Content.Security.Policy|^asks /i.test(text))).toEqual([]);
    expect(await page.locator('script:not([src])').count()).toBe(0);
    if (role === 'admin') {
      expect(opened).toEqual(expect.arrayContaining(['Groups', 'Dial plan', 'Opening hours', 'Mailboxes']));
      expect(used['one of Groups']).toBeGreaterThan(3);
    }
    if (role === 'reseller' || role === 'operator') expect(used['Customers']).toBeGreaterThan(1);
  });

  test('who may not write reads the values of a resource', async () => {
    const { page } = await signInAt(open, await newPerson('viewer'), tenantPassword);
    const group = await tenant.ask('PUT', '/ringgroups/new', {
      ...{ name: uniqueName('Sales'), strategy: 'in_order', ring_seconds: 75 },
      members: [{ user: tenant.userId, delay_seconds: 5 }, { number: '+4930123456' }],
    });
    expect(outcome(group)).toBe('201');
    await page.goto(new URL(`/#/r/ringgroups/${texts(group)['id'] ?? ''}`, page.url()).href);
    await page.getByRole('group', { name: 'Ring for' }).getByText('1:15').waitFor();
    await page.getByRole('row', { name: tenant.username }).getByText('0:05').waitFor();
    await page.getByRole('row', { name: '+4930123456' }).waitFor();
    expect(await page.locator('main').locator('input, textarea, form').count()).toBe(0);
    await page.goto(new URL(`/#/r/schedules`, page.url()).href);
    await page.getByRole('link', { name: 'Office' }).click();
    await page.getByRole('group', { name: 'Time zone' }).getByText('Europe/Berlin').waitFor();
    await page.goto(new URL(`/#/r/users/${tenant.userId}`, page.url()).href);
    await page.getByRole('group', { name: 'Extension' }).waitFor();
    expect(await page.locator('main').getByRole('textbox').count()).toBe(0);
    await page.getByRole('tab', { name: 'Forwarding' }).click();
    await page.getByRole('group', { name: 'The phones ring for, seconds' }).waitFor();
    expect(await page.locator('main').locator('input, textarea').count()).toBe(0);
  });
});
