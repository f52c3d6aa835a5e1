import { expect, test } from 'vitest';
import { commit } from '#dynamodb/commit.ts';
import { userExtensionRow } from '#dynamodb/rows/user.ts';
import { remove } from '#dynamodb/write.ts';
import { eventually } from '#test/support/eventually.ts';
import type { Phone } from '#test/support/sip-phone.fixture.ts';
import { runSidecar, type Account, testSidecar } from '../service/sidecar.fixture.ts';
import { addMailboxUser, addPhoneLine, announce, setCounts, summariesAt } from '../service/mailboxes.fixture.ts';

const task = testSidecar();

const none = '0/0 (0/0) terminated';
const phoneOf = async (account: Account, at = task.sidecar): Promise<Phone> => {
  const phone = await at.phone(account);
  task.everything.defer(() => phone.close());
  expect((await phone.register()).status).toBe(200);
  return phone;
};
const registered = async (line: Parameters<typeof addPhoneLine>[1]) => phoneOf(await addPhoneLine(task.store, line));

test('phones of a user show the counts when they register, and after each change', async () => {
  const user = await addMailboxUser(task.store, '301');
  await setCounts(task.store, '301', { new: 2, read: 1, saved: 3, urgent_new: 1, urgent_old: 2, held: 9 });
  const phones = await Promise.all([
    registered({ device: 'dev_301a', user, extension: '301' }),
    registered({ device: 'dev_301b', user, extension: '301' }),
    // Of no user, but with the user's extension.
    registered({ device: 'dev_301c', user: null, extension: '301' }),
  ]);
  const stranger = await registered({ device: 'dev_301d', user: null, extension: '399' });
  for (const phone of phones) await eventually(() => expect(summariesAt(phone)).toEqual(['2/4 (1/2) terminated']));
  await setCounts(task.store, '301', { new: 0, read: 3 });
  await announce(task.sidecar, { mailboxes: ['301'] });
  for (const phone of phones) expect(summariesAt(phone).slice(1)).toEqual(['0/3 (0/0) terminated']);
  expect(phones[0].notified[1]?.body.toString()).toContain(
    'Messages-Waiting: no\r\nMessage-Account: sip:301@pbx.example.com\r\n',
  );
  expect(summariesAt(stranger)).toEqual([]);
});

test('a burst of commands about the same counts is one NOTIFY, and a later one is none', async () => {
  const user = await addMailboxUser(task.store, '302');
  const phone = await registered({ device: 'dev_302', user, extension: '302' });
  await eventually(() => expect(summariesAt(phone)).toEqual([none]));
  await setCounts(task.store, '302', { new: 50 });
  await Promise.all(Array.from({ length: 50 }, () => announce(task.sidecar, { mailboxes: ['302'] })));
  const after = [none, '50/0 (0/0) terminated'];
  expect(summariesAt(phone)).toEqual(after);
  await announce(task.sidecar, { mailboxes: ['302'] });
  expect(summariesAt(phone)).toEqual(after);
});

test('a phone that restarts is notified again, one that refreshes is not', async () => {
  const user = await addMailboxUser(task.store, '303');
  const phone = await registered({ device: 'dev_303', user, extension: '303' });
  await eventually(() => expect(summariesAt(phone)).toHaveLength(1));
  await phone.register();
  await phone.register({ callId: 'restarted' });
  await eventually(() => expect(summariesAt(phone)).toHaveLength(2));
  await announce(task.sidecar, { mailboxes: ['303'] });
  expect(summariesAt(phone)).toEqual([none, none]);
});

test('a phone whose line has another user shows that no messages wait, or those of the other', async () => {
  const [user, other] = [await addMailboxUser(task.store, '304'), await addMailboxUser(task.store, '305')];
  await setCounts(task.store, '304', { new: 4 });
  await setCounts(task.store, '305', { new: 5 });
  const [kept, lost] = await Promise.all([
    registered({ device: 'dev_304', user, extension: '304' }),
    registered({ device: 'dev_305', user, extension: '304' }),
  ]);
  for (const phone of [kept, lost])
    await eventually(() => expect(summariesAt(phone)).toEqual(['4/0 (0/0) terminated']));
  await addPhoneLine(task.store, { device: 'dev_305', user: other, extension: '305' });
  await announce(task.sidecar, { users: [user] });
  expect([summariesAt(kept), summariesAt(lost).at(-1)]).toEqual([['4/0 (0/0) terminated'], '5/0 (0/0) terminated']);
  await commit(task.store, 1_001, [remove(userExtensionRow, { extension: '305' })]);
  await addPhoneLine(task.store, { device: 'dev_305', user: null, extension: '305' });
  await announce(task.sidecar, { users: [other] });
  expect(summariesAt(lost).at(-1)).toBe(none);
});

test('each task sends to its own phones', async () => {
  const second = await runSidecar(task.store);
  await using _ = { [Symbol.asyncDispose]: () => second.close() };
  const user = await addMailboxUser(task.store, '306');
  const [first, other] = [
    await registered({ device: 'dev_306a', user, extension: '306' }),
    await phoneOf(await addPhoneLine(task.store, { device: 'dev_306b', user, extension: '306' }), second),
  ];
  await eventually(() => expect([summariesAt(first), summariesAt(other)]).toEqual([[none], [none]]));
  await setCounts(task.store, '306', { new: 1 });
  await announce(task.sidecar, { mailboxes: ['306'] });
  expect([summariesAt(first).slice(1), summariesAt(other).slice(1)]).toEqual([
    ['1/0 (0/0) terminated'],
    ['1/0 (0/0) terminated'],
  ]);
});
