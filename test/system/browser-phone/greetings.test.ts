import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventually, past } from '#test/support/eventually.ts';
import { needs } from '#test/support/tools.ts';
import { plainTone } from '#test/support/wav.fixture.ts';
import { pagesAt, type OpenPage } from '../browser.ts';
import { newNumber } from '../calls.fixture.ts';
import { expectFlawless } from '../console-looks.fixture.ts';
import { signInAt } from '../console.fixture.ts';
import { ToneListener, uploadTones } from '../heard-tones.fixture.ts';
import { sharedTaskCloud, type TaskCloud } from '../sidecar-tasks.fixture.ts';
import { outcome, tenantPassword, texts, uniqueName } from '../tenant.fixture.ts';

/** Greetings that are recorded in the console, or chosen as a file, and what callers hear then. */

needs('chromium');
needs('rtpengine');

const everything = new AsyncDisposableStack();
const folder = mkdtempSync(join(tmpdir(), 'trunkline-greetings-'));
let cloud: TaskCloud;
let bob: ToneListener;
let operator: string;

beforeAll(async () => {
  everything.defer(() => rmSync(folder, { recursive: true }));
  cloud = await sharedTaskCloud();
  const [task] = cloud.tasks;
  bob = everything.use(await ToneListener.register(cloud.tenant, task, '202'));
  const { menu } = await uploadTones(cloud.tenant);
  operator = cloud.operator;
  const settings = { prompts: { 'greeting-unavailable': menu } };
  expect(outcome(await cloud.tenant.ask('POST', '/orgs/me', { settings }))).toBe('200');
});
afterAll(() => everything.disposeAsync());

let extensions = 600;

/** A user with a mailbox, and the number of its mailbox. */
async function newOwner() {
  const [username, mailbox] = [uniqueName('owner'), String((extensions += 1))];
  const user = { username, extension: mailbox, roles: ['agent'], must_change_password: false };
  expect(outcome(await cloud.tenant.ask('PUT', '/users', { ...user, password: tenantPassword }))).toBe('201');
  return { username, mailbox, called: await newNumber(cloud.tenant, { type: 'voicemail', id: mailbox }, operator) };
}

/** What a caller hears before the beep of a mailbox. What was recorded has gaps. */
async function heardAt(called: string): Promise<readonly string[]> {
  const { call, tones } = await bob.call(called);
  await eventually(() => expect(tones().at(-1)).toBe('beep'), 30_000);
  call.hangUp();
  await eventually(() => expect(call.log.at(-1)).not.toBe('answered'));
  return [...new Set(tones().slice(0, -1))];
}

const preferencesOf = async (mailbox: string) => texts(await cloud.tenant.ask('GET', `/voicemailprefs/${mailbox}`));

async function openGreetings(open: (path: string) => Promise<OpenPage>, username: string): Promise<OpenPage> {
  const opened = await signInAt(open, username, tenantPassword);
  await opened.page.goto(new URL('/#/voicemail', opened.page.url()).href);
  await opened.page.getByRole('region', { name: 'Greeting', exact: true }).waitFor();
  return opened;
}

const greetingIn = (page: Page, title: string) => page.getByRole('region', { name: title, exact: true });

