import type { Page } from 'playwright-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { needs } from '#test/support/tools.ts';
import {
  callAndAnswer,
  callIs,
  callWith,
  dial,
  newPhoneTenant,
  phonePages,
  pressIn,
  signIn,
  type PhonePage,
  type PhoneUser,
} from '../phone-pages.fixture.ts';
import { tenantPassword } from '../tenant.fixture.ts';

/** /documentation/phone as screen readers get it: the accessibility tree of Chromium in each state. */

/** A node of the tree (Chrome DevTools Protocol, `Accessibility.AXNode`). */
type Node = {
  readonly nodeId: string;
  readonly parentId?: string;
  readonly ignored: boolean;
  readonly role?: { readonly value?: string };
  readonly name?: { readonly value?: string };
  readonly properties?: readonly { readonly name: string; readonly value: { readonly value?: unknown } }[];
};

const nameOf = ({ name }: Node): string => name?.value ?? '';

/** A state, such as `pressed`, is a boolean or a text. */
const has = ({ properties = [] }: Node, state: string): boolean =>
  properties.some(({ name, value }) => name === state && (value.value === true || value.value === 'true'));

/** The name of the nearest group around a node, such as that of a call. */
function groupOf(node: Node, tree: ReadonlyMap<string, Node>): string {
  const around = node.parentId === undefined ? undefined : tree.get(node.parentId);
  if (around === undefined) return '';
  return around.role?.value === 'group' && nameOf(around) !== '' ? `${nameOf(around)}: ` : groupOf(around, tree);
}

/** What people reach by the keyboard: `Ann (201): button Hold pressed`. */
async function controlsOf(page: Page): Promise<readonly string[]> {
  const session = await page.context().newCDPSession(page);
  const { nodes } = (await session.send('Accessibility.getFullAXTree')) as { readonly nodes: readonly Node[] };
  await session.detach();
  const tree = new Map(nodes.map((node) => [node.nodeId, node]));
  return nodes
    .filter((node) => !node.ignored && has(node, 'focusable') && node.role?.value !== 'RootWebArea')
    .map((node) => {
      const states = ['pressed', 'expanded', 'invalid'].filter((state) => has(node, state));
      return groupOf(node, tree) + [node.role?.value, nameOf(node) || 'without name', ...states].join(' ');
    });
}

/** Checks that each control has a role and a name. @returns those of the calls */
async function expectNamed(page: Page): Promise<readonly string[]> {
  const controls = await controlsOf(page);
  expect(controls.length).toBeGreaterThan(8);
  expect(controls.filter((control) => /without name|generic|^ /.test(control))).toEqual([]);
  return controls.filter((control) => /\(\d+\): |^\d+: /.test(control));
}

/** What is read out. */
const announces = (page: Page, text: string): Promise<void> =>
  page.getByRole('status').getByText(text, { exact: true }).waitFor();

const focused = (page: Page): Promise<string> =>
  page.evaluate('document.activeElement.labels?.[0]?.textContent ?? document.activeElement.textContent');

