import { generateSync } from 'otplib';
import { beforeAll, expect, test } from 'vitest';
import { eventually } from '#test/support/eventually.ts';
import { needs } from '#test/support/tools.ts';
import { plainTone } from '#test/support/wav.fixture.ts';
import { pagesAt } from '../browser.ts';
import { countClicks } from './clicks.fixture.ts';
import { connect } from '../cloud.ts';
import { expectFlawless } from '../console-looks.fixture.ts';
import { openBy, signInAt } from '../console.fixture.ts';
import {
  newAdministeredTenant,
  outcome,
  tenantPassword,
  texts,
  uniqueName,
  type AdministeredTenant,
  type Body,
} from '../tenant.fixture.ts';
import { upload } from '../voicemail.fixture.ts';

/** People and their phones in the console: what is done most takes few clicks. */

needs('chromium');
const open = pagesAt((path) => new URL(path, connect().outputs.ApiUrl).href);
let tenant: AdministeredTenant;
let extensions = 300;

beforeAll(async () => {
  tenant = await newAdministeredTenant(uniqueName('people'));
});

/** Someone who works here. */
async function newWorker(name: string) {
  const [username, extension] = [uniqueName(name.toLowerCase()), String((extensions += 1))];
  const user = { username, extension, first_name: name, password: tenantPassword, must_change_password: false };
  const made = await tenant.ask('PUT', '/users', { ...user, roles: ['agent'] });
  expect(outcome(made)).toBe('201');
  return { username, extension, id: texts(made)['id'] ?? '' };
}

const userWith = async (username: string): Promise<Body> => {
  const { body } = await tenant.ask('GET', `/users?q=${encodeURIComponent(username)}`);
  return (body as { data: readonly Body[] }).data[0] ?? {};
};

test('a person is invited with 4 clicks, and enters with the link alone', async () => {
  const { page, complaints } = await signInAt(open, tenant.username, tenant.password);
  const clicks = await countClicks(page);
  const email = `${uniqueName('emma')}@example.com`;
  await openBy(page, 'Users');
  await page.getByRole('link', { name: 'Invite', exact: true }).click();
  await page.getByRole('textbox', { name: 'E-mail' }).fill(email);
  await page.getByRole('textbox', { name: 'First name' }).fill('Emma');
  await page.getByRole('textbox', { name: 'Extension' }).fill(String((extensions += 1)));
  await page.getByRole('button', { name: 'Send the invitation' }).click();
  await page.getByRole('heading', { name: 'Emma', level: 1 }).waitFor();
  await page.getByText('Invited', { exact: true }).waitFor();
  expect(clicks.count).toBeLessThanOrEqual(4);
  const person = await userWith(email);
  expect(person).toMatchObject({ email, status: 'pending', roles: ['agent'], invitation: { email } });
  expect(complaints).toEqual([]);

  await page.getByRole('button', { name: 'More actions' }).click();
  await page.getByRole('menuitem', { name: 'Copy the link of the invitation' }).click();
  const link = await page.getByRole('dialog').getByRole('textbox', { name: 'Link' }).inputValue();
  const { page: entered } = await open(`/${new URL(link).hash}`);
  await entered.getByRole('heading', { name: 'Choose a password' }).waitFor();
  await entered.getByRole('textbox', { name: 'New password' }).fill(tenantPassword);
  await entered.getByRole('button', { name: 'Set the password and enter' }).click();
  await entered.getByRole('heading', { name: 'Phone', level: 1 }).waitFor();
  expect(await userWith(email)).toMatchObject({ status: 'active', invitation: null });
});

/** As long as the API permits, without a place to break, and from right to left. */
const unusualNames = [
  ['W'.repeat(100), 'w'.repeat(100)],
  ['فاطمة الزهراء', 'بن عبد الرحمن'],
] as const;

test('names of 200 characters and names from right to left fit in lists and on pages of people', async () => {
  const own = await newAdministeredTenant(uniqueName('names'));
  for (const [at, [first, last]] of unusualNames.entries()) {
    const person = { username: uniqueName('named'), first_name: first, last_name: last, extension: String(201 + at) };
    expect(outcome(await own.ask('PUT', '/users', { ...person, password: tenantPassword }))).toBe('201');
  }
  const { page } = await signInAt(open, own.username, own.password);
  for (const title of ['Directory', 'Users']) {
    await openBy(page, title);
    for (const [, last] of unusualNames) await page.getByText(last).first().waitFor();
    await expectFlawless(page, `console-names-${title}`);
    await page.setViewportSize({ width: 1280, height: 900 });
  }
  for (const [first, last] of unusualNames) {
    // Its middle is beyond what the cell shows.
    await page.getByRole('link', { name: `${first} ${last}` }).click({ position: { x: 4, y: 4 } });
    await page.getByRole('heading', { name: `${first} ${last}`, level: 1 }).waitFor();
    await expectFlawless(page, 'console-names-person');
    await page.setViewportSize({ width: 1280, height: 900 });
    await openBy(page, 'Users');
  }
});

