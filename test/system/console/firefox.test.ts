import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually } from '#test/support/eventually.ts';
import { missing, needs } from '#test/support/tools.ts';
import { connect } from '../cloud.ts';
import { Firefox, type FirefoxPage } from '../firefox.ts';
import { newAdministeredTenant, uniqueName, type AdministeredTenant } from '../tenant.fixture.ts';

/** The console in Firefox. */

needs('firefox-esr');
const everything = new AsyncDisposableStack();
let firefox: Firefox;
let tenant: AdministeredTenant;
beforeAll(async () => {
  if (missing(['firefox-esr']).length > 0) return;
  tenant = await newAdministeredTenant(uniqueName('firefox'));
  firefox = everything.use(await Firefox.start());
});
afterAll(() => everything.disposeAsync());

/** Milliseconds for a step: on a busy machine the first start of each function takes long. */
const patience = 30_000;

const expectHeading = ({ evaluate }: FirefoxPage, title: string): Promise<void> =>
  eventually(async () => {
    const main = String(await evaluate("document.querySelector('main')?.innerText ?? ''"));
    expect(await evaluate("document.querySelector('h1')?.textContent ?? ''"), main.slice(0, 500)).toBe(title);
    expect(await evaluate(`document.querySelectorAll('[aria-label="Loading"]').length`)).toBe(0);
  }, patience);

async function fill(page: FirefoxPage, name: string, text: string): Promise<void> {
  const field = `document.querySelector('input[autocomplete="${name}"]')`;
  await eventually(async () => expect(await page.evaluate(`${field} !== null`)).toBe(true), patience);
  await page.evaluate(`${field}.focus()`);
  await page.type(text);
  expect(await page.evaluate(`${field}.value`)).toBe(text);
}

const links = `
  [...document.querySelectorAll('nav[aria-label="Pages"] a')].map((link) => [link.textContent, link.hash])
`;

/** Unfolds the sections of the navigation one by one, as a page that has not rendered yet would forget other clicks. */
const unfoldNavigation = ({ evaluate }: FirefoxPage): Promise<void> =>
  eventually(async () => {
    const isFolded = await evaluate(`(() => {
      const folded = document.querySelector('nav[aria-label="Pages"] button[aria-expanded="false"]');
      folded?.click();
      return folded !== null;
    })()`);
    expect(isFolded).toBe(false);
  }, patience);

test.each([1280, 390])('signs in, and shows each page without an error, %i pixels wide', async (width) => {
  const page = await firefox.newPage(width);
  await page.open(new URL('/', connect().outputs.ApiUrl).href);
  await fill(page, 'username', tenant.username);
  await fill(page, 'current-password', tenant.password);
  await page.evaluate(`document.querySelector('button[type="submit"]').click()`);
  await expectHeading(page, 'Home');
  await unfoldNavigation(page);
  const pages = (await page.evaluate(links)) as readonly (readonly [title: string, hash: string])[];
  expect(pages.length).toBeGreaterThan(20);
  for (const [title, hash] of pages) {
    await page.evaluate(`(location.hash = ${JSON.stringify(hash)})`);
    // That of the organization is its name.
    await expectHeading(page, title === 'Organization' ? tenant.username : title);
    const overflow = 'document.documentElement.scrollWidth - document.documentElement.clientWidth';
    expect({ title, overflow: await page.evaluate(overflow) }).toEqual({ title, overflow: 0 });
  }
  expect(page.complaints).toEqual([]);
});
