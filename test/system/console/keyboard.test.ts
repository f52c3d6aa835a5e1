import type { Locator, Page } from 'playwright-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { eventually } from '#test/support/eventually.ts';
import { needs } from '#test/support/tools.ts';
import { pagesAt } from '../browser.ts';
import { connect } from '../cloud.ts';
import { headingOf, navigation, openBy, pagesOf, signInAt, unfoldPage, waitForLists } from '../console.fixture.ts';
import {
  newAdministeredTenant,
  outcome,
  tenantPassword,
  uniqueName,
  type AdministeredTenant,
} from '../tenant.fixture.ts';

/** The console by keyboard alone. */

/** Opens what is folded, and forgets what was reached. */
async function beginAgain(page: Page): Promise<void> {
  await unfoldPage(page);
  await page.evaluate(
    "for (const each of document.querySelectorAll('[data-reached]')) each.removeAttribute('data-reached')",
  );
}

/** Marks the element that has the focus. @returns what it is in: the page, its frame, or nothing */
const mark = `(() => {
  const reached = document.activeElement;
  if (reached === null || reached === document.body) return 'nothing';
  // Day, month and so on of an input are reached one by one.
  const isKnown = reached.hasAttribute('data-reached') && reached !== window.reachedBefore;
  window.reachedBefore = reached;
  reached.setAttribute('data-reached', '');
  if (isKnown) return 'known';
  return reached.closest('main') === null ? 'frame' : 'page';
})()`;

/**
 * The controls below an element that were not reached: those of HTML and ARIA, and each element with a click handler of
 * React that has no such control in or around it. One radio button of a group, and one tab of a list, is reached by
 * Tab, the others by arrows (ARIA Authoring Practices, radio group and tabs). Edges of React Flow have a handler that
 * does nothing here. What screen readers are not shown repeats what arrows do.
 * @param except what is below such an element is left out
 */
const unreached = (within: string, except = 'template'): string => `(() => {
  const native = 'a[href], button, input, select, textarea, summary, [tabindex="0"]';
  const roles = ['button', 'link', 'tab', 'checkbox', 'switch', 'combobox', 'menuitem', 'slider', 'spinbutton'];
  const controls = [native, ...roles.map((role) => '[role="' + role + '"]')].join(', ');
  const isShown = (element) => element.checkVisibility({ visibilityProperty: true }) &&
    !element.matches(':disabled, [type="hidden"]') && element.closest('[aria-hidden="true"], [inert]') === null;
  const isClicked = (element) => Object.keys(element).some((key) => key.startsWith('__reactProps$') &&
    typeof element[key].onClick === 'function');
  const isReached = (element) => element.hasAttribute('data-reached') || (element.type === 'radio' &&
    document.querySelector('[data-reached][name="' + element.name + '"]') !== null) || (element.role === 'tab' &&
    element.closest('[role="tablist"]').querySelector('[data-reached]') !== null);
  return [...document.querySelectorAll(${JSON.stringify(within)} + ' *')]
    .filter(isShown)
    .filter((element) => element.closest('.react-flow__edge') === null)
    .filter((element) => element.closest(${JSON.stringify(except)}) === null)
    .filter((element) => element.matches(controls)
      ? !isReached(element)
      : isClicked(element) && element.querySelector(controls) === null &&
        element.closest(controls + ', label') === null)
    .map((element) => element.outerHTML.slice(0, 200));
})()`;

/** Presses Tab until the focus comes back to what it has reached, or leaves the page. @returns how often */
async function tabThrough(page: Page, isOver: (where: unknown) => boolean): Promise<number> {
  for (let presses = 1; presses < 500; presses++) {
    await page.keyboard.press('Tab');
    if (isOver(await page.evaluate(mark))) return presses;
  }
  throw new Error('The focus does not end');
}

const focused = (page: Page): Promise<unknown> => page.evaluate('document.activeElement.textContent');

/** What Tab does not reach in the page from its heading. */
async function unreachedFromHeading(page: Page): Promise<unknown> {
  await beginAgain(page);
  await page.getByRole('heading', { level: 1 }).focus();
  await tabThrough(page, (where) => where !== 'page');
  return page.evaluate(unreached('main'));
}