test('a pasted list invites everyone in it, and says what became of each line', async () => {
  const [first, taken] = [`${uniqueName('finn')}@example.com`, `${uniqueName('gwen')}@example.com`];
  const before = { username: taken, email: taken, roles: ['agent'] };
  expect(outcome(await tenant.ask('PUT', '/users', before))).toBe('201');
  const { page } = await signInAt(open, tenant.username, tenant.password);
  await openBy(page, 'Users');
  await page.getByRole('link', { name: 'Invite', exact: true }).click();
  await page.getByRole('tab', { name: 'Several' }).click();
  await page.getByRole('textbox', { name: 'Addresses' }).fill(`Finn Ott <${first}>\n${taken}\nreception`);
  await page.getByRole('button', { name: 'Send 2 invitations' }).click();
  await page.getByRole('row', { name: new RegExp(`${first}.*Finn Ott.*Invited`) }).waitFor();
  await page.getByRole('row', { name: new RegExp(`${taken}.*(taken|exists|in use)`, 'i') }).waitFor();
  await page.getByRole('row', { name: /reception.*There is no address in this line/ }).waitFor();
  await expectFlawless(page, 'invite-many');
  expect(await userWith(first)).toMatchObject({ first_name: 'Finn', last_name: 'Ott', status: 'pending' });
});

test('a phone is given to a person with its model and MAC address, and is connected by a link', async () => {
  const { username, extension, id } = await newWorker('Hugo');
  const { page, complaints } = await signInAt(open, tenant.username, tenant.password);
  const clicks = await countClicks(page);
  await openBy(page, 'Users');
  await page.getByRole('table').getByRole('link', { name: 'Hugo' }).click();
  await page.getByRole('tab', { name: 'Phones' }).click();
  await page.getByRole('combobox', { name: 'Model' }).fill('T46U');
  const mac = `0015 65${Math.random().toString(16).slice(2, 8).padEnd(6, '0')}`;
  await page.getByRole('textbox', { name: 'MAC address' }).fill(mac);
  await page.getByRole('button', { name: 'Add the phone' }).click();
  const link = page.getByRole('textbox', { name: 'Link for the phone' });
  await link.waitFor();
  await page.getByRole('img', { name: 'QR code of the link' }).waitFor();
  expect(clicks.count).toBeLessThanOrEqual(12);
  const { body } = await tenant.ask('GET', `/devices?user_id=${id}&include=lines`);
  const [phone = {}] = (body as { data: readonly Body[] }).data;
  expect(phone).toMatchObject({ model: 'T46U', manufacturer: 'Yealink', lines: [{ extension, label: 'Hugo' }] });
  expect(await link.inputValue()).toBe(phone['provisioning_url']);
  await expectFlawless(page, 'user-phones');

  // The navigation is folded in a narrow window.
  await page.setViewportSize({ width: 1280, height: 900 });
  await page.getByRole('link', { name: 'T46U' }).click();
  await page.getByRole('heading', { name: 'T46U', level: 1 }).waitFor();
  await page.getByRole('main').locator('svg[data-shape="desk"]').waitFor();
  await page.getByRole('textbox', { name: 'Name' }).fill('Front desk');
  await page.getByRole('button', { name: 'Add one: Settings of the phone' }).click();
  await page.getByRole('combobox', { name: 'Settings of the phone 1', exact: true }).fill('language');
  await page.getByRole('textbox', { name: 'Settings of the phone 1: value' }).fill('de');
  await page.getByRole('button', { name: 'Save' }).first().click();
  await page.getByRole('heading', { name: 'Front desk', level: 1 }).waitFor();
  const { body: saved } = await tenant.ask('GET', `/devices/${String(phone['id'])}?include=lines,settings`);
  expect(saved).toMatchObject({
    data: { name: 'Front desk', settings: { language: 'de' }, lines: [{ extension, label: 'Hugo', type: 'primary' }] },
  });
  await expectFlawless(page, 'phone');
  expect(complaints).toEqual([]);
  expect(username).not.toBe('');
});

