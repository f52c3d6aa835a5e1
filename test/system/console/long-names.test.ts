import type { Page } from 'playwright-core';
import { beforeAll, expect, test } from 'vitest';
import { eventually } from '#test/support/eventually.ts';
import { needs } from '#test/support/tools.ts';
import { pagesAt, tooWide } from '../browser.ts';
import { newNumber } from '../calls.fixture.ts';
import { connect } from '../cloud.ts';
import { signInAt, waitForLists } from '../console.fixture.ts';
import { newAdministeredTenant, outcome, texts, uniqueName, type AdministeredTenant } from '../tenant.fixture.ts';
import { goTo } from './axe.fixture.ts';

/** Names as long as the API permits, without a place to break, and names from right to left: no page breaks of them. */

needs('chromium');
const open = pagesAt((path) => new URL(path, connect().outputs.ApiUrl).href);

const arabic = 'مكتب الاستقبال الرئيسي في المدينة';
const longName = (length: number): string => uniqueName('W').padEnd(length, 'W');

/** Controls that are not whole within the window, and are in nothing that scrolls sideways. */
const cutOff = (page: Page): Promise<string[]> =>
  page.evaluate<string[]>(`(() => {
    const scrolls = (each) => each !== null && (/auto|scroll/.test(getComputedStyle(each).overflowX) ||
      each.matches('.react-flow') || scrolls(each.parentElement));
    const controls = [...document.querySelectorAll('header, main, [role="dialog"]')].flatMap((each) =>
      [...each.querySelectorAll('button, input, a[href], [role="tab"]')]);
    return controls
      .filter((each) => each.checkVisibility({ visibilityProperty: true }) && !scrolls(each.parentElement))
      .map((each) => [each, each.getBoundingClientRect()])
      .filter(([, { left, right, width }]) => width > 1 && (left < 0 || right > document.documentElement.clientWidth))
      .map(([each]) => each.outerHTML.slice(0, 200));
  })()`);

/** The page fits, in a wide and in a narrow window. */
async function expectWhole(page: Page, name: string): Promise<void> {
  await waitForLists(page);
  for (const width of [390, 1280]) {
    await page.setViewportSize({ width, height: 900 });
    await eventually(async () =>
      expect({ name, width, wide: await tooWide(page), cut: await cutOff(page) }).toEqual({
        ...{ name, width },
        ...{ wide: [], cut: [] },
      }),
    );
  }
}

let seller: AdministeredTenant;
let tenant: AdministeredTenant;
const customers = [longName(128), `${arabic} ${uniqueName('x')}`];

beforeAll(async () => {
  seller = await newAdministeredTenant(uniqueName('seller'), { more: { type: 'reseller' } });
  tenant = await newAdministeredTenant(uniqueName('named'));
  for (const name of customers) {
    const customer = { name, country: 'DE', timezone: 'Europe/Berlin' };
    expect(outcome(await seller.ask('PUT', '/orgs', customer)), name).toBe('201');
  }
});

test('organizations, in the list, in the switcher and in the banner of the one that is entered', async () => {
  const { page } = await signInAt(open, seller.username, seller.password);
  await goTo(page, '/#/customers');
  for (const name of customers) await page.getByRole('link', { name, exact: true }).waitFor();
  await expectWhole(page, 'customers');
  for (const name of customers) {
    const switcher = page.getByRole('button', { name: /^Organization: / });
    await switcher.click();
    const option = page.getByRole('option', { name, exact: true });
    await option.waitFor();
    await expectWhole(page, 'switcher');
    await option.click();
    await page.getByRole('button', { name: `Leave ${name}` }).waitFor();
    await expectWhole(page, 'banner');
    await goTo(page, '/#/organization');
    await expectWhole(page, 'organization');
    await page.getByRole('button', { name: `Leave ${name}` }).click();
    await page.getByRole('heading', { name: 'Customers', level: 1 }).waitFor();
    await page.getByRole('button', { name: `Actions for ${name}` }).click();
    await page.getByRole('menuitem', { name: 'Suspend' }).click();
    await page.getByRole('dialog').waitFor();
    await expectWhole(page, 'suspension');
    await page.keyboard.press('Escape');
  }
});

test.each([longName, () => arabic])('ring groups, phones and numbers: name %#', async (nameOf) => {
  const number = await newNumber(tenant, { type: 'user', id: tenant.userId });
  const mac = `0015650${Math.random().toString(16).slice(2, 7).padEnd(5, '0')}`;
  const phone = { mac_address: mac, manufacturer: 'Yealink', name: nameOf(100) };
  const made = [
    await tenant.ask('PUT', '/ringgroups/new', { name: nameOf(100), members: [{ user: tenant.userId }] }),
    await tenant.ask('PUT', '/devices/phone', { ...phone, lines: [{ extension: '201', label: nameOf(64) }] }),
  ];
  expect(made.map(outcome)).toEqual(['201', '201']);
  expect(outcome(await tenant.ask('PUT', `/numbers/${number}`, { label: nameOf(64) }))).toBe('200');
  const [group, device] = made.map((each) => texts(each)['id'] ?? '');
  const { page } = await signInAt(open, tenant.username, tenant.password);
  const pages = ['ringgroups', `ringgroups/${group}`, 'devices', `devices/${device}`, 'numbers'];
  for (const path of [...pages, `numbers/${encodeURIComponent(number)}`]) {
    await goTo(page, `/#/r/${path}`);
    await expectWhole(page, path);
  }
});

/** Steps of the graph that cover each other. */
const overlaps = (page: Page): Promise<string[]> =>
  page.evaluate<string[]>(`(() => {
    const steps = [...document.querySelectorAll('.react-flow__node')].map((each) => each.getBoundingClientRect());
    const isOver = (one, other) => one.left < other.right && other.left < one.right &&
      one.top < other.bottom && other.top < one.bottom;
    return steps.flatMap((one, at) => steps.slice(at + 1).filter((other) => isOver(one, other)).map(() => String(at)));
  })()`);

test('steps of a call flow keep their places beside one another', async () => {
  const [first, second, third] = ['w'.repeat(32), 'm'.repeat(32), 'end'];
  const say = (text: string, next: string) => ({ type: 'play', prompt: { say: text }, next });
  const steps = {
    [first]: { type: 'menu', prompt: { say: longName(200) }, choices: { 1: second, 2: third } },
    [second]: say(arabic, third),
    [third]: { type: 'hangup' },
  };
  const made = await tenant.ask('PUT', '/callflows/new', { name: longName(100), start: first, steps });
  expect(outcome(made)).toBe('201');
  const { page } = await signInAt(open, tenant.username, tenant.password);
  await goTo(page, `/#/r/callflows/${texts(made)['id'] ?? ''}`);
  await eventually(async () => expect(await page.locator('.react-flow__node').count()).toBeGreaterThan(2));
  await expectWhole(page, 'flow');
  expect(await overlaps(page)).toEqual([]);
});
