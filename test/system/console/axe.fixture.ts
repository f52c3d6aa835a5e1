import type { Locator, Page } from 'playwright-core';
import { expect } from 'vitest';
import { eventually } from '#test/support/eventually.ts';
import { tooWide } from '../browser.ts';
import { colourRules, violationsIn, waitForLists } from '../console.fixture.ts';

/** Pages of the console as axe-core reads them. */

const looks = [
  ['light', 1280],
  ['dark', 1280],
  ['dark', 390],
  ['light', 390],
] as const;

/** What is wrong, by where and how it was looked at. */
export type Findings = Record<string, readonly string[]>;

/** Those in which a menu that is open is looked at: it is placed once, where it was opened. */
export const wideLooks = looks.filter(([, width]) => width === 1280);

/**
 * Notes what is wrong with the page as it is: wide and narrow by all rules, and dark by those about colours.
 * @param inLooks all looks by default
 */
export async function note(
  page: Page,
  where: string,
  found: Findings,
  inLooks: readonly (typeof looks)[number][] = looks,
): Promise<void> {
  for (const [colorScheme, width] of inLooks) {
    await page.emulateMedia({ colorScheme });
    await page.setViewportSize({ width, height: 900 });
    const rules = colorScheme === 'dark' ? colourRules : undefined;
    const problems = [
      ...(await violationsIn(page, rules)),
      ...(await tooWide(page)).map((text) => `too wide: ${text}`),
    ];
    if (problems.length > 0) found[`${where}, ${colorScheme}, ${width}`] = problems;
  }
}

export const heading = (page: Page): Locator =>
  page.locator('main').getByRole('heading', { level: 1 }).filter({ hasNotText: 'Loading' });

/** Opens an address without loading the document again, and waits for another heading. */
export async function goTo(page: Page, to: string): Promise<void> {
  const before = await heading(page).innerText();
  await page.evaluate(`location.hash = ${JSON.stringify(new URL(to, page.url()).hash)}`);
  await eventually(async () => expect(await heading(page).innerText()).not.toBe(before));
  await waitForLists(page);
}