describe('with a microphone', () => {
  const spoken = join(folder, 'spoken.wav');
  // Chromium says it again and again.
  writeFileSync(spoken, plainTone(1_500, 10, 48_000));
  const open = pagesAt((path) => new URL(path, cloud.cloud.outputs.ApiUrl).href, {
    switches: [
      '--use-fake-ui-for-media-stream',
      '--use-fake-device-for-media-stream',
      `--use-file-for-fake-audio-capture=${spoken}`,
    ],
  });

  test('a greeting is recorded, heard and kept, and then callers hear it', async () => {
    const { username, mailbox, called } = await newOwner();
    expect(await heardAt(called)).toEqual(['menu']);
    const { page, complaints } = await openGreetings(open, username);
    const greeting = greetingIn(page, 'Greeting');
    await greeting.getByText('There is none').waitFor();
    await greeting.getByRole('button', { name: 'Greeting: record' }).press('Enter');
    await greeting.getByRole('timer').getByText('2 s of 120 s').waitFor();
    await greeting.getByRole('button', { name: 'Greeting: stop' }).press('Enter');
    const taken = greeting.getByRole('group', { name: 'Greeting: new recording' });
    await taken.getByRole('button', { name: 'Keep' }).waitFor();
    await page.evaluate('document.querySelector(\'[aria-label="Greeting: new recording"] audio\').play()');
    await expect
      .poll(() => page.evaluate<number>('document.querySelector("[role=group] audio").currentTime'))
      .toBeGreaterThan(0.5);
    await expectFlawless(page, 'greeting');
    await taken.getByRole('button', { name: 'Keep' }).press('Enter');
    await greeting.getByRole('button', { name: 'Greeting: play' }).waitFor();
    expect(await preferencesOf(mailbox)).toMatchObject({
      greeting_type: 'custom',
      greeting_file_id: expect.stringMatching(/^file_/),
    });
    expect(await heardAt(called)).toEqual(['bye']);
    const unexpected = complaints.filter((each) => !/^asks (blob:|http:\/\/127\.0\.0\.1:\d+\/[^/]*files)/.test(each));
    expect(unexpected).toEqual([]);
  });

  test('what is discarded changes nothing, and a file is taken as well', async () => {
    const { username, mailbox, called } = await newOwner();
    const { page } = await openGreetings(open, username);
    const greeting = greetingIn(page, 'Greeting');
    const discard = greeting.getByRole('button', { name: 'Discard' });
    await greeting.getByRole('button', { name: 'Greeting: record' }).click();
    await greeting.getByRole('button', { name: 'Greeting: stop' }).click();
    // A browser that has recorded nothing yet gives nothing to hear.
    await discard.or(greeting.getByText('Nothing was recorded.')).waitFor();
    if (await discard.isVisible()) await discard.click();
    await greeting.getByRole('button', { name: 'Greeting: record' }).click();
    await greeting
      .getByRole('timer')
      .getByText(/^[1-9]\d* s of 120 s/)
      .waitFor();
    await greeting.getByRole('button', { name: 'Greeting: stop' }).click();
    await discard.click();
    expect(await preferencesOf(mailbox)).toMatchObject({ greeting_file_id: null, created_at: null });
    const choose = (name: string, mimeType: string, buffer: Buffer) =>
      greeting.locator('input[type="file"]').setInputFiles({ name, mimeType, buffer });
    await choose('greeting.wav', 'audio/wav', Buffer.from('no sound at all'));
    await greeting.getByText('The browser cannot play this file.').waitFor();
    await choose('greeting.wav', 'audio/wav', plainTone(700, 2));
    await greeting.getByRole('button', { name: 'Keep' }).click();
    await greeting.getByRole('button', { name: 'Greeting: play' }).waitFor();
    expect(await heardAt(called)).toEqual(['welcome']);
    await greeting.getByRole('button', { name: 'Remove greeting' }).click();
    await greeting.getByText('There is none').waitFor();
    expect(await preferencesOf(mailbox)).toMatchObject({ greeting_file_id: null, greeting_type: 'default' });
    expect(await greeting.getByRole('button', { name: 'Remove greeting' }).count()).toBe(0);
    // That of the organization.
    expect(await heardAt(called)).toEqual(['menu']);
    const name = greetingIn(page, 'Name');
    await name.locator('input[type="file"]').setInputFiles({
      ...{ name: 'name.wav', mimeType: 'audio/wav', buffer: plainTone(700, 16) },
    });
    await name.getByRole('button', { name: 'Keep' }).click();
    await name.getByText('It is too long.').waitFor();
    expect(await preferencesOf(mailbox)).toMatchObject({ name_file_id: null });
  });
});

describe('without a microphone', () => {
  const open = pagesAt((path) => new URL(path, cloud.cloud.outputs.ApiUrl).href);

  test('the page says so', async () => {
    const { username } = await newOwner();
    const { page } = await openGreetings(open, username);
    const greeting = greetingIn(page, 'Greeting');
    await greeting.getByRole('button', { name: 'Greeting: record' }).click();
    await greeting.getByText('The browser gives this page no microphone.').waitFor();
    await past(100);
    expect(await greeting.getByRole('timer').count()).toBe(0);
  });
});
