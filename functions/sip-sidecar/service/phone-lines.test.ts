import { expect, test } from 'vitest';
import { organizationOf, userOf } from '#test/support/people.fixture.ts';
import { commit } from '#dynamodb/commit.ts';
import { eventRow, eventsOfEntity, type EventItem } from '#dynamodb/rows/event.ts';
import { organizationRow, type OrganizationItem } from '#dynamodb/rows/organization.ts';
import { userRow, type UserItem } from '#dynamodb/rows/user.ts';
import { tableFor } from '#dynamodb/table.ts';
import { create, remove } from '#dynamodb/write.ts';
import { header } from '#sip/header-kinds.ts';
import { anyAccountRow, type PhoneAccountItem } from '../../telephony/rows/sip-account.ts';
import { bindingRow, type BindingItem } from '../../telephony/rows/binding.ts';
import { addLine, testSidecar } from './sidecar.fixture.ts';

const task = testSidecar();

const table = () => tableFor(task.store, 1_001);
const bindingsOf = async (sip_username: string): Promise<readonly BindingItem[]> =>
  (await table().query<'binding', BindingItem, { sip_username: string }>(bindingRow, { sip_username })).items;
const eventsOf = async (id: string): Promise<readonly EventItem[]> =>
  (await table().queryIndex(eventRow, 'GSI1', eventsOfEntity(1_001, { type: 'phone', id }), { order: 'asc' })).items;

async function lineOf(username: string, more: Partial<PhoneAccountItem> = {}) {
  const phone = await task.sidecar.phone(await addLine(task.store, username, more));
  task.everything.defer(() => phone.close());
  return phone;
}

test('a phone line registers and unregisters, with events for its callback', async () => {
  const phone = await lineOf('line-1', { event_callback: 'https://example.com/phone' });
  expect((await phone.register()).status).toBe(200);
  const [binding] = await bindingsOf('line-1');
  expect(binding).toMatchObject({ flow: { transport: 'udp' }, event_callback: 'https://example.com/phone' });
  expect(binding).not.toHaveProperty('device_id');
  expect((await phone.register()).status).toBe(200);
  expect((await phone.register({ expires: 0 })).status).toBe(200);
  expect(await bindingsOf('line-1')).toEqual([]);
  expect(await eventsOf('line-1')).toMatchObject([
    {
      type: 'phone.registered',
      callback_url: 'https://example.com/phone',
      data: { transport: 'udp', ip_address: '127.0.0.1', user_agent: 'TestPhone/1.0' },
    },
    { type: 'phone.unregistered', callback_url: 'https://example.com/phone', data: { reason: 'unregistered' } },
  ]);
});

test('the contacts of a phone line expire with it', async () => {
  const end = new Date(Date.now() + 20_000).toISOString();
  const phone = await lineOf('line-2', { expires_at: end });
  const contacts = (await phone.register()).headers.all(header.contact);
  expect(contacts).toMatchObject([{ uri: { port: phone.port } }]);
  const [binding] = await bindingsOf('line-2');
  expect([binding !== undefined && binding.expires_at <= end]).toEqual([true]);
});

test('a phone line that has expired, or was deleted, does not register', async () => {
  const expired = await lineOf('line-3', { expires_at: new Date(Date.now() - 1).toISOString() });
  expect((await expired.register()).status).toBe(403);
  const deleted = await lineOf('line-4');
  expect((await deleted.register()).status).toBe(200);
  await commit(task.store, 1_001, [
    remove<'sip-credential', { sip_username: string }>(anyAccountRow, { sip_username: 'line-4' }),
    ...(await bindingsOf('line-4')).map((binding) => remove(bindingRow, binding)),
  ]);
  expect((await deleted.register()).status).toBe(403);
});

test('a line of a user who may not use softphones, or of a closed organization, does not register', async () => {
  const access = { ...userOf('usr_9', {}).access, softphone: false };
  await commit(task.store, 1_001, [create<'user', UserItem, { id: string }>(userRow, userOf('usr_9', { access }))]);
  expect((await (await lineOf('line-5', { user_id: 'usr_9' })).register()).status).toBe(403);
  await commit(task.store, 1_002, [
    create<'organization', OrganizationItem, object>(organizationRow, organizationOf(1_002, { status: 'closed' })),
  ]);
  expect((await (await lineOf('line-6', { org_id: 1_002 })).register()).status).toBe(403);
});