describe('the console by keyboard', () => {
  needs('chromium');
  const open = pagesAt((path) => new URL(path, connect().outputs.ApiUrl).href);
  let tenant: AdministeredTenant;

  beforeAll(async () => {
    tenant = await newAdministeredTenant(uniqueName('keyboard'));
    for (const name of ['first', 'second'])
      expect(outcome(await tenant.ask('PUT', '/groups', { name, display_name: name, category: 'department' }))).toBe(
        '201',
      );
  });

  const signedIn = () => signInAt(open, tenant.username, tenant.password);

  test('each control of the sign-in is reached', async () => {
    const { page } = await open('/');
    await page.getByLabel('Username').waitFor();
    await page.evaluate(mark);
    await tabThrough(page, (where) => where === 'known');
    expect(await page.evaluate(unreached('body'))).toEqual([]);
  });

  test('each control of the frame is reached, first the way past it', async () => {
    const { page } = await signedIn();
    await page.evaluate("document.querySelector('a[href], button, input').focus()");
    expect(await focused(page)).toBe('Skip to the page');
    await page.keyboard.press('Enter');
    expect(await focused(page)).toBe('Home');
    await beginAgain(page);
    await tabThrough(page, (where) => where === 'known');
    // Those of the page come with its answers; the next test is about them.
    expect(await page.evaluate(unreached('body', 'main'))).toEqual([]);
  });

  test('the focus moves to the heading of a page that is opened, and from there to each of its controls', async () => {
    const { page } = await signedIn();
    const pages = await pagesOf(page);
    expect(pages.length).toBeGreaterThan(20);
    // The last page is opened first: the first one is open.
    for (const { title, to } of [...pages].reverse()) {
      await navigation(page).locator(`a[href="${to}"]`).focus();
      await page.keyboard.press('Enter');
      await headingOf(page, title).waitFor();
      await waitForLists(page);
      await eventually(async () => expect(await page.evaluate('document.activeElement.tagName')).toBe('H1'));
      // What is read later has controls, too.
      await eventually(async () =>
        expect({ title, unreached: await unreachedFromHeading(page) }).toEqual({ title, unreached: [] }),
      );
    }
  });

  test('a dialog has the focus until it is closed, and gives it back', async () => {
    const { page } = await signedIn();
    await openBy(page, 'Groups');
    await page.getByRole('button', { name: 'More actions' }).focus();
    await page.keyboard.press('Enter');
    await page.getByRole('menuitem', { name: 'Show as request' }).press('Enter');
    await page.getByRole('dialog').waitFor();
    for (let presses = 0; presses < 6; presses++) {
      await page.keyboard.press('Tab');
      expect(await page.evaluate(`document.activeElement.closest('[role="dialog"]') !== null`)).toBe(true);
    }
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await page.getByRole('button', { name: 'More actions' }).and(page.locator(':focus')).waitFor();
  });

  test('a confirmation gives the focus back to what opened it: a button, or that of a menu', async () => {
    const colleague = { username: uniqueName('colleague'), password: tenantPassword, must_change_password: false };
    expect(outcome(await tenant.ask('PUT', '/users', colleague))).toBe('201');
    const { page } = await signedIn();
    const cancel = async (opener: Locator): Promise<void> => {
      await page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).press('Enter');
      await opener.and(page.locator(':focus')).waitFor();
    };
    await openBy(page, 'Users');
    await page.getByRole('table').getByRole('link', { name: colleague.username }).press('Enter');
    // The list has such a button, too.
    await page.getByRole('heading', { name: colleague.username, level: 1 }).waitFor();
    const menu = page.getByRole('button', { name: 'More actions' });
    await menu.press('Enter');
    await page.getByRole('menuitem', { name: 'Delete' }).press('Enter');
    await cancel(menu);
    await openBy(page, 'Groups');
    await page.getByRole('table').getByRole('link', { name: 'second' }).press('Enter');
    const remove = page.getByRole('button', { name: 'Delete' });
    await remove.press('Enter');
    await cancel(remove);
  });

  test('a row of a table is opened', async () => {
    const { page } = await signedIn();
    await openBy(page, 'Groups');
    await page.getByRole('table').getByRole('link', { name: 'second' }).focus();
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'second', level: 1 }).waitFor();
    // What is read later has controls, too.
    await eventually(async () => expect(await unreachedFromHeading(page)).toEqual([]));
  });

  test('steps of a call flow are added, chosen and joined', async () => {
    const { page } = await signedIn();
    await openBy(page, 'Call flows');
    await page.getByRole('link', { name: 'New call flow' }).first().press('Enter');
    const choose = async (label: string, option: string): Promise<void> => {
      const box = page.getByRole('combobox', { name: label, exact: true });
      await box.press('Enter');
      await page.getByRole('listbox').waitFor();
      // Mantine sets where the list begins by a timer, which a busy browser runs after the next key.
      await page.evaluate('new Promise((resolve) => setTimeout(resolve))');
      for (let presses = 0; presses < 30; presses++) {
        const at = page.locator('[role="option"][data-combobox-selected]');
        if ((await at.count()) > 0 && (await at.innerText()) === option) break;
        await page.keyboard.press('ArrowDown');
      }
      await page.keyboard.press('Enter');
      await page.getByRole('listbox').waitFor({ state: 'hidden' });
    };
    const graph = page.getByRole('application');
    const ways = (count: number) =>
      eventually(async () => expect(await graph.locator('.react-flow__edge').count()).toBe(count));
    // A step is added after the one that is selected; none follows the end of a call.
    await choose('Add a step', 'Hang up');
    await ways(1);
    await choose('Add a step', 'Pause');
    for (const name of ['Play an announcement (welcome)', 'Pause (pause)']) {
      await graph.getByRole('group', { name }).focus();
      await page.keyboard.press('Enter');
      await page.getByRole('heading', { name }).waitFor();
    }
    await choose('Then', 'Hang up (hangup)');
    await ways(2);
    await eventually(async () => expect(await unreachedFromHeading(page)).toEqual([]));
  });
});
