import type { Page } from 'playwright-core';
import { expect } from 'vitest';
import { pagesAt, type Beginning, type Look, type OpenPage } from './browser.ts';
import { useExtensions } from './calls.fixture.ts';
import { connect, type Cloud } from './cloud.ts';
import { signInAt } from './console.fixture.ts';
import {
  newAdministeredTenant,
  outcome,
  tenantPassword,
  texts,
  uniqueName,
  type AdministeredTenant,
} from './tenant.fixture.ts';

/** Browser phones (`/documentation/phone`, and those of consoles) whose microphone is a beep, and what they hear. */

/** Chromium has a fake microphone, and sends audio over the loopback interface, too. */
const switches = [
  '--use-fake-device-for-media-stream',
  '--use-fake-ui-for-media-stream',
  '--allow-loopback-in-peer-connection',
  '--autoplay-policy=no-user-gesture-required',
];

/** Keeps the connections of a page, for `heardBy`. */
const script = `{
  const connections = (globalThis.connections = []);
  globalThis.RTCPeerConnection = class extends RTCPeerConnection {
    constructor(...given) {
      super(...given);
      connections.push(this);
    }
  };
}`;

/** A user who is signed in at a page. */
export type PhonePage = OpenPage & { readonly user: PhoneUser };

export type PhoneUser = {
  readonly id: string;
  readonly username: string;
  readonly name: string;
  readonly extension: string;
  /** Default: `tenantPassword`. */
  readonly password?: string;
};

/** A browser with a microphone that beeps, whose pages tell what they hear. */
export const withMicrophone: Beginning = { switches, script };

/** Makes a user with an extension who may use softphones. */
export async function newPhoneUser(
  { ask }: Pick<AdministeredTenant, 'ask'>,
  name: string,
  extension: string,
): Promise<PhoneUser> {
  const username = uniqueName(name.toLowerCase());
  const body = { username, display_name: name, extension, password: tenantPassword, must_change_password: false };
  const made = await ask('PUT', '/users', body);
  expect(outcome(made)).toBe('201');
  return { id: texts(made)['id'] ?? '', username, name, extension };
}

/** A tenant with a user for each of these names, who have the extensions from 201 on. */
export async function newPhoneTenant(prefix: string, ...names: readonly string[]) {
  const tenant = await newAdministeredTenant(prefix);
  await useExtensions(tenant);
  const users: PhoneUser[] = [];
  for (const [at, name] of names.entries()) users.push(await newPhoneUser(tenant, name, String(201 + at)));
  return { tenant, users };
}

/** The username of the line that a user's page has registered. */
export async function lineOf({ ask }: Pick<AdministeredTenant, 'ask'>, { id }: PhoneUser): Promise<string | undefined> {
  const { body } = await ask('GET', '/Phones');
  const { phones } = body as { readonly phones: readonly { readonly username: string; readonly user_id: string }[] };
  return phones.find(({ user_id: user }) => user === id)?.username;
}

/**
 * Opens pages of phones for the tests of a `describe`, by HTTPS if it is served.
 * @param cloud default: that of all tests @param where the browser runs
 */
export function phonePages(cloud: () => Pick<Cloud, 'outputs'> = connect, where: Pick<Beginning, 'namespace'> = {}) {
  const originOf = ({ outputs }: Pick<Cloud, 'outputs'>): string =>
    outputs['HttpsUrl'] ?? outputs.ApiUrl.replace(/\/$/, '');
  const open = pagesAt((path) => originOf(cloud()) + path, { ...withMicrophone, ...where });
  const openPhone = (look?: Look): Promise<OpenPage> => open('/documentation/phone', look);
  return {
    open: openPhone,
    /** Signs a user in, and waits until the line is registered. */
    signedIn: async (user: PhoneUser, look?: Look): Promise<PhonePage> => {
      const opened = await openPhone(look);
      await signIn(opened.page, user.username, user.password);
      await opened.page.locator('#stage', { hasText: 'Ready' }).waitFor();
      return { ...opened, user };
    },
    /** Signs a user in to the console, and switches its phone on. */
    inConsole: async (user: PhoneUser, look?: Look): Promise<PhonePage> => {
      const opened = await signInAt((path) => open(path, look), user.username, user.password ?? tenantPassword);
      await opened.page.getByRole('button', { name: 'Phone', exact: true }).click();
      await opened.page.locator('[data-stage=ready]').waitFor();
      return { ...opened, user };
    },
  };
}

