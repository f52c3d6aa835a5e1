import { beforeAll, describe, expect, test } from 'vitest';
import { needs } from '../support/tools.ts';
import { useExtensions } from './calls.fixture.ts';
import {
  callIs,
  callWith,
  dial,
  expectAudio,
  expectSilence,
  newPhoneUser,
  phonePages,
  pressIn,
  signIn,
  type PhonePage,
  type PhoneUser,
} from './phone-pages.fixture.ts';
import { newAdministeredTenant, outcome, type AdministeredTenant } from './tenant.fixture.ts';

/** /documentation/phone in browsers: real WebRTC between pages, with a fake microphone. */

describe('the browser phone', () => {
  needs('chromium');
  const { open, signedIn } = phonePages();
  let tenant: AdministeredTenant;
  let ann: PhoneUser;
  let bob: PhoneUser;

  beforeAll(async () => {
    tenant = await newAdministeredTenant('softphones');
    await useExtensions(tenant);
    ann = await newPhoneUser(tenant, 'Ann', '201');
    bob = await newPhoneUser(tenant, 'Bob', '202');
  });

  /** Two pages whose users talk to each other: the first one has called. */
  async function talking(): Promise<readonly [PhonePage, PhonePage]> {
    const [one, two] = [await signedIn(ann), await signedIn(bob)];
    await dial(one.page, bob.extension);
    await callIs(two.page, ann, 'calls you');
    await callIs(one.page, bob, 'ringing …');
    await pressIn(two.page, ann, 'Answer');
    await callIs(one.page, bob, 'talking');
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
