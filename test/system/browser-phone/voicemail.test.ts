import { beforeAll, expect, test } from 'vitest';
import { eventually } from '#test/support/eventually.ts';
import { needs } from '#test/support/tools.ts';
import { plainTone } from '#test/support/wav.fixture.ts';
import { pagesAt, type OpenPage } from '../browser.ts';
import { connect } from '../cloud.ts';
import { expectFlawless } from '../console-looks.fixture.ts';
import { navigation, openBy, signInAt } from '../console.fixture.ts';
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

/** Voicemail in the console: everyone's own mailbox. */

needs('chromium');
const open = pagesAt((path) => new URL(path, connect().outputs.ApiUrl).href);
let tenant: AdministeredTenant;
let extensions = 200;

/** A user with a mailbox. */
async function newOwner(more: Body = {}) {
  const [username, extension] = [uniqueName('owner'), String((extensions += 1))];
  const user = {
    username,
    extension,
    roles: ['agent'],
    password: tenantPassword,
    must_change_password: false,
    ...more,
  };
  expect(outcome(await tenant.ask('PUT', '/users', user))).toBe('201');
  return { username, mailbox: extension };
}

/** Leaves a message of some seconds. @returns its id */
async function leave(mailbox: string, more: Body = {}): Promise<string> {
  const audio = plainTone(1_000, 4);
  const body = { caller_number: '+14155550100', content_type: 'audio/wav', size: audio.length, duration_seconds: 4 };
  const made = await tenant.ask('PUT', `/voicemail/${mailbox}`, { ...body, ...more });
  expect(outcome(made)).toBe('201');
  await upload(made, audio);
  const { id = '' } = texts(made);
  await eventually(async () => expect(texts(await tenant.ask('GET', `/voicemail/${id}`))['status']).toBe('new'));
  return id;
}

beforeAll(async () => {
  tenant = await newAdministeredTenant(uniqueName('voicemail'));
});

const messageOf = async (id: string) => texts(await tenant.ask('GET', `/voicemail/${id}`));
const preferencesOf = async (mailbox: string) => texts(await tenant.ask('GET', `/voicemailprefs/${mailbox}`));

async function openMailbox(username: string): Promise<OpenPage> {
  const opened = await signInAt(open, username, tenantPassword);
  await opened.page.goto(new URL('/#/voicemail', opened.page.url()).href);
  await opened.page.getByRole('heading', { name: 'Voicemail', level: 1 }).waitFor();
  return opened;
}

