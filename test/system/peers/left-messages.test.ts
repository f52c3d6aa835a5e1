import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { timesHeard } from '#functions/media-relay/recordings/recording.fixture.ts';
import { eventually, past } from '../../support/eventually.ts';
import { needs } from '../../support/tools.ts';
import { newLine, newNumber } from '../calls.fixture.ts';
import { uploadTones } from '../heard-tones.fixture.ts';
import { callIs, dial, newPhoneUser, phonePages, type PhoneUser } from '../phone-pages.fixture.ts';
import { sharedTaskCloud, type TaskAddress, type TaskCloud } from '../sidecar-tasks.fixture.ts';
import { outcome } from '../tenant.fixture.ts';
import { startRegisteredBaresip, tellBaresip } from './baresip.ts';
import { recorder, samplesIn, samplesOf, toneBlocks, block } from './heard-samples.ts';
import { temporaryFolder } from './program.ts';
import { ownAddress } from './sip-server.ts';

/** Messages that a phone of others leaves, and another one hears in its own mailbox. */

needs('baresip', 'chromium', 'rtpengine');

/** Hertz: what baresip says, the tone after the greeting, the menu after the message; and a microphone of Chromium. */
const [spoken, beep, menu, microphone] = [440, 1_400, 1_000, 400] as const;

const everything = new AsyncDisposableStack();
let cloud: TaskCloud;
let task: TaskAddress;
let [ann, eve]: PhoneUser[] = [];
const numbers = new Map<string, string>();

async function newMailboxUser(name: string, extension: string): Promise<PhoneUser> {
  const { tenant, operator } = cloud;
  const user = await newPhoneUser(tenant, name, extension);
  const preferences = { pin: '4711', pin_from_own_phone: false };
  expect(outcome(await tenant.ask('PUT', `/voicemailprefs/${extension}`, preferences))).toMatch(/^20[01]$/);
  numbers.set(extension, await newNumber(tenant, { type: 'voicemail', id: extension }, operator));
  return user;
}

beforeAll(async () => {
  cloud = await sharedTaskCloud();
  [task] = cloud.tasks;
  const { welcome, menu: after, bye } = await uploadTones(cloud.tenant);
  const prompts = { 'greeting-unavailable': welcome, 'message-menu': after, 'message-sent': bye };
  expect(outcome(await cloud.tenant.ask('POST', '/orgs/me', { settings: { prompts } }))).toBe('200');
  [ann, eve] = [await newMailboxUser('Ann', '401'), await newMailboxUser('Eve', '402')];
});
afterAll(() => everything.disposeAsync());

const people = (): readonly [PhoneUser, PhoneUser] =>
  ann === undefined || eve === undefined ? expect.fail('there are no users') : [ann, eve];

/** Milliseconds of a tone. */
const lengthOf = (frequency: number, samples: readonly number[]): number =>
  toneBlocks(samples, [frequency]).length * block;
/** Waits until a tone is heard. */
const hears = (frequency: number, samples: () => readonly number[] | Promise<readonly number[]>, least = 100) =>
  eventually(async () => expect(lengthOf(frequency, await samples())).toBeGreaterThanOrEqual(least), 30_000);

const messagesOf = ({ extension }: PhoneUser) =>
  eventually(async () => {
    const { body } = await cloud.tenant.ask('GET', `/voicemail?mailbox=${extension}`);
    const { data } = body as { readonly data: readonly { readonly duration_seconds: number }[] };
    expect(data).toHaveLength(1);
    return data;
  }, 30_000);

/** A phone of baresip. @param folder of what it hears */
async function startTelephone({ id, extension }: PhoneUser, folder: string) {
  const from = ownAddress();
  const account = await newLine(cloud.tenant, extension === '401' ? '411' : '412', { user_id: id });
  const tone = { frequency: spoken, folder };
  const telephone = { from, transport: 'udp', server: task, calls: true, tone } as const;
  const program = await startRegisteredBaresip(account, telephone);
  return {
    program,
    dial: (called: string) => tellBaresip(from, 'dial', `sip:${called}@${account.domain}`),
    press: (key: string) => tellBaresip(from, 'sndcode', key),
    isOver: () => eventually(() => expect(program.printed()).toMatch(/Call with .* terminated/i), 30_000),
  };
}

const press = (page: Page, key: string): Promise<unknown> =>
  page.evaluate(`document.querySelector('#keypad button[value="${key}"]').click()`);

describe('baresip and Chromium', () => {
  const { signedIn } = phonePages(() => cloud.cloud);

  test('a tone that baresip leaves is heard by Chromium', async () => {
    const [from, to] = people();
    using folder = temporaryFolder();
    const phone = await startTelephone(from, folder.path);
    await using _ = phone.program;
    const heard = () => samplesIn(folder.path);
    await phone.dial(numbers.get(to.extension) ?? '');
    await hears(beep, heard);
    await past(4_000);
    await phone.press('#');
    await hears(menu, heard);
    await phone.press('1');
    await phone.isOver();
    expect((await messagesOf(to))[0]?.duration_seconds).toBeGreaterThanOrEqual(2);
    const { page } = await signedIn(to);
    await page.evaluate(recorder('/opus|telephone-event/i'));
    await dial(page, '*97');
    await hears(spoken, () => samplesOf(page), 2_000);
  });

  test('what the microphone of Chromium leaves is heard by baresip', async () => {
    const [to, from] = people();
    const { page } = await signedIn(from);
    await page.evaluate(recorder('/opus|telephone-event/i'));
    const number = numbers.get(to.extension) ?? '';
    await dial(page, number);
    await callIs(page, { name: number.slice(1), extension: number.slice(1) }, 'talking');
    const heard = () => samplesOf(page);
    await hears(beep, heard);
    await past(6_000);
    await press(page, '#');
    await hears(menu, heard);
    await press(page, '1');
    expect((await messagesOf(to))[0]?.duration_seconds).toBeGreaterThanOrEqual(4);
    using folder = temporaryFolder();
    const phone = await startTelephone(to, folder.path);
    await using _ = phone.program;
    await phone.dial('*97');
    // A beep each second.
    await eventually(() => expect(timesHeard(microphone, samplesIn(folder.path))).toBeGreaterThan(8), 30_000);
  });
});
