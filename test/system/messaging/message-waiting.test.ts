import { afterAll, beforeAll, expect, test } from 'vitest';
import { summariesAt } from '#functions/sip-sidecar/service/mailboxes.fixture.ts';
import { eventually } from '#test/support/eventually.ts';
import { newPhone, type Phone } from '#test/support/sip-phone.fixture.ts';
import { heard, leaveMessage, newMailboxUser, phoneAccountOf } from '../mailbox-users.fixture.ts';
import { ownAddress, sipServer } from '../peers/sip-server.ts';
import { newAdministeredTenant, outcome, type AdministeredTenant } from '../tenant.fixture.ts';

let tenant: AdministeredTenant;
const phones: Phone[] = [];
beforeAll(async () => {
  tenant = await newAdministeredTenant('mwi');
});
afterAll(() => phones.forEach((phone) => phone.close()));

type User = Awaited<ReturnType<typeof newMailboxUser>>;

async function registeredPhone(user: User): Promise<Phone> {
  const phone = await newPhone(sipServer, await phoneAccountOf(tenant, user), { from: ownAddress() });
  phones.push(phone);
  expect((await phone.register()).status).toBe(200);
  return phone;
}

/** The counts that a phone was notified of last. */
const shownBy = (phone: Phone): string => summariesAt(phone).at(-1)?.split(' ').slice(0, 2).join(' ') ?? '';
const showing = (phone: Phone, counts: string) => eventually(() => expect(shownBy(phone)).toBe(counts), 60_000);

test('the phones of a user show each message that is left, read and deleted', async () => {
  const user = await newMailboxUser(tenant);
  const [phone, subscribed] = await Promise.all([registeredPhone(user), registeredPhone(user)]);
  expect((await subscribed.subscribe({ target: user.mailbox })).status).toBe(200);
  const bothShow = (counts: string) => Promise.all([showing(phone, counts), showing(subscribed, counts)]);
  await bothShow('0/0 (0/0)');
  // The registration may be notified while the phone subscribes.
  await eventually(() => expect(summariesAt(subscribed).at(-1)).toContain('active'), 20_000);
  const { length: before } = summariesAt(subscribed);
  const id = await leaveMessage(tenant, user.mailbox, { urgent: true });
  await heard(tenant, id);
  await bothShow('1/0 (1/0)');
  expect(outcome(await tenant.ask('POST', `/voicemail/${id}`, { action: 'read' }))).toBe('200');
  await bothShow('0/1 (0/1)');
  expect(outcome(await tenant.ask('DELETE', `/voicemail/${id}`))).toBe('200');
  await bothShow('0/0 (0/0)');
  const sent = summariesAt(subscribed).slice(before);
  expect(sent.filter((text) => !text.endsWith('active;expires=N'))).toEqual([]);
});

/** Seconds without a change after which a further NOTIFY is sent. The unit tests have a clock, and prove each wait. */
const quiet = 3;

test('a burst of 50 messages is two NOTIFYs per phone, and one for each pause, the last of which has all', async () => {
  const user = await newMailboxUser(tenant);
  const both = await Promise.all([registeredPhone(user), registeredPhone(user)]);
  for (const phone of both) await showing(phone, '0/0 (0/0)');
  const began = Date.now();
  await Promise.all(Array.from({ length: 50 }, () => leaveMessage(tenant, user.mailbox)));
  for (const phone of both) await showing(phone, '50/0 (0/0)');
  // On a busy machine the messages arrive with pauses.
  const pauses = Math.floor((Date.now() - began) / (quiet * 1_000));
  for (const phone of both) expect(summariesAt(phone).length - 1).toBeLessThanOrEqual(2 + pauses);
});

test('a mailbox that gets another user is shown by the phones of that user only', async () => {
  const [ann, bob] = [await newMailboxUser(tenant), await newMailboxUser(tenant)];
  await heard(tenant, await leaveMessage(tenant, ann.mailbox));
  const [hers, his] = [await registeredPhone(ann), await registeredPhone(bob)];
  await Promise.all([showing(hers, '1/0 (0/0)'), showing(his, '0/0 (0/0)')]);
  const path = `/voicemailprefs/${ann.mailbox}`;
  expect(outcome(await tenant.ask('PUT', path, { user_id: bob.user }))).toBe('201');
  await Promise.all([showing(hers, '0/0 (0/0)'), showing(his, '1/0 (0/0)')]);
});

test('another tenant may not subscribe to the mailbox, and does not learn that it exists', async () => {
  const other = await newAdministeredTenant('mwi');
  const [user, stranger] = [await newMailboxUser(tenant), await newMailboxUser(other)];
  const phone = await newPhone(sipServer, await phoneAccountOf(other, stranger), { from: ownAddress() });
  phones.push(phone);
  const to = async (target: string) => (await phone.subscribe({ target })).status;
  expect([await to(user.mailbox), await to('nowhere'), await to(stranger.mailbox)]).toEqual([403, 403, 200]);
});
