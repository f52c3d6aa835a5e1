import axe from 'axe-core';
import type { Locator, Page } from 'playwright-core';
import { expect } from 'vitest';
import { eventually } from '../support/eventually.ts';
import type { Look, OpenPage } from './browser.ts';
import { office, tollFree } from './dialplan.fixture.ts';
import { outcome, tenantPassword, uniqueName, type AdministeredTenant } from './tenant.fixture.ts';

/** The console, as a person uses it in Chromium. */

/**
 * Waits until the page has the color scheme of the browser and nothing fades to another color any more; 5 s at most. A
 * busy machine takes over the scheme later than it is set. It looks again and again, as Chromium does not settle the
 * promise `finished` of some that have finished.
 */
const waitForTransitions = (page: Page): Promise<unknown> =>
  page.evaluate(`(async () => {
    const pause = () => new Promise((resolve) => setTimeout(resolve, 20));
    const isFading = (each) => each instanceof CSSTransition && each.playState === 'running';
    const wanted = () => (matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light');
    const isTaken = () => (document.documentElement.dataset.mantineColorScheme ?? wanted()) === wanted();
    const until = performance.now() + 5000;
    do await pause();
    while ((!isTaken() || document.getAnimations().some(isFading)) && performance.now() < until);
  })()`);

/** Rules of axe-core about colours. Only these depend on the theme, which changes nothing but colours. */
export const colourRules = ['color-contrast', 'link-in-text-block'] as const;

/** What is found by axe-core: rules, and the elements that break them. @param runOnly rules; all by default */
export async function violationsIn(page: Page, runOnly?: readonly string[]): Promise<readonly string[]> {
  await waitForTransitions(page);
  // Not a script of the page, whose policy allows none but its own.
  if (!(await page.evaluate("'axe' in window"))) await page.evaluate(axe.source);
  const options = { resultTypes: ['violations'], ...(runOnly === undefined ? {} : { runOnly }) };
  const { violations } = (await page.evaluate(`axe.run(${JSON.stringify(options)})`)) as axe.AxeResults;
  return violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`));
}

export const navigation = (page: Page): Locator => page.getByRole('navigation', { name: 'Pages' });

export async function enterCredentials(page: Page, username: string, password: string): Promise<void> {
  await page.getByLabel('Username').fill(username);
  await page.getByRole('textbox', { name: 'Password' }).fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
}

/** By the menu of the person. */
export async function signOut(page: Page): Promise<void> {
  await page.getByRole('button', { name: /^Menu of / }).click();
  await page.getByRole('menuitem', { name: 'Sign out' }).click();
}

type Open = (path: string, look?: Look) => Promise<OpenPage>;

/** @param open of `pagesAt` */
export async function signInAt(open: Open, username: string, password: string): Promise<OpenPage> {
  const opened = await open('/');
  await enterCredentials(opened.page, username, password);
  // The sign-in has a heading, too; in a narrow window the pages are folded.
  await opened.page.locator('nav').first().waitFor({ state: 'attached' });
  await opened.page.locator('main').getByRole('heading', { level: 1 }).filter({ hasNotText: 'Loading' }).waitFor();
  return opened;
}

/** The pages that the person may open, with their addresses. */
export async function pagesOf(page: Page): Promise<readonly { readonly title: string; readonly to: string }[]> {
  await unfoldNavigation(page);
  const links = await navigation(page).getByRole('link', { includeHidden: true }).all();
  return Promise.all(
    links.map(async (link) => ({
      title: ((await link.textContent()) ?? '').trim(),
      to: (await link.getAttribute('href')) ?? '',
    })),
  );
}

/** The pages of an organization, whose heading is its name. */
const ofOrganization: readonly string[] = ['Organization', 'Platform settings'];

/** The heading of a page that a link opens: the text of the link, or the name of the organization. */
export const headingOf = (page: Page, title: string): Locator =>
  page.getByRole('heading', { level: 1, ...(ofOrganization.includes(title) ? {} : { name: title }) });

/** Waits until nothing on the page is being read. */
export const waitForLists = (page: Page): Promise<void> => {
  const loading = page.getByLabel('Loading', { exact: true }).or(page.getByText('Loading …', { exact: true }));
  return eventually(async () => expect(await loading.count()).toBe(0));
};

/** Opens what is folded. */
export const unfoldPage = (page: Page): Promise<unknown> =>
  page.evaluate("for (const folded of document.querySelectorAll('main details')) folded.open = true");

/** Unfolds the sections of the navigation, also in a narrow window, where it is hidden. */
export async function unfoldNavigation(page: Page): Promise<void> {
  await navigation(page).getByRole('link', { includeHidden: true }).first().waitFor({ state: 'attached' });
  const folded = navigation(page).locator('button[aria-expanded="false"]');
  // One after the other: a page that has not rendered yet would forget all but the last of several clicks.
  while ((await folded.count()) > 0) await folded.first().dispatchEvent('click');
}

/** Opens a page by its link, in a section that may have to be unfolded. */
export async function openBy(page: Page, title: string): Promise<void> {
  const link = navigation(page).getByRole('link', { name: title, exact: true, includeHidden: true }).first();
  // A navigation that has just come has other addresses, or folds the section again.
  await eventually(async () => {
    if (await link.isVisible()) return true;
    await link.waitFor({ state: 'attached' });
    const below = `has(+ * a[href="${await link.getAttribute('href')}"])`;
    const folded = navigation(page).locator(`button[aria-expanded="false"]:${below}`);
    if ((await folded.count()) > 0) await folded.click();
    return link.isVisible();
  });
  await link.click();
  await page.getByRole('heading', { name: title, level: 1 }).waitFor();
}

/** Makes one resource of many kinds in a tenant without any, so that their pages have rows. */
export async function fillPages({ ask, userId }: AdministeredTenant): Promise<void> {
  const weekly = [{ days: ['mo'], from: '09:00', to: '17:00' }];
  const own: readonly (readonly [string, object])[] = [
    ['/groups', { name: 'desk', display_name: 'Desk', category: 'department' }],
    ['/ringgroups/new', { name: 'All', members: [{ user: userId }] }],
    ['/blockedcallers/new', { name: 'Premium', caller: '+1900…' }],
    ['/dialplan/template', office],
    ['/dialplan/policy', tollFree],
    ['/schedules/new', { name: 'Office', time_zone: 'Europe/Berlin', weekly }],
    ['/callflows/new', { name: 'Front desk', start: 'end', steps: { end: { type: 'hangup' } } }],
    ['/voicemailprefs/901', {}],
  ];
  for (const [path, body] of own) expect(outcome(await ask('PUT', path, body)), path).toMatch(/^20[01]$/);
}

/** A user that may look at everything of its organization, and signs in with `tenantPassword`. @returns its name */
export async function newViewer({ ask }: AdministeredTenant): Promise<string> {
  const username = uniqueName('viewer');
  const user = {
    username,
    password: tenantPassword,
    email: `${username}@example.com`,
    roles: ['viewer'],
    must_change_password: false,
  };
  expect(outcome(await ask('PUT', '/users', user))).toBe('201');
  return username;
}
