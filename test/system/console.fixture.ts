import axe from 'axe-core';
import type { Locator, Page } from 'playwright-core';
import { expect } from 'vitest';
import { eventually } from '../support/eventually.ts';
import type { Look, OpenPage } from './browser.ts';

/** The console, as a person uses it in Chromium. */

/**
 * Waits until nothing fades to another color any more, such as after the change to the dark scheme; 5 s at most.
 * It looks again and again, as Chromium does not settle the promise `finished` of some that have finished.
 */
const waitForTransitions = (page: Page): Promise<unknown> =>
  page.evaluate(`(async () => {
    const pause = () => new Promise((resolve) => setTimeout(resolve, 20));
    const isFading = (each) => each instanceof CSSTransition && each.playState === 'running';
    const until = performance.now() + 5000;
    do await pause();
    while (document.getAnimations().some(isFading) && performance.now() < until);
  })()`);

/** What is found by axe-core: rules, and the elements that break them. */
export async function violationsIn(page: Page): Promise<readonly string[]> {
  await waitForTransitions(page);
  // Not a script of the page, whose policy allows none but its own.
  if (!(await page.evaluate("'axe' in window"))) await page.evaluate(axe.source);
  // Addresses of pages are behind `#`: axe takes links that are scrolled out of view for links within the page.
  const options = JSON.stringify({ rules: { 'skip-link': { enabled: false } }, resultTypes: ['violations'] });
  const { violations } = (await page.evaluate(`axe.run(${options})`)) as axe.AxeResults;
  return violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`));
}

export const navigation = (page: Page): Locator => page.getByRole('navigation', { name: 'Pages' });

export async function enterCredentials(page: Page, username: string, password: string): Promise<void> {
  await page.getByLabel('Username').fill(username);
  await page.getByRole('textbox', { name: 'Password' }).fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
}

type Open = (path: string, look?: Look) => Promise<OpenPage>;

/** @param open of `pagesAt` */
export async function signInAt(open: Open, username: string, password: string): Promise<OpenPage> {
  const opened = await open('/');
  await enterCredentials(opened.page, username, password);
  await opened.page.getByRole('heading', { name: 'Overview' }).waitFor();
  return opened;
}

/** The pages that the person may open, with their addresses. */
export async function pagesOf(page: Page): Promise<readonly { readonly title: string; readonly to: string }[]> {
  const links = await navigation(page).getByRole('link', { includeHidden: true }).all();
  return Promise.all(
    links.map(async (link) => ({ title: await link.innerText(), to: (await link.getAttribute('href')) ?? '' })),
  );
}

/** Waits until nothing on the page is being read. */
export const waitForLists = (page: Page): Promise<void> => {
  const loading = page.getByLabel('Loading', { exact: true }).or(page.getByText('Loading …', { exact: true }));
  return eventually(async () => expect(await loading.count()).toBe(0));
};

/** Opens what is folded. */
export const unfoldPage = (page: Page): Promise<unknown> =>
  page.evaluate("for (const folded of document.querySelectorAll('main details')) folded.open = true");

/** Opens a page by its link. */
export async function openBy(page: Page, title: string): Promise<void> {
  await navigation(page).getByRole('link', { name: title, exact: true }).click();
  await page.getByRole('heading', { name: title, level: 1 }).waitFor();
}