test('what depends on a person is on its page with links, and said before the person is deleted', async () => {
  const { username, extension, id } = await newWorker('Leo');
  const group = { name: uniqueName('desk'), members: [{ user: id }] };
  expect(outcome(await tenant.ask('PUT', '/ringgroups/new', group))).toBe('201');
  const flow = { name: uniqueName('menu'), start: 'call', steps: { call: { type: 'dial', to: [extension] } } };
  expect(outcome(await tenant.ask('PUT', '/callflows/new', flow))).toBe('201');
  const { page, complaints } = await signInAt(open, tenant.username, tenant.password);
  await page.evaluate(`location.hash = '#/r/users/${id}?tab=uses'`);
  await page.getByRole('link', { name: group.name }).waitFor();
  await page.getByRole('link', { name: flow.name }).waitFor();
  await page.getByRole('main').getByRole('button', { name: 'More actions' }).click();
  await page.getByRole('menuitem', { name: 'Delete' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByText('1 ring group rings one person less.').waitFor();
  await dialog.getByText('1 call flow does not reach this person after this.').waitFor();
  await dialog.getByText('What depends on it').click();
  await dialog.getByRole('link', { name: flow.name }).waitFor();
  await expectFlawless(page, 'console-user-deletion');
  await dialog.getByRole('button', { name: 'Delete', exact: true }).click();
  await page.getByRole('heading', { name: 'Users', level: 1 }).waitFor();
  expect(await userWith(username)).toEqual({});
  expect(complaints).toEqual([]);
});

test('a worker forwards its calls with few clicks', async () => {
  const { username, id } = await newWorker('Ida');
  const { page, complaints } = await signInAt(open, username, tenantPassword);
  await page.getByRole('heading', { name: 'Phone', level: 1 }).waitFor();
  await expectFlawless(page, 'worker');
  await page.setViewportSize({ width: 1280, height: 900 });
  const clicks = await countClicks(page);
  await openBy(page, 'Forwarding');
  await page.getByRole('combobox', { name: 'When busy' }).click();
  await page.getByRole('option', { name: 'a number or extension' }).click();
  await page.getByRole('textbox', { name: 'When busy: number' }).fill('+46701234567');
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByText('Saved.').waitFor();
  expect(clicks.count).toBeLessThanOrEqual(12);
  const { body } = await tenant.ask('GET', `/users/${id}/callhandling`);
  expect(body).toMatchObject({ data: { forward: { busy: '+46701234567' }, do_not_disturb: false } });

  await openBy(page, 'Phone');
  // The switch follows a moment after the click, which `check` does not wait for.
  await page.getByRole('switch', { name: 'Do not disturb' }).click();
  await eventually(async () =>
    expect((await tenant.ask('GET', `/users/${id}/callhandling`)).body).toMatchObject({
      data: { forward: { busy: '+46701234567' }, do_not_disturb: true },
    }),
  );
  expect(complaints).toEqual([]);
});

test('a worker hears its voicemail to the end from its first page', async () => {
  const { username, extension } = await newWorker('Jon');
  const audio = plainTone(1_000, 4);
  const message = { caller_number: '+14155550100', content_type: 'audio/wav', size: audio.length };
  const made = await tenant.ask('PUT', `/voicemail/${extension}`, { ...message, duration_seconds: 4 });
  await upload(made, audio);
  const { id = '' } = texts(made);
  const stateOf = async () => texts(await tenant.ask('GET', `/voicemail/${id}`))['status'];
  await eventually(async () => expect(await stateOf()).toBe('new'));
  const { page } = await signInAt(open, username, tenantPassword);
  const clicks = await countClicks(page);
  await page.getByRole('link', { name: 'Listen' }).click();
  await page.getByRole('button', { name: /^Open message from/ }).click();
  await page.getByRole('button', { name: 'Message: play' }).click();
  await eventually(async () => expect(await stateOf()).toBe('read'));
  await page.getByText('0:04 / 0:04').waitFor();
  await page.getByRole('button', { name: 'Message: play' }).waitFor();
  expect(clicks.count).toBeLessThanOrEqual(12);
});

test('a worker sets a second factor up with few clicks', async () => {
  const { username, id } = await newWorker('Kim');
  const { page } = await signInAt(open, username, tenantPassword);
  const clicks = await countClicks(page);
  await openBy(page, 'Account');
  await page.getByRole('button', { name: 'Set a second factor up' }).click();
  await page.getByRole('img', { name: 'QR code for the authenticator app' }).waitFor();
  await page.getByText('Without a camera').click();
  const secret = new URL(await page.getByText(/^otpauth:/).innerText()).searchParams.get('secret') ?? '';
  await page.getByLabel('Code of your authenticator').fill(generateSync({ secret }));
  await page.getByRole('button', { name: 'Switch the second factor on' }).click();
  await page.getByRole('button', { name: 'I have stored them' }).click();
  await page.getByRole('button', { name: 'Switch the second factor off' }).waitFor();
  expect(clicks.count).toBeLessThanOrEqual(12);
  expect((await tenant.ask('GET', `/users/${id}`)).body).toMatchObject({ data: { two_factor_enabled: true } });
});
