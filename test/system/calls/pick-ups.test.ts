import { beforeAll, expect, test } from 'vitest';
import { eventually } from '#test/support/eventually.ts';
import { Softphone } from '#test/support/softphone.fixture.ts';
import { useExtensions } from '../calls.fixture.ts';
import { newMailboxUser, phoneAccountOf } from '../mailbox-users.fixture.ts';
import { ownAddress, sipServer } from '../peers/sip-server.ts';
import { expectEnd, expectJoined, newSoftphones } from '../softphones.fixture.ts';
import { newAdministeredTenant, outcome, texts, uniqueName, type AdministeredTenant } from '../tenant.fixture.ts';

/** Phones that take calls which ring at others. */

let tenant: AdministeredTenant;
let other: AdministeredTenant;
beforeAll(async () => {
  [tenant, other] = await Promise.all([newAdministeredTenant('picks'), newAdministeredTenant('picks')]);
  await Promise.all([useExtensions(tenant), useExtensions(other)]);
});

const elsewhere = 'SIP;cause=200;text="Call completed elsewhere"';

/** A phone of a new user. */
async function member(open: DisposableStack, of = tenant) {
  const user = await newMailboxUser(of);
  const account = await phoneAccountOf(of, user);
  const phone = open.use(await Softphone.open(sipServer, { from: ownAddress(), account }));
  expect(await phone.register()).toBe(200);
  return { ...user, phone };
}

async function join(...users: readonly string[]): Promise<void> {
  const group = texts(await tenant.ask('PUT', '/groups', { name: uniqueName('sales') }));
  expect(outcome(await tenant.ask('PUT', `/groups/${group['id']}/members`, { user_ids: users }))).toBe('200');
}

let extension = 400;

/** A caller, and members of one group: the first one is called, and rings. */
async function ringingGroup(open: DisposableStack, members: 2 | 3) {
  const [caller] = await newSoftphones(tenant, [String(extension++)]);
  open.use(caller.phone);
  const [called, ...others] = await Promise.all(Array.from({ length: members }, () => member(open)));
  if (called === undefined) throw new Error('there is no member');
  await join(called.user, ...others.map(({ user }) => user));
  called.phone.answers = 'ring';
  const call = caller.phone.call(called.mailbox);
  const rung = await called.phone.nextCall();
  await eventually(() => expect(call.log).toContain('180'), 20_000);
  return { caller: caller.phone, call, called, rung, others: others.map(({ phone }) => phone) };
}

const first = <T>([one]: readonly T[]): T => one ?? expect.fail('there is none');

test.each(['*8', '**'])(
  'a member of the group takes the call by %s, and the phone that rang misses none',
  async (code) => {
    using open = new DisposableStack();
    const { caller, call, called, others } = await ringingGroup(open, 2);
    const picker = first(others);
    const picked = picker.call(code === '*8' ? code : `**${called.mailbox}`);
    await expectJoined([caller, call], [picker, picked]);
    await eventually(() => expect(called.phone.cancelled).toEqual([elsewhere]), 20_000);
    picked.hangUp();
    await expectEnd(call, 'ended by peer');
  },
);

test('of two that take one call at once one has it, and the other one hears so', async () => {
  using open = new DisposableStack();
  const { call, others } = await ringingGroup(open, 3);
  const picked = others.map((phone) => phone.call('*8'));
  await eventually(() => expect(call.log.at(-1)).toBe('answered'), 20_000);
  await eventually(() => {
    expect([picked.filter(({ isUp }) => isUp).length, picked.filter(({ isOver }) => isOver).length]).toEqual([1, 1]);
  }, 20_000);
  call.hangUp();
  await eventually(() => expect(picked.every(({ isOver }) => isOver)).toBe(true), 20_000);
});

test('a phone without the right to watch takes nothing, nor does one of another tenant', async () => {
  using open = new DisposableStack();
  const { call, called, rung } = await ringingGroup(open, 2);
  const [stranger, foreign] = [await member(open), await member(open, other)];
  const tries = [stranger, foreign].flatMap(({ phone }) =>
    ['*8', `**${called.mailbox}`].map((code) => phone.call(code)),
  );
  await eventually(() => expect(tries.every(({ isOver }) => isOver)).toBe(true), 20_000);
  expect(tries.map(({ log }) => log.at(-1))).toEqual(['failed 404', 'failed 403', 'failed 404', 'failed 403']);
  rung.answer();
  await eventually(() => expect(call.log.at(-1)).toBe('answered'), 20_000);
  call.hangUp();
});

test('an INVITE with Replaces of the dialog that rings takes the call, if its phone may', async () => {
  using open = new DisposableStack();
  const { caller, call, called, rung, others } = await ringingGroup(open, 2);
  const picker = first(others);
  const replaces = rung.earlyDialog;
  const stranger = (await member(open)).phone;
  const rejected = stranger.call(called.mailbox, { replaces });
  await eventually(() => expect(rejected.log.at(-1)).toBe('failed 403'), 20_000);
  const picked = picker.call(called.mailbox, { replaces });
  await expectJoined([caller, call], [picker, picked]);
  await eventually(() => expect(called.phone.cancelled).toEqual([elsewhere]), 20_000);
  picked.hangUp();
  await expectEnd(call, 'ended by peer');
});
