import { expect, test } from 'vitest';
import { commit } from '#dynamodb/commit.ts';
import { userExtensionRow, userRow } from '#dynamodb/rows/user.ts';
import { remove } from '#dynamodb/write.ts';
import { header } from '#sip/header-kinds.ts';
import type { SipResponse } from '#sip/message.ts';
import { eventually } from '#test/support/eventually.ts';
import type { Phone } from '#test/support/sip-phone.fixture.ts';
import { addMailboxUser, addPhoneLine, announce, setCounts, summariesAt } from '../service/mailboxes.fixture.ts';
import { ageingSidecar } from '../service/ageing-sidecar.fixture.ts';
import { runSidecar, type Account } from '../service/sidecar.fixture.ts';

const task = ageingSidecar();

let extensions = 400;
type Made = { readonly phone: Phone; readonly extension: string; readonly user: string; readonly account: Account };
/** A phone of a user with a mailbox. */
async function newPhone({ mailbox = true, ...how }: { mailbox?: boolean; transport?: 'tcp' } = {}): Promise<Made> {
  const extension = String((extensions += 1));
  const user = mailbox ? await addMailboxUser(task.store, extension) : '';
  const account = await addPhoneLine(task.store, {
    device: `dev_${extension}`,
    user: mailbox ? user : null,
    extension,
  });
  const phone = await task.sidecar.phone(account, how);
  task.everything.defer(() => phone.close());
  return { phone, extension, user, account };
}
const statusOf = async (asked: Promise<SipResponse>): Promise<number> => (await asked).status;
const change = async (extension: string, unheard: number): Promise<void> => {
  await setCounts(task.store, extension, { new: unheard });
  await announce(task.sidecar, { mailboxes: [extension] });
};

test('a line that is registered subscribes from there only', async () => {
  const { phone, extension, account } = await newPhone();
  expect((await phone.register()).status).toBe(200);
  const away = await task.sidecar.phone(account, { from: '127.0.0.9' });
  task.everything.defer(() => away.close());
  expect([
    await statusOf(away.subscribe({ target: extension })),
    await statusOf(phone.subscribe({ target: extension })),
  ]).toEqual([403, 200]);
});

test.each(['udp', 'tcp'] as const)(
  'over %s a subscription is confirmed, notified at once and after each change, refreshed and ended',
  async (transport) => {
    const { phone, extension } = await newPhone(transport === 'tcp' ? { transport } : {});
    await setCounts(task.store, extension, { new: 1 });
    const accepted = await phone.subscribe({ target: extension });
    expect([accepted.status, accepted.headers.one(header.expires), accepted.headers.has(header.contact)]).toEqual([
      200,
      600,
      true,
    ]);
    await eventually(() => expect(summariesAt(phone)).toEqual(['1/0 (0/0) active;expires=N']));
    const [first] = phone.notified;
    expect([first?.callId, first?.fromTag]).toEqual([accepted.callId, accepted.toTag]);
    await change(extension, 2);
    expect(summariesAt(phone).slice(1)).toEqual(['2/0 (0/0) active;expires=N']);
    expect(await statusOf(phone.subscribe({ target: extension, in: accepted }))).toBe(200);
    await eventually(() => expect(summariesAt(phone).slice(2)).toEqual(['2/0 (0/0) active;expires=N']));
    expect(await statusOf(phone.subscribe({ target: extension, in: accepted, expires: 0 }))).toBe(200);
    await eventually(() => expect(summariesAt(phone).slice(3)).toEqual(['2/0 (0/0) terminated;reason=timeout']));
    await change(extension, 3);
    expect(summariesAt(phone)).toHaveLength(4);
    expect(await statusOf(phone.subscribe({ target: extension, in: accepted }))).toBe(481);
  },
);

test('the state is reported once to a SUBSCRIBE of no duration', async () => {
  const { phone, extension } = await newPhone();
  expect(await statusOf(phone.subscribe({ target: extension, expires: 0 }))).toBe(200);
  await eventually(() => expect(summariesAt(phone)).toEqual(['0/0 (0/0) terminated;reason=timeout']));
});