/** The only other host that is asked is the bucket of messages. */
const unexpected = (complaints: readonly string[]): readonly string[] =>
  complaints.filter((each) => !/^asks http:\/\/127\.0\.0\.1:\d+\/[^/]*voicemail[^/]*\//.test(each));

test('a message is listed, played, and then no longer new', async () => {
  const { username, mailbox } = await newOwner();
  const id = await leave(mailbox, { caller_name: 'Bob', urgent: true });
  const { page, complaints } = await openMailbox(username);
  await navigation(page).getByLabel('1 new message').waitFor();
  await page.getByRole('row', { name: /Bob, \+14155550100.*0:04.*New.*yes/ }).waitFor();
  await page.getByRole('button', { name: /^Open message from Bob/ }).press('Enter');
  const player = page.getByRole('group', { name: 'Message' });
  await player.locator('svg[data-wave="400"] path').last().waitFor();
  await expectFlawless(page, 'voicemail');
  await player.getByRole('button', { name: 'Message: play' }).press('Enter');
  await expect.poll(() => page.evaluate<number>('document.querySelector("audio").currentTime')).toBeGreaterThan(0.5);
  await eventually(async () => expect(await messageOf(id)).toMatchObject({ status: 'read' }));
  await page.getByRole('row', { name: /Bob.*Heard/ }).waitFor();
  await navigation(page).getByLabel('1 new message').waitFor({ state: 'detached' });
  expect(unexpected(complaints)).toEqual([]);
});

test('a message is marked, saved, sent to another mailbox, and deleted', async () => {
  const [{ username, mailbox }, other] = [await newOwner(), await newOwner()];
  const [id, second] = [await leave(mailbox), await leave(mailbox, { caller_number: '+14155550101' })];
  const { page, complaints } = await openMailbox(username);
  const openMessage = (caller: string) => page.getByRole('button', { name: `Open message from ${caller}` }).click();
  await openMessage('+14155550100');
  const message = page.getByRole('region', { name: 'Message', exact: true });
  const press = (name: string) => message.getByRole('button', { name, exact: true }).click();
  await press('Mark as heard');
  await eventually(async () => expect(await messageOf(id)).toMatchObject({ status: 'read' }));
  await press('Mark as new');
  await eventually(async () => expect(await messageOf(id)).toMatchObject({ status: 'new' }));
  await press('Save');
  await eventually(async () => expect(await messageOf(id)).toMatchObject({ status: 'saved' }));
  await message.getByLabel('Other mailbox').fill(other.mailbox);
  await press('Send a copy');
  await message.getByText('A copy was sent.').waitFor();
  await message.getByLabel('Other mailbox').fill('nowhere');
  await press('Move');
  await message.getByRole('alert').getByText('NOT_FOUND').waitFor();
  await message.getByLabel('Other mailbox').fill(other.mailbox);
  await press('Move');
  await message.waitFor({ state: 'detached' });
  expect(await messageOf(id)).toMatchObject({ mailbox: other.mailbox });
  await openMessage('+14155550101');
  await press('Delete');
  await press('Delete for good');
  await page.getByText('There are no messages.').waitFor();
  expect(outcome(await tenant.ask('GET', `/voicemail/${second}`))).toBe('404 NOT_FOUND');
  const copies = (await tenant.ask('GET', `/voicemail?mailbox=${other.mailbox}`)).body as { data: readonly unknown[] };
  expect(copies.data).toHaveLength(2);
  // The browser reports the answer 404.
  expect(unexpected(complaints).filter((each) => !each.includes('404'))).toEqual([]);
});

test('the person sets its PIN and notices, and what the API rejects is said at its field', async () => {
  const { username, mailbox } = await newOwner();
  const { page, complaints } = await openMailbox(username);
  const form = page.getByRole('form', { name: 'Settings of the mailbox' });
  const pin = form.getByRole('textbox', { name: 'New PIN' });
  await pin.fill('1234');
  await form.getByLabel('E-mail to').fill('ann@example.com');
  await form.getByLabel('The e-mail has the message attached').check();
  await form.getByRole('button', { name: 'Save settings' }).click();
  await page.getByRole('alert').getByText('WEAK_PIN').waitFor();
  await form.getByText('must not be equal digits').waitFor();
  await pin.fill('480163');
  await form.getByRole('button', { name: 'Save settings' }).click();
  await page.getByText('Saved.').waitFor();
  expect(await preferencesOf(mailbox)).toMatchObject({
    pin_set: true,
    notify_email: 'ann@example.com',
    attach_audio: true,
    max_messages: 100,
  });
  expect(unexpected(complaints).filter((each) => !each.includes('422'))).toEqual([]);
});

test('the page says when a person has no mailbox, and is hidden from one who may not read messages', async () => {
  const { page } = await signInAt(open, tenant.username, tenant.password);
  await page.goto(new URL('/#/voicemail', page.url()).href);
  await page.getByRole('heading', { name: 'My voicemail', level: 1 }).waitFor();
  await page.getByText('You have no mailbox.').waitFor();
  const { username } = await newOwner({ roles: ['viewer'] });
  const { page: viewed } = await signInAt(open, username, tenantPassword);
  expect(await navigation(viewed).getByRole('link', { name: 'Mailboxes', includeHidden: true }).count()).toBe(0);
  await viewed.getByRole('button', { name: /^Menu of / }).click();
  await viewed.getByRole('menuitem', { name: 'My account' }).waitFor();
  expect(await viewed.getByRole('menuitem', { name: 'My voicemail' }).count()).toBe(0);
});

test('an administrator finds mailboxes with their messages, hears one, and makes and changes others', async () => {
  const { mailbox } = await newOwner();
  await leave(mailbox, { caller_name: 'Bob' });
  const { page, complaints } = await signInAt(open, tenant.username, tenant.password);
  await openBy(page, 'Mailboxes');
  await page.getByRole('row', { name: new RegExp(`^${mailbox} .*1 new, 0 heard`) }).waitFor();
  await page.getByRole('table').getByRole('link', { name: mailbox, exact: true }).click();
  await page.getByRole('heading', { name: `Mailbox ${mailbox}`, level: 1 }).waitFor();
  await page.getByRole('button', { name: /^Open message from Bob/ }).click();
  await page.getByRole('group', { name: 'Message' }).locator('svg[data-wave="400"] path').last().waitFor();
  await expectFlawless(page, 'mailbox');
  // The navigation is folded in a narrow window.
  await page.setViewportSize({ width: 1280, height: 900 });
  await openBy(page, 'Mailboxes');
  await page.getByRole('link', { name: 'New mailbox' }).click();
  const made = uniqueName('box');
  await page.getByRole('textbox', { name: 'Mailbox', exact: true }).fill(made);
  await page.getByRole('button', { name: 'Create', exact: true }).click();
  await page.getByRole('heading', { name: `Mailbox ${made}` }).waitFor();
  const form = page.getByRole('form', { name: 'Settings of the mailbox' });
  await form.getByLabel('Messages that the mailbox holds').fill('5');
  await form.getByRole('combobox', { name: 'Owner', exact: true }).fill(tenant.username);
  await page.getByRole('option', { name: tenant.username }).click();
  await form.getByRole('button', { name: 'Save settings' }).click();
  await page.getByText('Saved.').waitFor();
  expect(await preferencesOf(made)).toMatchObject({ max_messages: 5, user_id: tenant.userId });
  // It is that of the administrator itself now.
  await page.goto(new URL('/#/voicemail', page.url()).href);
  await page.getByText('There are no messages.').waitFor();
  expect(unexpected(complaints)).toEqual([]);
});
