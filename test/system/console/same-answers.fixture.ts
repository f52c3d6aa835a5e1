import type { Page, Route } from 'playwright-core';
import { expect } from 'vitest';
import { day, minute } from '#schema/time.ts';
import { eventually } from '#test/support/eventually.ts';

/** Makes a page show the same whenever a test runs: its clock stands, and answers are as of that time. */

const frozen = Date.parse('2026-03-04T10:00:00.000Z');
/** Instants of answers are rounded to it: the steps of a test take their time. */
const step = 10 * minute;

const instants = /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z/g;
const days = /\b\d{4}-\d\d-\d\d\b(?!T)/g;

const textOf = (time: number): string => new Date(time).toISOString();
const shiftDays = (text: string, by: number): string =>
  text.replaceAll(days, (each) => textOf(Date.parse(each) + by).slice(0, 10));

/** Of requests, which tell the frozen time, and of answers, which tell the real one. */
function translations(real: number, names: readonly (readonly [string, string])[]) {
  const by = frozen - real;
  const byDays = Math.floor(frozen / day) * day - Math.floor(real / day) * day;
  return {
    asked: (text: string): string =>
      shiftDays(text, -byDays).replaceAll(instants, (each) => textOf(Date.parse(each) - by)),
    answered: (text: string): string =>
      names.reduce(
        (all, [own, shown]) => all.replaceAll(own, shown),
        shiftDays(text, byDays).replaceAll(instants, (each) =>
          textOf(Math.round((Date.parse(each) + by) / step) * step),
        ),
      ),
  };
}

/** Waits until what was answered is in the page. */
const settle = (page: Page, open: ReadonlySet<object>): Promise<void> =>
  eventually(async () => {
    expect(open.size).toBe(0);
    await page.evaluate('new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))');
    expect(open.size).toBe(0);
  });

/**
 * @param real when the test began, Unix milliseconds
 * @param names what differs from run to run, and what is shown instead
 * @returns what waits until all requests of the page are answered, and shown
 */
export async function freeze(
  page: Page,
  real: number,
  names: readonly (readonly [string, string])[],
): Promise<() => Promise<void>> {
  const { asked, answered } = translations(real, names);
  const open = new Set<object>();
  const answer = async (route: Route): Promise<void> => {
    const request = route.request();
    if (request.resourceType() !== 'fetch' || request.url().includes('/console/')) return route.continue();
    const url = new URL(request.url());
    for (const [name, value] of [...url.searchParams]) url.searchParams.set(name, asked(value));
    const body = request.postData();
    const response = await route.fetch({ url: url.href, ...(body === null ? {} : { postData: asked(body) }) });
    return route.fulfill({ response, body: answered(await response.text()) });
  };
  await page.clock.setFixedTime(frozen);
  await page.route('**/*', async (route) => {
    open.add(route);
    await answer(route).finally(() => open.delete(route));
  });
  return () => settle(page, open);
}
