import type { Locator, Page } from 'playwright-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { eventually, past } from '#test/support/eventually.ts';
import { needs } from '#test/support/tools.ts';
import { photograph, tooWide } from '../browser.ts';
import { enterCredentials, navigation, openBy, violationsIn } from '../console.fixture.ts';
import {
  callAndAnswer,
  callIs,
  callWith,
  dial,
  expectAudio,
  expectSilence,
  lineOf,
  newPhoneTenant,
  phonePages,
  pressIn,
  type PhoneUser,
} from '../phone-pages.fixture.ts';
import { tenantPassword, type AdministeredTenant } from '../tenant.fixture.ts';

/** The phone of the console: real WebRTC between consoles, with a fake microphone. */

/** The calls that the phone lists; the page of a worker lists some, too. */
const lastCalls = (page: Page): Locator => page.getByRole('region', { name: 'Last calls' });

/** Waits until a control has the focus. */
const hasFocus = (control: Locator): Promise<void> => control.and(control.page().locator(':focus')).waitFor();

describe("the console's phone", () => {
  needs('chromium');
  const { inConsole } = phonePages();
  let tenant: AdministeredTenant;
  let users: readonly [PhoneUser, PhoneUser, PhoneUser];

  beforeAll(async () => {
    const made = await newPhoneTenant('docked', 'Ann', 'Bob', 'Carol');
    tenant = made.tenant;
    users = made.users as [PhoneUser, PhoneUser, PhoneUser];
    // The rights of persons who call, and administer nothing.
    for (const { id } of users)
      expect((await tenant.ask('PUT', `/permissions/${id}`, { roles: ['agent'] })).status).toBe(200);
  });

  test('two consoles call each other, hold, go on over other pages, and hang up', async () => {
    const [one, two] = [await inConsole(users[0]), await inConsole(users[1])];
    const [ann, bob] = users;
    await two.page.getByRole('button', { name: 'Hide' }).click();
    await dial(one.page, bob.extension);
    // The one who is called sees another page, and the phone is hidden.
    const alert = two.page.getByRole('alert');
    await alert.getByText('Ann (201) calls you').waitFor();
    await expect.poll(() => two.page.title()).toMatch(/^Ann \(201\) calls you · /);
    await openBy(two.page, 'Directory');
    expect(await two.page.title()).toBe('Ann (201) calls you · Directory · Trunkline');
    expect(await violationsIn(two.page)).toEqual([]);
    await photograph(two.page, 'console-ringing');
    await alert.getByRole('button', { name: 'Answer' }).click();
    await callIs(one.page, bob, 'talking');
    await expectAudio(one.page, two.page);
    expect(await two.page.title()).toBe('Directory · Trunkline');
    expect(await violationsIn(two.page)).toEqual([]);
    await photograph(two.page, 'console-phone');
    await pressIn(two.page, ann, 'Hold');
    await callIs(one.page, bob, 'holds you');
    await expectSilence(one.page);
    await pressIn(two.page, ann, 'Hold');
    await openBy(one.page, 'Phone');
    await expectAudio(one.page, two.page);
    await pressIn(one.page, bob, 'Hang up');
    await two.page.getByText('Ann (201): the call is over.').waitFor();
    // The call is among the last ones of both, and is placed again from there.
    await lastCalls(one.page).getByText('to Bob (202)').first().waitFor();
    await lastCalls(two.page).getByText(', answered').first().waitFor();
    await two.page.getByRole('button', { name: 'Call 201' }).click();
    await pressIn(one.page, bob, 'Decline');
    await lastCalls(one.page).getByText(', missed').first().waitFor();
    expect([...one.complaints, ...two.complaints]).toEqual([]);
  });

  test('has the focus in its field when it opens, and calls what is typed as soon as it can', async () => {
    const [, bob, carol] = users;
    // Calls of former times are listed, too: no one has called this one yet.
    const [one, { page }] = [await inConsole(carol), await inConsole(bob)];
    await page.keyboard.type('203');
    await page.keyboard.press('Enter');
    await callIs(one.page, bob, 'calls you');
    // A call that rings is no missed one.
    expect(await lastCalls(one.page).getByText('from Bob (202)').count()).toBe(0);
    await pressIn(page, carol, 'Hang up');
    await lastCalls(one.page).getByText('from Bob (202)').first().waitFor();

    await page.getByRole('button', { name: 'Switch off' }).click();
    await hasFocus(page.getByRole('button', { name: 'Phone', exact: true }));
    await page.keyboard.press('Enter');
    await hasFocus(page.getByLabel('Number or extension'));
    // The line is not ready yet. What people write between digits is not called.
    await page.keyboard.type('2 0-3');
    await page.keyboard.press('Enter');
    await callIs(one.page, bob, 'calls you');
    await pressIn(one.page, bob, 'Decline');
  });

  test('a headset that is pulled out is replaced, and the call says when no microphone is left', async () => {
    const [one, two] = [await inConsole(users[0]), await inConsole(users[1])];
    const [, bob] = users;
    await callAndAnswer(one, two);
    /** The browser ends the track of a microphone whose device is gone. */
    const pullOut = (): Promise<unknown> =>
      one.page.evaluate(`{
        for (const { track } of connections.at(-1).getSenders()) {
          track.stop();
          track.dispatchEvent(new Event('ended'));
        }
      }`);
    await pullOut();
    await one.page.getByText('Your microphone is now').first().waitFor();
    await expectAudio(two.page);
    await one.page.evaluate(`{
      const { mediaDevices } = navigator;
      globalThis.openMicrophone = mediaDevices.getUserMedia;
      mediaDevices.getUserMedia = () => Promise.reject(new DOMException('gone', 'NotFoundError'));
    }`);
    await pullOut();
    await callIs(one.page, bob, 'talking, no microphone');
    await expectSilence(two.page);
    await one.page.evaluate(`{
      navigator.mediaDevices.getUserMedia = openMicrophone;
      navigator.mediaDevices.dispatchEvent(new Event('devicechange'));
    }`);
    await callIs(one.page, bob, 'talking');
    await expectAudio(one.page, two.page);
    await pressIn(one.page, bob, 'Hang up');
    await two.page.getByText('Ann (201): the call is over.').waitFor();
    expect([...one.complaints, ...two.complaints]).toEqual([]);
  });

  test('a reload keeps the session, the phone and its calls, and is asked about during a call', async () => {
    const [one, two] = [await inConsole(users[0]), await inConsole(users[1])];
    const [ann, bob] = users;
    await callAndAnswer(two, one);
    const reload = async (isMeant: boolean): Promise<string> => {
      const dialog = one.page.waitForEvent('dialog');
      await one.page.evaluate('void setTimeout(() => location.reload())');
      const asked = await dialog;
      await (isMeant ? asked.accept() : asked.dismiss());
      return asked.type();
    };
    expect(await reload(false)).toBe('beforeunload');
    await expectAudio(one.page, two.page);
    const before = await lineOf(tenant, ann);
    expect(await reload(true)).toBe('beforeunload');
    await callIs(one.page, bob, 'talking');
    await expectAudio(one.page, two.page);
    expect(await lineOf(tenant, ann)).toBe(before);
    await pressIn(one.page, bob, 'Hang up');
    await two.page.getByText('201: the call is over.').waitFor();
    await dial(two.page, ann.extension);
    await pressIn(one.page, bob, 'Decline');
    // Without a call nothing is asked.
    await one.page.reload();
    await one.page.locator('[data-stage=ready]').waitFor();
    await one.page.getByRole('button', { name: 'Switch off' }).click();
    await expect.poll(() => lineOf(tenant, ann)).toBeUndefined();
    await one.page.reload();
    await one.page.getByRole('heading', { name: 'Phone', level: 1 }).waitFor();
    expect(await one.page.locator('[data-stage]').count()).toBe(0);
    expect(one.complaints).toEqual([]);
  });

  test('a party is transferred, and a call is declined', async () => {
    const [ann, bob, carol] = [await inConsole(users[0]), await inConsole(users[1]), await inConsole(users[2])];
    await callAndAnswer(ann, bob);
    await callWith(bob.page, ann.user).getByText('Transfer', { exact: true }).click();
    await hasFocus(callWith(bob.page, ann.user).getByLabel('Transfer to'));
    await bob.page.keyboard.type(carol.user.extension);
    await pressIn(bob.page, ann.user, 'Transfer now');
    await carol.page.getByRole('listitem').getByRole('button', { name: 'Answer' }).click();
    await bob.page.getByText('Ann (201) is transferred to 203.').waitFor();
    await expectAudio(ann.page, carol.page);
    await carol.page.getByRole('listitem').getByRole('button', { name: 'Hang up' }).click();
    await ann.page.getByText('202: the call is over.').waitFor();
    await dial(ann.page, bob.user.extension);
    await pressIn(bob.page, ann.user, 'Decline');
    await ann.page.getByText('202: not reachable now').waitFor();
  });

  test('fits 390 px, is used by keyboard, and its line ends with it and with the session', async () => {
    const [ann] = users;
    const { page } = await inConsole(ann, { width: 390, height: 780 });
    expect(await lineOf(tenant, ann)).toBeDefined();
    expect([await tooWide(page), await violationsIn(page)]).toEqual([[], []]);
    await photograph(page, 'console-phone-small');
    const press = async (name: string): Promise<void> => {
      const isThere = (): Promise<boolean> => page.evaluate(`document.activeElement.textContent.trim() === '${name}'`);
      for (let times = 0; times < 120 && !(await isThere()); times += 1) await page.keyboard.press('Tab');
      expect(await isThere()).toBe(true);
      await page.keyboard.press('Enter');
    };
    await press('Switch off');
    await expect.poll(() => lineOf(tenant, ann)).toBeUndefined();
    await press('Phone');
    await page.locator('[data-stage=ready]').waitFor();
    await page.getByRole('button', { name: 'Hide' }).click();
    await page.getByRole('button', { name: /^Menu of / }).press('Enter');
    await page.getByRole('menuitem', { name: 'Sign out' }).press('Enter');
    await page.getByRole('button', { name: 'Sign in' }).waitFor();
    await expect.poll(() => lineOf(tenant, ann)).toBeUndefined();
    await enterCredentials(page, ann.username, tenantPassword);
    await page.getByRole('heading', { name: 'Phone', level: 1 }).waitFor();
    expect(await page.locator('[data-stage]').count()).toBe(0);
  });

  test('has a line again when the browser shows its page again, and after the next sign-in', async () => {
    const [ann] = users;
    const { page } = await inConsole(ann);
    const first = await lineOf(tenant, ann);
    const show = (event: 'pagehide' | 'pageshow'): Promise<unknown> =>
      page.evaluate(`dispatchEvent(new PageTransitionEvent('${event}', { persisted: true }))`);
    await show('pagehide');
    await expect.poll(() => lineOf(tenant, ann)).toBeUndefined();
    await show('pageshow');
    await page.locator('[data-stage=ready]').waitFor();
    // The connection of the first line ends later than the line.
    await past(3_000);
    expect(await page.locator('[data-stage]').getAttribute('data-stage')).toBe('ready');
    const second = await lineOf(tenant, ann);
    expect([first, undefined]).not.toContain(second);

    const token = await tenant.logIn(ann.username);
    expect((await tenant.ask('DELETE', '/auth?all_sessions=true', undefined, { token })).status).toBe(200);
    await navigation(page).getByRole('link', { name: 'Directory', exact: true }).click();
    await page.getByText('Your session has ended.').waitFor();
    await enterCredentials(page, ann.username, tenantPassword);
    await page.locator('[data-stage=ready]').waitFor();
    await page.getByRole('heading', { name: 'Directory', level: 1 }).waitFor();
    expect(await lineOf(tenant, ann)).not.toBe(second);
  });

  test('a call goes on when the session ends, beside the sign-in and after it', async () => {
    const [one, two] = [await inConsole(users[0]), await inConsole(users[1])];
    const [ann, bob] = users;
    await callAndAnswer(one, two);
    const before = await lineOf(tenant, ann);
    const token = await tenant.logIn(ann.username);
    expect((await tenant.ask('DELETE', '/auth?all_sessions=true', undefined, { token })).status).toBe(200);
    await navigation(one.page).getByRole('link', { name: 'Directory', exact: true }).click();
    await one.page.getByText('Your session has ended.').waitFor();
    await expectAudio(one.page, two.page);
    expect(await violationsIn(one.page)).toEqual([]);
    await photograph(one.page, 'console-call-without-session');

    await enterCredentials(one.page, ann.username, tenantPassword);
    await one.page.getByRole('heading', { name: 'Directory', level: 1 }).waitFor();
    await callIs(one.page, bob, 'talking');
    await expectAudio(one.page, two.page);
    expect(await lineOf(tenant, ann)).toBe(before);
    await pressIn(one.page, bob, 'Hang up');
    await two.page.getByText('Ann (201): the call is over.').waitFor();
    // With the new session it has a new line, and no other.
    await expect.poll(() => lineOf(tenant, ann)).not.toBe(before);
    await one.page.locator('[data-stage=ready]').waitFor();
  });

  test('a call of someone else ends when another person signs in', async () => {
    const [one, two] = [await inConsole(users[0]), await inConsole(users[1])];
    const [ann, , carol] = users;
    await callAndAnswer(one, two);
    const token = await tenant.logIn(ann.username);
    expect((await tenant.ask('DELETE', '/auth?all_sessions=true', undefined, { token })).status).toBe(200);
    await navigation(one.page).getByRole('link', { name: 'Directory', exact: true }).click();
    await one.page.getByText('Your session has ended.').waitFor();
    await enterCredentials(one.page, carol.username, tenantPassword);
    await two.page.getByText('Ann (201): the call is over.').waitFor();
    expect(await one.page.locator('[data-stage]').count()).toBe(0);
  });

  test('a phone without a call ends its line shortly before its session ends', async () => {
    const [, , carol] = users;
    const { page } = await inConsole(carol);
    await page.getByRole('button', { name: 'Switch off' }).click();
    await expect.poll(() => lineOf(tenant, carol)).toBeUndefined();
    await page.clock.install();
    await page.getByRole('button', { name: 'Phone', exact: true }).click();
    await page.locator('[data-stage=ready]').waitFor();
    // A session has 8 hours.
    await page.clock.fastForward('07:55:00');
    expect(await lineOf(tenant, carol)).toBeDefined();
    await page.clock.fastForward('04:45');
    await expect.poll(() => lineOf(tenant, carol)).toBeUndefined();
  });

  test('a phone that was off says what it has missed from colleagues', async () => {
    const made = await newPhoneTenant('missed', 'Ann', 'Bob');
    const [ann, bob] = made.users as [PhoneUser, PhoneUser];
    const [one, two] = [await inConsole(ann), await inConsole(bob)];
    // The calls that a phone lists itself are those since it was switched on.
    await dial(one.page, bob.extension);
    await pressIn(two.page, ann, 'Decline');
    await one.page.getByText('202: not reachable now').waitFor();
    await two.page.getByRole('button', { name: 'Switch off' }).click();
    // Its CDR is filed in a moment.
    await eventually(async () => {
      await two.page.reload();
      await two.page.getByRole('button', { name: 'Phone', exact: true }).click();
      await lastCalls(two.page).getByText('from Ann (201)').waitFor({ timeout: 2_000 });
    });
    await lastCalls(two.page).getByText(', missed').waitFor();
    await lastCalls(two.page).getByRole('button', { name: 'Call 201' }).waitFor();
    await one.page.reload();
    await lastCalls(one.page).getByText('to Bob (202)').waitFor();
    await lastCalls(one.page).getByText(', not answered').waitFor();
  });
});
