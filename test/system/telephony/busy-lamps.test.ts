import { afterAll, beforeAll, expect, test } from 'vitest';
import { lampOf, subscriptionStatesAt } from '#functions/sip-sidecar/service/line-states.fixture.ts';
import { eventually } from '#test/support/eventually.ts';
import { newPhone, type Phone } from '#test/support/sip-phone.fixture.ts';
import { useExtensions } from '../calls.fixture.ts';
import { newMailboxUser, phoneAccountOf } from '../mailbox-users.fixture.ts';
import { newAccounts, type Account } from '../peers/accounts.ts';
import { ownAddress, sipServer } from '../peers/sip-server.ts';
import { newSoftphones, type RegisteredSoftphone } from '../softphones.fixture.ts';
import { newAdministeredTenant, outcome, texts, uniqueName, type AdministeredTenant } from '../tenant.fixture.ts';

let tenant: AdministeredTenant;
let ann: RegisteredSoftphone;
let bob: RegisteredSoftphone;
const everything = new DisposableStack();
beforeAll(async () => {
  tenant = await newAdministeredTenant('blf');
  await useExtensions(tenant);
  const [one, two] = await newSoftphones(tenant, ['301', '302']);
  [ann, bob] = [one, two];
  everything.use(ann.phone);
  everything.use(bob.phone);
});
afterAll(() => everything.dispose());

async function phoneOf(account: Account | undefined): Promise<Phone> {
  if (account === undefined) throw new Error('the device has no account');
  const phone = await newPhone(sipServer, account, { from: ownAddress() });
  everything.defer(() => phone.close());
  return phone;
}
const watch = async (phone: Phone, target: string): Promise<number> =>
  (await phone.subscribe({ target, event: 'dialog' })).status;
const shows = (phone: Phone, lamp: string) => eventually(() => expect(lampOf(phone, '302')).toBe(lamp), 30_000);

test('a key of a device shows the calls of the extension that its line of type blf names', async () => {
  const [account] = await newAccounts(tenant, { devices: 1, watches: ['302'] });
  const phone = await phoneOf(account);
  expect([await watch(phone, '302'), await watch(phone, '301')]).toEqual([200, 403]);
  await shows(phone, 'terminated');
  const call = ann.phone.call('302');
  await bob.phone.nextCall();
  await shows(phone, 'recipient confirmed 301');
  call.hangUp();
  await shows(phone, 'terminated');
});

test('a BLF list of a user lets its phones watch without the other party, and no more after its deletion', async () => {
  const user = await newMailboxUser(tenant);
  const phone = await phoneOf(await phoneAccountOf(tenant, user));
  expect(await watch(phone, '302')).toBe(403);
  const list = { targets: [{ targetExtension: '302' }] };
  expect(outcome(await tenant.ask('PUT', `/subscriptions/blf/${user.user}`, list))).toBe('201');
  // The right is cached for 20 s.
  await eventually(async () => expect(await watch(phone, '302')).toBe(200), 30_000);
  const call = ann.phone.call('302');
  await bob.phone.nextCall();
  await shows(phone, 'recipient confirmed');
  call.hangUp();
  await shows(phone, 'terminated');
  const began = Date.now();
  expect(outcome(await tenant.ask('DELETE', `/subscriptions/blf/${user.user}`))).toBe('200');
  await eventually(() => expect(subscriptionStatesAt(phone).at(-1)).toBe('terminated;reason=rejected'), 60_000);
  expect(Date.now() - began).toBeLessThan(60_000 * 4);
  expect(await watch(phone, '302')).toBe(403);
});

test('members of a department watch one another', async () => {
  const [carol, dave] = [await newMailboxUser(tenant), await newMailboxUser(tenant)];
  const group = texts(await tenant.ask('PUT', '/groups', { name: uniqueName('sales') }));
  const members = { user_ids: [carol.user, dave.user] };
  expect(outcome(await tenant.ask('PUT', `/groups/${group['id']}/members`, members))).toBe('200');
  const phone = await phoneOf(await phoneAccountOf(tenant, carol));
  expect([await watch(phone, dave.mailbox), await watch(phone, '302')]).toEqual([200, 403]);
});

test('a phone of another tenant sees nothing of a line with the extension that its key names', async () => {
  const other = await newAdministeredTenant('blf');
  const [account] = await newAccounts(other, { devices: 1, watches: ['302'] });
  const [phone, own] = [await phoneOf(account), await newAccounts(tenant, { devices: 1, watches: ['302'] })];
  const witness = await phoneOf(own[0]);
  expect([await watch(phone, '302'), await watch(witness, '302')]).toEqual([200, 200]);
  const call = ann.phone.call('302');
  await bob.phone.nextCall();
  await shows(witness, 'recipient confirmed 301');
  call.hangUp();
  await shows(witness, 'terminated');
  expect([phone.notified.length, lampOf(phone, '302')]).toEqual([1, 'terminated']);
});