export async function signIn(page: Page, username: string, password = tenantPassword): Promise<void> {
  await page.getByLabel('User name').fill(username);
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
}

export async function dial(page: Page, number: string): Promise<void> {
  await page.getByLabel('Number or extension').fill(number);
  await page.getByLabel('Number or extension').press('Enter');
}

/** The card of the call with a party. */
export const callWith = (page: Page, { name, extension }: Pick<PhoneUser, 'name' | 'extension'>) =>
  page.locator('.call', { has: page.locator('h3', { hasText: new RegExp(`${name}|^${extension}$`) }) });

export const pressIn = (page: Page, party: Pick<PhoneUser, 'name' | 'extension'>, button: string): Promise<void> =>
  callWith(page, party).getByRole('button', { name: button, exact: true }).click();

/** Waits until a call with a party is in a state: `talking`, `ringing …`. */
export const callIs = (page: Page, party: Pick<PhoneUser, 'name' | 'extension'>, state: string): Promise<void> =>
  callWith(page, party)
    .locator('.state', { hasText: new RegExp(`^${state}$`) })
    .waitFor();

type Press = (page: Page, party: PhoneUser, button: string) => Promise<void>;

/** One page calls another, which answers. @param press presses a button of a call; default: by the mouse */
export async function callAndAnswer(one: PhonePage, other: PhonePage, press: Press = pressIn): Promise<void> {
  await dial(one.page, other.user.extension);
  await callIs(other.page, one.user, 'calls you');
  await callIs(one.page, other.user, 'ringing …');
  await press(other.page, one.user, 'Answer');
  await callIs(one.page, other.user, 'talking');
}

/** What all connections of a page have received and sent so far: packets, and energy (W3C WebRTC Statistics). */
type Heard = { readonly received: number; readonly sent: number; readonly energy: number };

const heardBy = (page: Page): Promise<Heard> =>
  page.evaluate<Heard>(`(async () => {
    const sum = { received: 0, sent: 0, energy: 0 };
    for (const connection of globalThis.connections) {
      if (connection.connectionState === 'closed') continue;
      for (const each of (await connection.getStats()).values()) {
        if (each.type === 'inbound-rtp') {
          sum.received += each.packetsReceived;
          sum.energy += each.totalAudioEnergy ?? 0;
        }
        if (each.type === 'outbound-rtp') sum.sent += each.packetsSent;
      }
    }
    return sum;
  })()`);

/** Packets of 20 ms in which the beep of a microphone, once a second, is heard for sure. */
const enough = 150;
/** Energy of some beeps; less is noise of a codec. */
const audible = 0.001;

/** What a page hears from now on, until so many packets have come. */
async function hearing(page: Page, packets: number): Promise<Heard> {
  const before = await heardBy(page);
  let now = before;
  await expect
    .poll(async () => {
      now = await heardBy(page);
      return now.received - before.received;
    })
    .toBeGreaterThanOrEqual(packets);
  return { received: now.received - before.received, sent: now.sent - before.sent, energy: now.energy - before.energy };
}

/** Waits until a page has heard more than silence in its calls, which may come before what is said, and after it. */
export const expectSound = (page: Page): Promise<void> =>
  expect.poll(async () => (await heardBy(page)).energy).toBeGreaterThan(audible);

/** Waits until both pages hear each other. */
export async function expectAudio(...pages: readonly Page[]): Promise<void> {
  for (const page of pages)
    await expect.poll(async () => (await hearing(page, enough)).energy).toBeGreaterThan(audible);
}

/** Waits until a page hears nothing: no packets, or silent ones. */
export const expectSilence = (page: Page): Promise<void> =>
  expect
    .poll(async () => {
      const before = await heardBy(page);
      await page.waitForTimeout(2_000);
      return (await heardBy(page)).energy - before.energy;
    })
    .toBeLessThan(audible / 10);
