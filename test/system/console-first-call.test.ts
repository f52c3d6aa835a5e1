// Own cloud: its link signs in once.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { needs } from '../support/tools.ts';
import { pagesAt } from './browser.ts';
import { startCloud, type OwnCloud } from './cloud.ts';
import { expectSound, withMicrophone } from './phone-pages.fixture.ts';

/** From the link that a new `npm start` prints to a call that is heard. */

needs('chromium');
needs('rtpengine');

/** Most clicks and fields that are typed into, with the click on the link. */
const most = 15;

/** Counts what a person does in the page: clicks, which Enter in a form is, too, and fields that it types into. */
const count = `{
  const fields = new Set();
  let clicks = 0;
  addEventListener('click', ({ isTrusted }) => void (clicks += Number(isTrusted)), true);
  addEventListener('input', ({ target }) => void fields.add(target), true);
  globalThis.effort = () => clicks + fields.size;
}`;

let cloud: OwnCloud;
beforeAll(async () => {
  cloud = await startCloud({ MEDIA_RELAY: '' });
}, 120_000);
afterAll(() => cloud.stop());

const open = pagesAt((link) => link, { ...withMicrophone, script: `${withMicrophone.script ?? ''}\n${count}` });

test(`the first visit leads to a call that is heard with at most ${most} clicks and typed fields`, async () => {
  const link = await eventually(() => {
    const [, printed] = /^ {2}Sign in +(\S+) \(once, within ten minutes\)$/m.exec(cloud.printed()) ?? [];
    if (printed === undefined) throw new Error('no link is printed yet');
    return printed;
  }, 20_000);
  const { page, complaints } = await open(link);
  // What the first steps of the overview say.
  const steps = page.getByRole('region', { name: 'First steps' });
  await steps.getByText('Dial *43 to hear yourself').waitFor();
  await steps.getByRole('button', { name: 'Open the phone' }).click();
  await page.locator('[data-stage=ready]').waitFor();
  await page.getByLabel('Number or extension').click();
  await page.keyboard.type('*43');
  await page.getByRole('button', { name: 'Call', exact: true }).click();
  await page.locator('.call .state', { hasText: /^talking$/ }).waitFor();
  await expectSound(page);
  const effort = 1 + (await page.evaluate<number>('effort()'));
  // Fewer than these are not counted.
  expect(effort).toBeGreaterThanOrEqual(5);
  expect(effort).toBeLessThanOrEqual(most);
  expect(complaints).toEqual([]);
});
