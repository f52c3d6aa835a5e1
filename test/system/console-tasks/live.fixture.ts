import type { Page } from 'playwright-core';
import { expect } from 'vitest';
import { eventually } from '#test/support/eventually.ts';
import type { Ask } from '../tenant.fixture.ts';

/** The page of live calls, read as a person does who scrolls through it. */

/** The texts of the page for the states of calls. */
const stateTexts: Readonly<Record<string, string>> = {
  created: 'Connecting',
  trying: 'Connecting',
  progress: 'Connecting',
  early: 'Ringing',
  ringing: 'Ringing',
  answered: 'Talking',
};

/** A call, and the state that is shown or listed. */
type CallState = readonly [id: string, status: string];

const scrollThrough = `(async () => {
  const region = document.querySelector('[role=region][aria-label="Live calls"]');
  const frame = () => new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
  const calls = new Map();
  for (let top = 0; top <= region.scrollHeight; top += 400) {
    region.scrollTop = top;
    await frame();
    await frame();
    for (const row of region.querySelectorAll('[role=rowgroup] [role=row]')) {
      const [from, , state] = row.children;
      calls.set(from.querySelector('a').hash.split('/').at(-1), state.textContent);
    }
  }
  return [...calls];
})()`;

/** All rows of the table: of a list that is not loaded to its end, those that are. */
const shownCalls = (page: Page): Promise<readonly CallState[]> => page.evaluate(scrollThrough);

type Listed = {
  readonly calls: readonly { readonly id: string; readonly status: string }[];
  readonly next_page_token?: string;
};

/** `GET /Calls` to its end. */
async function listedCalls(ask: Ask, token = ''): Promise<readonly CallState[]> {
  const { body } = await ask('GET', `/Calls?limit=500${token === '' ? '' : `&page_token=${token}`}`);
  const { calls, next_page_token: next = '' } = body as Listed;
  return [
    ...calls.map(({ id, status }): CallState => [id, stateTexts[status] ?? status]),
    ...(next === '' ? [] : await listedCalls(ask, next)),
  ];
}

/** Waits until the page shows what the API lists, and no call twice. @returns the number of calls */
export async function expectAllShown(page: Page, ask: Ask): Promise<number> {
  const listed = await listedCalls(ask);
  await eventually(async () => expect(await shownCalls(page)).toEqual(listed), 60_000);
  return listed.length;
}
