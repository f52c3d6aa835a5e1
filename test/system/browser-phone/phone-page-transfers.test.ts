import { beforeAll, describe, expect, test } from 'vitest';
import { needs } from '#test/support/tools.ts';
import {
  callAndAnswer,
  callIs,
  callWith,
  expectAudio,
  newPhoneTenant,
  phonePages,
  pressIn,
  type PhonePage,
  type PhoneUser,
} from '../phone-pages.fixture.ts';

/** Transfers between browser phones (RFC 5359 §2.4, §2.5): the audio of the parties that are joined counts. */

describe('a browser phone', () => {
  needs('chromium');
  const { signedIn } = phonePages();
  let users: readonly [PhoneUser, PhoneUser, PhoneUser];

  beforeAll(async () => {
    const made = await newPhoneTenant('transfers', 'Ann', 'Bob', 'Carol');
    users = made.users as [PhoneUser, PhoneUser, PhoneUser];
  });

  const threePhones = (): Promise<readonly [PhonePage, PhonePage, PhonePage]> =>
    Promise.all([signedIn(users[0]), signedIn(users[1]), signedIn(users[2])]);

  async function transferTo({ page }: PhonePage, party: PhoneUser, to: PhoneUser, button: string): Promise<void> {
    await callWith(page, party).getByText('Transfer', { exact: true }).click();
    await callWith(page, party).getByLabel('Transfer to').fill(to.extension);
    await pressIn(page, party, button);
  }

  test('transfers a party to an extension without asking, and leaves', async () => {
    const [ann, bob, carol] = await threePhones();
    await callAndAnswer(ann, bob);
    await transferTo(bob, ann.user, carol.user, 'Transfer now');
    await carol.page.getByRole('button', { name: 'Answer' }).click();
    await bob.page.getByText('Ann (201) is transferred to 203.').waitFor();
    await expectAudio(ann.page, carol.page);
    expect(await bob.page.locator('.call').count()).toBe(0);
    await carol.page.getByRole('button', { name: 'Hang up' }).click();
    await ann.page.getByText('202: the call is over.').waitFor();
  });

  test('goes on with a party whose transfer fails', async () => {
    const [ann, bob] = await threePhones();
    await callAndAnswer(ann, bob);
    await transferTo(bob, ann.user, { ...users[2], extension: '299' }, 'Transfer now');
    await bob.page.getByText(/^Ann \(201\) is not transferred: /).waitFor();
    await expectAudio(ann.page, bob.page);
  });

  test.each([
    ['that called it', (ann: PhonePage, bob: PhonePage) => callAndAnswer(ann, bob)],
    ['that it called', (ann: PhonePage, bob: PhonePage) => callAndAnswer(bob, ann)],
  ])('asks a new party, and connects the one %s to it', async (_case, begin) => {
    const [ann, bob, carol] = await threePhones();
    await begin(ann, bob);
    await transferTo(bob, ann.user, carol.user, 'Ask first');
    await callIs(ann.page, bob.user, 'holds you');
    await pressIn(carol.page, bob.user, 'Answer');
    await expectAudio(bob.page, carol.page);
    await bob.page.getByRole('button', { name: /^Connect to Ann|^Connect to 201/ }).click();
    await bob.page.getByText(/is transferred to/).waitFor();
    await expectAudio(ann.page, carol.page);
    expect(await bob.page.locator('.call').count()).toBe(0);
  });
});