describe('the browser phone', () => {
  needs('chromium');
  const { open, signedIn } = phonePages();
  let ann: PhoneUser;
  let bob: PhoneUser;
  let carol: PhoneUser;

  beforeAll(async () => {
    const { users } = await newPhoneTenant('accessible', 'Ann', 'Bob', 'Carol');
    [ann, bob, carol] = users as [PhoneUser, PhoneUser, PhoneUser];
  });

  /** Presses a button of a call by the keyboard. */
  async function pressKey(page: Page, party: PhoneUser, name: string): Promise<void> {
    await callWith(page, party).getByRole('button', { name, exact: true }).focus();
    await page.keyboard.press('Enter');
  }

  /** Ann's and Bob's pages: Ann has called, and Bob has answered by the keyboard. */
  async function talking(): Promise<readonly [PhonePage, PhonePage]> {
    const [one, two] = [await signedIn(ann), await signedIn(bob)];
    await callAndAnswer(one, two, pressKey);
    return [one, two];
  }

  test('names its controls, and says what is wrong at a sign-in', async () => {
    const { page } = await open();
    await expectNamed(page);
    await signIn(page, ann.username, 'wrong');
    await page.locator('#username[aria-invalid]').waitFor();
    expect(await expectNamed(page).then(() => controlsOf(page))).toContain('textbox User name invalid');
    const colors = await page.evaluate<string[]>(
      '[...document.querySelectorAll("#username, #password")].map((each) => getComputedStyle(each).borderTopColor)',
    );
    expect(new Set(colors).size).toBe(2);
    await signIn(page, ann.username, tenantPassword);
    await announces(page, 'The line is ready.');
    expect(await focused(page)).toBe('Number or extension');
    expect(await expectNamed(page)).toEqual([]);
  });

  test('names the controls of a call that rings, is answered, held and over, and announces each', async () => {
    const [one, two] = [await signedIn(ann), await signedIn(bob)];
    await dial(one.page, bob.extension);
    await announces(one.page, '202 rings.');
    await announces(two.page, 'Incoming call from Ann (201).');
    expect(await expectNamed(one.page)).toEqual(['202: button Hang up']);
    expect(await expectNamed(two.page)).toEqual(['Ann (201): button Answer', 'Ann (201): button Decline']);
    await pressKey(two.page, ann, 'Answer');
    await announces(one.page, 'Talking to 202.');
    await announces(two.page, 'Talking to Ann (201).');
    const controls = ['button Hang up', 'button Hold', 'button Mute', 'DisclosureTriangle Transfer'];
    expect(await expectNamed(two.page)).toEqual(controls.map((each) => `Ann (201): ${each}`));
    await pressKey(two.page, ann, 'Hold');
    await announces(two.page, 'On hold: Ann (201).');
    await announces(one.page, 'You are put on hold: 202.');
    expect(await expectNamed(two.page)).toContain('Ann (201): button Hold pressed');
    expect(await focused(two.page)).toBe('Hold');
    await pressKey(two.page, ann, 'Hang up');
    await announces(one.page, '202: the call is over.');
    await announces(two.page, 'Ann (201): the call is over.');
    expect(await focused(two.page)).toBe('Number or extension');
    expect(await expectNamed(two.page)).toEqual([]);
  });

  test('a key that is pressed twice to answer mutes, and does not hang up', async () => {
    const [, two] = await talking();
    await expect.poll(() => focused(two.page)).toBe('Mute');
    await two.page.keyboard.press('Enter');
    await callIs(two.page, ann, 'talking, microphone muted');
    expect(await expectNamed(two.page)).toContain('Ann (201): button Mute pressed');
  });

  test('of two calls each has its own controls, and the focus stays when a control goes', async () => {
    const [one, two] = await talking();
    const three = await signedIn(carol);
    await two.page.getByLabel('Number or extension').fill(carol.extension);
    await two.page.getByRole('button', { name: 'Call', exact: true }).press('Enter');
    await pressIn(three.page, bob, 'Answer');
    await callIs(two.page, carol, 'talking');
    expect(await focused(two.page)).toBe('Number or extension');
    expect(await controlsOf(two.page)).not.toContain('button Call');
    expect(await expectNamed(two.page)).toEqual(
      expect.arrayContaining([
        'Ann (201): button Hold pressed',
        '203: button Hold',
        '203: button Connect to Ann (201)',
      ]),
    );
    await pressKey(three.page, bob, 'Hang up');
    await announces(two.page, '203: the call is over.');
    await callWith(two.page, ann).getByText('Transfer', { exact: true }).click();
    await callWith(two.page, ann).getByLabel('Transfer to').fill(carol.extension);
    await two.page.keyboard.press('Enter');
    await pressIn(three.page, ann, 'Answer');
    await announces(two.page, 'Ann (201) is transferred to 203.');
    expect(await focused(two.page)).toBe('Number or extension');
    expect([...one.complaints, ...two.complaints, ...three.complaints]).toEqual([]);
  });
});
