import { generateSync } from 'otplib';
import { beforeAll, describe, expect, test } from 'vitest';
import { second } from '#schema/time.ts';
import { needs } from '#test/support/tools.ts';
import { ground, photograph, tooWide } from '../browser.ts';
import {
  callAndAnswer,
  callIs,
  callWith,
  dial,
  expectAudio,
  expectSilence,
  newPhoneTenant,
  newPhoneUser,
  phonePages,
  pressIn,
  signIn,
  type PhonePage,
  type PhoneUser,
} from '../phone-pages.fixture.ts';
import { outcome, tenantPassword, texts, uniqueName, type AdministeredTenant } from '../tenant.fixture.ts';

/** /documentation/phone in browsers: real WebRTC between pages, with a fake microphone. */

describe('the browser phone', () => {
  needs('chromium');
  const { open, signedIn } = phonePages();
  let tenant: AdministeredTenant;
  let ann: PhoneUser;
  let bob: PhoneUser;

  beforeAll(async () => {
    const made = await newPhoneTenant('softphones', 'Ann', 'Bob');
    tenant = made.tenant;
    [ann, bob] = made.users as [PhoneUser, PhoneUser];
  });

  /** Two pages whose users talk to each other: the first one has called. */
  async function talking(): Promise<readonly [PhonePage, PhonePage]> {
    const [one, two] = [await signedIn(ann), await signedIn(bob)];
    await callAndAnswer(one, two);
    return [one, two];
  }

  test.each([
    ['the caller', 0],
    ['the callee', 1],
  ] as const)('two pages call each other and hear each other, until %s hangs up', async (_who, at) => {
    const pages = await talking();
    const [one, two] = pages;
    await expectAudio(one.page, two.page);
    await pressIn(pages[at].page, at === 0 ? bob : ann, 'Hang up');
    await one.page.getByText('202: the call is over.').waitFor();
    await two.page.getByText('Ann (201): the call is over.').waitFor();
    for (const { page, complaints } of pages) {
      expect(await page.locator('.call').count()).toBe(0);
      expect(complaints).toEqual([]);
    }
  });

  test('a held page hears nothing until it is resumed', async () => {
    const [one, two] = await talking();
    await pressIn(one.page, bob, 'Hold');
    await callIs(one.page, bob, 'on hold');
    await callIs(two.page, ann, 'holds you');
    await expectSilence(two.page);
    await pressIn(one.page, bob, 'Hold');
    await callIs(two.page, ann, 'talking');
    await expectAudio(one.page, two.page);
  });

  test('a muted page is not heard, but its keys are', async () => {
    const [one, two] = await talking();
    await pressIn(one.page, bob, 'Mute');
    await callIs(one.page, bob, 'talking, microphone muted');
    await expectSilence(two.page);
    await two.page.getByLabel('Number or extension').fill('77');
    // What the other side hears of a telephone event is its tone.
    const pressing = expectAudio(two.page);
    for (const digit of ['1', '2', '3', '4', '5', '6', '7', '8', '9', 'star', '0', 'hash'])
      await one.page.getByRole('button', { name: digit, exact: true }).click();
    await pressing;
    expect(await one.page.locator('#number').inputValue()).toBe('');
    await pressIn(one.page, bob, 'Mute');
    await expectAudio(two.page);
  });

  test('a page lists the events of its calls as they happen', async () => {
    const [one, two] = await talking();
    await one.page.locator('#event-list', { hasText: 'call.answered' }).waitFor();
    await photograph(one.page, 'phone');
    await pressIn(one.page, bob, 'Hang up');
    for (const { page } of [one, two]) {
      const events = page.locator('#event-list li');
      await events.filter({ hasText: 'call.answered' }).first().waitFor();
      await events
        .filter({ hasText: /call\.hangup 201 → 202/ })
        .first()
        .waitFor();
    }
    const last = one.page.locator('#event-list li', { hasText: 'call.hangup' });
    await last.locator('summary').press('Enter');
    expect(await last.locator('pre').innerText()).toContain('"by": "caller"');
  });

  test('a line ends with the sign-out, and when the page is closed', async () => {
    const lines = async (): Promise<number> =>
      ((await tenant.ask('GET', '/Phones')).body as { phones: { user_id: string }[] }).phones.filter(
        ({ user_id: user }) => user === dora.id,
      ).length;
    const dora = await newPhoneUser(tenant, 'Dora', '205');
    const { page } = await signedIn(dora);
    expect(await lines()).toBe(1);
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.locator('#username:focus').waitFor();
    await expect.poll(lines).toBe(0);
    const { page: closed } = await signedIn(dora);
    expect(await lines()).toBe(1);
    await closed.goto('about:blank');
    await expect.poll(lines).toBe(0);
  });

  test('a line whose registration fails is registered later', async () => {
    const { page } = await open();
    let failed = 0;
    await page.routeWebSocket(/.*/, (socket) => {
      const server = socket.connectToServer();
      socket.onMessage((message) => {
        const lines = String(message).split('\r\n');
        // The answer of a task that stops (RFC 3261 §21.5.4): with the header fields that tie it to its request.
        const kept = lines.filter((line) => /^(Via|From|To|Call-ID|CSeq):/i.test(line));
        if (!String(message).startsWith('REGISTER ') || failed === 2) server.send(message);
        else {
          failed += 1;
          socket.send(['SIP/2.0 503 Service Unavailable', ...kept, 'Content-Length: 0', '', ''].join('\r\n'));
        }
      });
    });
    await page.reload();
    await signIn(page, ann.username);
    await page.getByText('The line does not register').waitFor();
    await page.locator('#stage', { hasText: 'Ready' }).waitFor();
    expect(failed).toBe(2);
  });

  test('a call that is not answered is declined by one side, or given up by the other', async () => {
    const [one, two] = [await signedIn(ann), await signedIn(bob)];
    await dial(one.page, bob.extension);
    await callIs(two.page, ann, 'calls you');
    await pressIn(two.page, ann, 'Decline');
    await one.page.getByText('202: not reachable now').waitFor();
    await dial(one.page, bob.extension);
    await callIs(two.page, ann, 'calls you');
    await one.page.keyboard.press('Escape');
    await two.page.getByText('Ann (201): the call is over.').waitFor();
    expect(await callWith(two.page, ann).count()).toBe(0);
  });

  test('a call that ends while it is put on hold has ended', async () => {
    const [one, two] = [await signedIn(ann), await signedIn(bob)];
    await dial(one.page, bob.extension);
    await pressIn(two.page, ann, 'Answer');
    await callIs(one.page, bob, 'talking');
    await one.page.evaluate(`for (const name of ['Hold', 'Hang up'])
      [...document.querySelectorAll('button')].find(({ textContent }) => textContent === name).click()`);
    await two.page.getByText('Ann (201): the call is over.').waitFor();
    expect(await callWith(one.page, bob).count()).toBe(0);
    // The re-INVITE of the hold has failed when the next call rings, as it was sent over the same connection.
    await dial(one.page, bob.extension);
    await pressIn(two.page, ann, 'Decline');
    await one.page.getByText('202: not reachable now').waitFor();
    expect([...one.complaints, ...two.complaints]).toEqual([]);
  });

  test('is usable by keyboard alone, labels its controls, and fits 390 px', async () => {
    const [one, two] = [await signedIn(ann, { width: 390, height: 780 }), await signedIn(bob)];
    const { page } = one;
    expect(await page.evaluate('document.activeElement.id')).toBe('number');
    await page.keyboard.type('202');
    await page.keyboard.press('Enter');
    await callIs(two.page, ann, 'calls you');
    const press = async (target: typeof page, name: string): Promise<void> => {
      const isThere = (): Promise<boolean> => target.evaluate(`document.activeElement.textContent === '${name}'`);
      for (let times = 0; times < 40 && !(await isThere()); times += 1) await target.keyboard.press('Tab');
      expect(await target.evaluate('getComputedStyle(document.activeElement).outlineStyle')).toBe('solid');
      await target.keyboard.press('Enter');
    };
    await press(two.page, 'Answer');
    await callIs(page, bob, 'talking');
    await press(page, 'Hold');
    await callIs(page, bob, 'on hold');
    await press(page, 'Transfer');
    expect([await tooWide(page), await page.locator('[aria-pressed=true]').count()]).toEqual([[], 1]);
    const light = await ground(page);
    await photograph(page, 'phone-small');
    await page.emulateMedia({ colorScheme: 'dark' });
    expect([await tooWide(page), (await ground(page)) === light]).toEqual([[], false]);
    const nameless = await page.evaluate(
      '[...document.querySelectorAll("input, button")].filter((one) => (one.labels?.length ?? 0) === 0 && ' +
        'one.textContent.trim() === "" && !one.hidden).length',
    );
    expect(nameless).toBe(0);
    expect(
      await page.evaluate('[localStorage.length, sessionStorage.length, document.cookie, password.value]'),
    ).toEqual([0, 0, '', '']);
    const transferForm = (): Promise<unknown> => page.evaluate("document.querySelector('details').open");
    expect(await transferForm()).toBe(true);
    await page.keyboard.press('Escape');
    expect([await transferForm(), await callWith(page, bob).count()]).toEqual([false, 1]);
    await page.keyboard.press('Escape');
    await two.page.getByText('Ann (201): the call is over.').waitFor();
    expect([...one.complaints, ...two.complaints]).toEqual([]);
  });

  test('asks for the code of a second factor, again after a wrong one', async () => {
    const user = await newPhoneUser(tenant, 'Fay', '206');
    const token = await tenant.logIn(user.username);
    const { secret = '' } = texts(await tenant.ask('GET', '/auth/twofactor/secret', undefined, { token }));
    // A code works once; that of the next step is good already.
    const codeOf = (step: number): string => generateSync({ secret, epoch: Date.now() / second + step * 30 });
    const enabled = await tenant.ask('POST', '/auth/twofactor', { totp_code: codeOf(0) }, { token });
    expect(outcome(enabled)).toBe('200');
    const { page } = await open();
    await signIn(page, user.username);
    await page.locator('#code:focus').fill('000000');
    await page.keyboard.press('Enter');
    await page.getByText('The code is wrong or was used before.').waitFor();
    await page.locator('#code:focus').fill(codeOf(1));
    await page.keyboard.press('Enter');
    await page.locator('#stage', { hasText: 'Ready' }).waitFor();
  });

  test('says what to do about a password that must be changed, and why a number is not called', async () => {
    const username = uniqueName('new');
    await tenant.ask('PUT', '/users', { username, password: tenantPassword });
    const { page } = await open();
    await signIn(page, username);
    await page.getByText('You must change your password first').waitFor();
    await signIn(page, ann.username);
    await page.locator('#stage', { hasText: 'Ready' }).waitFor();
    for (const [number, reason] of [
      ['99999', /99999: no one has this number or extension/],
      ['299', /299: not reachable now/],
    ] as const) {
      await dial(page, number);
      await page.getByText(reason).waitFor();
    }
  });

  test('a wrong password, and a user without softphones, are told why they have no phone', async () => {
    const { page } = await open();
    await signIn(page, ann.username, 'Wrong-Password-1');
    await page.getByText('The user name or the password is wrong.').waitFor();
    const deaf = await newPhoneUser(tenant, 'Deaf', '204');
    const without = { permissions: { softphone: false } };
    expect(outcome(await tenant.ask('PUT', `/clientaccess/${deaf.id}`, without))).toBe('200');
    await signIn(page, deaf.username);
    await page.getByText('Your account may not use softphones.').waitFor();
    expect(await page.locator('#username[aria-invalid=true]:focus').count()).toBe(1);
  });
});
