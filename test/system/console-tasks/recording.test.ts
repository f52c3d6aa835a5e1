import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually } from '#test/support/eventually.ts';
import { needs } from '#test/support/tools.ts';
import { pagesAt, tooWide } from '../browser.ts';
import { countClicks } from './clicks.fixture.ts';
import { expectFlawless } from '../console-looks.fixture.ts';
import { navigation, signInAt, unfoldPage } from '../console.fixture.ts';
import { recordedWav, toneParty } from '../recorded-calls.fixture.ts';
import { sharedTaskCloud, type TaskCloud } from '../sidecar-tasks.fixture.ts';
import { expectEnd, newSoftphones } from '../softphones.fixture.ts';
import { newAdministeredTenant, outcome, tenantPassword, uniqueName } from '../tenant.fixture.ts';

/** The recording of a call, heard on its page in the console. */

needs('chromium');
needs('rtpengine');

const everything = new AsyncDisposableStack();
let cloud: TaskCloud;
/** Of the call that was recorded. */
let call: string;
let recording: string;

const open = pagesAt((path) => new URL(path, cloud.cloud.outputs.ApiUrl).href);

/** A call between two phones, both of which are heard. @returns its id */
async function recordCall(): Promise<string> {
  const [ann, bob] = await newSoftphones(cloud.tenant, ['201', '202'], cloud.tasks[0]);
  for (const { phone } of [ann, bob]) everything.use(phone);
  const [source, destination] = [ann, bob].map(({ device: id }) => ({ type: 'device', id }));
  const placed = await cloud.tenant.ask('POST', '/Calls', { source, destination, options: { record: true } });
  expect(outcome(placed)).toBe('201');
  const [caller, callee] = [await ann.phone.nextCall(), await bob.phone.nextCall()];
  await eventually(() => expect(callee.log.at(-1)).toBe('acknowledged'), 20_000);
  using low = await toneParty(ann.phone, () => 440);
  using high = await toneParty(bob.phone, () => 1_000);
  low.speakTo(caller);
  high.speakTo(callee);
  await eventually(() => Math.min(low.sent, high.sent) >= 300, 60_000);
  caller.hangUp();
  await expectEnd(callee, 'ended by peer');
  return (placed.body as { readonly id: string }).id;
}

beforeAll(async () => {
  cloud = await sharedTaskCloud();
  call = await recordCall();
  recording = call.replace('call_', 'file_');
  await recordedWav(cloud.tenant, recording);
});
afterAll(() => everything.disposeAsync());

const openCall = async (username: string, password: string, width = 1280) => {
  const opened = await signInAt((path) => open(path, { width }), username, password);
  await opened.page.goto(new URL(`/#/calls/${call}`, opened.page.url()).href);
  await opened.page.getByRole('heading', { name: 'Call', exact: true }).waitFor();
  return opened;
};

async function expectNoPlayer(page: Page): Promise<void> {
  expect(await page.getByRole('heading', { name: 'Recording' }).count()).toBe(0);
  expect(await page.locator('audio').count()).toBe(0);
}

const playedShare = 'document.querySelector("audio").currentTime / document.querySelector("audio").duration';

test('the page of the call fits a phone on which it is opened', async () => {
  const { page } = await openCall(cloud.tenant.username, cloud.tenant.password, 390);
  await page.locator('svg[data-wave="400"] path').last().waitFor();
  await unfoldPage(page);
  expect(await tooWide(page)).toEqual([]);
});

test('a call is found and heard to its end with four clicks', async () => {
  const { page } = await signInAt(open, cloud.tenant.username, cloud.tenant.password);
  const clicks = await countClicks(page);
  await navigation(page).getByRole('button', { name: 'Calls', exact: true }).click();
  await navigation(page).getByRole('link', { name: 'Call history' }).click();
  await page.getByRole('row').getByRole('link').first().click();
  await page.getByRole('button', { name: 'Recording: play' }).click();
  await expect.poll(() => page.evaluate('document.querySelector("audio").ended'), { timeout: 50_000 }).toBe(true);
  expect(clicks.count).toBe(4);
});

test('a recording is drawn, played and sought by keyboard, and a deleted one says so', async () => {
  const { page, complaints } = await openCall(cloud.tenant.username, cloud.tenant.password);
  const player = page.getByRole('group', { name: 'Recording' });
  await player.locator('svg[data-wave="400"] path').last().waitFor();
  await player.getByRole('button', { name: 'Recording: play' }).focus();
  await page.keyboard.press('Enter');
  await player.getByRole('button', { name: 'Recording: pause' }).waitFor();
  await expect.poll(() => page.evaluate<number>('document.querySelector("audio").played.end(0)')).toBeGreaterThan(0.5);
  await page.keyboard.press('Enter');
  const slider = player.getByRole('slider', { name: 'Recording: position' });
  await slider.focus();
  await page.keyboard.press('End');
  await expect.poll(() => page.evaluate<number>(playedShare)).toBeGreaterThan(0.95);
  await page.keyboard.press('ArrowLeft');
  await expect.poll(() => page.evaluate<number>(playedShare)).toBeCloseTo(0.9, 1);
  expect(await slider.getAttribute('aria-valuetext')).toMatch(/^0:\d\d of 0:\d\d$/);
  await unfoldPage(page);
  await expectFlawless(page, 'console-recording');
  expect(outcome(await cloud.tenant.ask('DELETE', `/files/${recording}?force=true`))).toBe('200');
  await page.reload();
  await page.getByText('The recording was deleted').waitFor();
  expect(await page.locator('audio').count()).toBe(0);
  // Of other hosts, it asks the bucket of files only.
  const unexpected = complaints.filter((each) => !/^asks http:\/\/127\.0\.0\.1:\d+\/[^/]*files[^/]*\//.test(each));
  expect(unexpected.filter((each) => !each.includes('status of 404'))).toEqual([]);
});

test.each(['manager', 'agent'])(
  'a person with the role %s may not read recordings, and sees no player',
  async (role) => {
    const username = uniqueName(role);
    const person = { username, password: tenantPassword, roles: [role], must_change_password: false };
    expect(outcome(await cloud.tenant.ask('PUT', '/users', person))).toBe('201');
    const { page } = await openCall(username, tenantPassword);
    await page.getByText(role === 'manager' ? /they spoke for/ : 'There is no such call.').waitFor();
    await expectNoPlayer(page);
  },
);

test('an administrator of another tenant sees neither the call nor a player', async () => {
  const stranger = await newAdministeredTenant('stranger', cloud);
  const { page } = await openCall(stranger.username, stranger.password);
  await page.getByText('There is no such call.').waitFor();
  await expectNoPlayer(page);
});