test('a phone with a subscription gets no NOTIFY beside it', async () => {
  const { phone, extension } = await newPhone();
  await phone.register();
  await phone.subscribe({ target: extension });
  await change(extension, 1);
  await change(extension, 2);
  expect(summariesAt(phone).every((text) => text.endsWith(' active;expires=N'))).toBe(true);
  expect(summariesAt(phone).at(-1)).toBe('2/0 (0/0) active;expires=N');
});

test('a line may subscribe to the mailbox of its user only, and learns of no others', async () => {
  const [{ phone, extension, user }, other, without] = await Promise.all([
    newPhone(),
    newPhone(),
    newPhone({ mailbox: false }),
  ]);
  const to = (target: string) => statusOf(phone.subscribe({ target }));
  expect([await to(extension), await to(`u-dev_${extension}`)]).toEqual([200, 200]);
  expect([await to(other.extension), await to('9999'), await to(user)]).toEqual([403, 403, 403]);
  expect(await statusOf(without.phone.subscribe({ target: without.extension }))).toBe(404);
});

test('a SUBSCRIBE for an unknown event or less than a minute is rejected, that of a stranger challenged', async () => {
  const { phone, extension: target } = await newPhone();
  const unknown = await phone.subscribe({ target, event: 'presence' });
  expect([unknown.status, unknown.headers.all(header.allowEvents)]).toEqual([489, ['message-summary', 'dialog']]);
  const brief = await phone.subscribe({ target, expires: 10 });
  expect([brief.status, brief.headers.one(header.minExpires)]).toEqual([423, 60]);
  expect(await statusOf(phone.ask('SUBSCRIBE', { uri: `sip:${target}@pbx.example.com` }))).toBe(401);
});

test('a subscription whose phone does not know it any more ends', async () => {
  const { phone, extension } = await newPhone();
  const accepted = await phone.subscribe({ target: extension });
  await eventually(() => expect(summariesAt(phone)).toHaveLength(1));
  phone.answers = 481;
  await change(extension, 1);
  phone.answers = 200;
  await change(extension, 2);
  expect(summariesAt(phone)).toHaveLength(2);
  expect(await statusOf(phone.subscribe({ target: extension, in: accepted }))).toBe(481);
});

test('a subscription ends with the mailbox of its line', async () => {
  const { phone, extension, user } = await newPhone();
  await phone.subscribe({ target: extension });
  await commit(task.store, 1_001, [remove(userRow, { id: user }), remove(userExtensionRow, { extension })]);
  await announce(task.sidecar, { users: [user] });
  await eventually(() => expect(summariesAt(phone).at(-1)).toBe('terminated;reason=noresource'));
});

test('a line has ten subscriptions at most: the oldest one ends', async () => {
  const { phone, extension: target } = await newPhone();
  const first = await phone.subscribe({ target });
  const second = await phone.subscribe({ target });
  for (let count = 2; count < 11; count += 1) expect(await statusOf(phone.subscribe({ target }))).toBe(200);
  expect(await statusOf(phone.subscribe({ target, in: first }))).toBe(481);
  expect(await statusOf(phone.subscribe({ target, in: second }))).toBe(200);
});

test('a subscription that is not refreshed ends in time', async () => {
  const { phone, extension } = await newPhone();
  await phone.subscribe({ target: extension, expires: 60 });
  await eventually(() => expect(summariesAt(phone)).toHaveLength(1));
  task.advance(61_000);
  await eventually(() => expect(summariesAt(phone).slice(1)).toEqual(['0/0 (0/0) terminated;reason=timeout']));
});

test('a task that stops asks its phones to subscribe again', async () => {
  const stopping = await runSidecar(task.store);
  const extension = '499';
  const user = await addMailboxUser(task.store, extension);
  const phone = await stopping.phone(await addPhoneLine(task.store, { device: 'dev_499', user, extension }));
  task.everything.defer(() => phone.close());
  await phone.subscribe({ target: extension });
  await eventually(() => expect(summariesAt(phone)).toHaveLength(1));
  await stopping.close();
  await eventually(() => expect(summariesAt(phone).slice(1)).toEqual(['terminated;reason=deactivated']));
});
