import { beforeAll, expect, test } from 'vitest';
import { serialize } from '#sip/message.ts';
import { eventually } from '#test/support/eventually.ts';
import { newNumber, useExtensions } from '../calls.fixture.ts';
import { newSoftphones, type RegisteredSoftphone } from '../softphones.fixture.ts';
import { newAdministeredTenant, outcome, texts, uniqueName, type AdministeredTenant } from '../tenant.fixture.ts';

/** Groups of phones that ring for one call. */

let tenant: AdministeredTenant;
let other: AdministeredTenant;
beforeAll(async () => {
  [tenant, other] = await Promise.all([newAdministeredTenant('rings'), newAdministeredTenant('rings')]);
  await useExtensions(tenant);
});

const pathsOf = ({ body }: { readonly body: unknown }) =>
  (body as { error: { details: { path: string }[] } }).error.details.map(({ path }) => path);

const save = (fields: object, id = 'new', by = tenant) =>
  by.ask('PUT', `/ringgroups/${id}`, { name: uniqueName('group'), ...fields });

async function newGroup(fields: object): Promise<string> {
  const made = await save(fields);
  expect(outcome(made)).toBe('201');
  return texts(made)['id'] ?? '';
}

let extension = 300;

/** Phones of the tenant, with the number of a group. @param members what each is in the group */
async function ringing(open: DisposableStack, fields: object, members: readonly object[]) {
  const [caller] = await newSoftphones(tenant, [String(extension++)]);
  const extensions = members.map(() => String(extension++));
  const phones = await newSoftphones(tenant, extensions);
  for (const { phone } of [caller, ...phones]) open.use(phone);
  const group = { ...fields, members: phones.map(({ device }, at) => ({ device, ...members[at] })) };
  const number = await newNumber(tenant, { type: 'ring_group', id: await newGroup(group) });
  return { number, caller: caller.phone, phones: phones as [RegisteredSoftphone, ...RegisteredSoftphone[]] };
}

const stateOf = (phone: RegisteredSoftphone) => phone.phone.calls.map(({ log }) => log.at(-1));

test('all ring, one declines for itself, one answers, and the others note no missed call', async () => {
  using open = new DisposableStack();
  const { number, caller, phones } = await ringing(open, { caller_name_prefix: 'Sales:' }, [{}, {}, {}]);
  const [declining, answering, ringingOn] = phones;
  for (const each of phones) each.phone.answers = 'ring';
  declining.phone.answers = 603;
  const call = caller.call(number);
  const rung = await answering?.phone.nextCall();
  await ringingOn?.phone.nextCall();
  await eventually(() => expect(stateOf(declining)).toEqual(['ended by us']));
  expect(serialize(rung?.invite ?? expect.fail('it does not ring')).toString()).toMatch(/^From: "Sales: \d+"/m);
  rung?.answer();
  await eventually(() => expect(call.log.at(-1)).toBe('answered'), 20_000);
  await eventually(() => expect(ringingOn?.phone.cancelled).toEqual(['SIP;cause=200;text="Call completed elsewhere"']));
  call.hangUp();
});

test('in order, the next rings when one is busy, and then the call goes where none answers', async () => {
  using open = new DisposableStack();
  const [last] = await newSoftphones(tenant, [String(extension++)]);
  open.use(last.phone);
  const next = { no_answer: { type: 'device', id: last.device }, strategy: 'in_order', ring_seconds: 5 };
  const { number, caller, phones } = await ringing(open, next, [{}, {}]);
  const [busy, silent] = phones;
  busy.phone.answers = 486;
  if (silent !== undefined) silent.phone.answers = 'ring';
  const call = caller.call(number);
  const rung = await last.phone.nextCall();
  await eventually(() => expect(call.log.at(-1)).toBe('answered'), 20_000);
  expect(stateOf(busy)).toEqual(['ended by us']);
  expect(silent?.phone.calls.map(({ isOver }) => isOver)).toEqual([true]);
  call.hangUp();
  await eventually(() => expect(rung.log.at(-1)).toBe('ended by peer'), 20_000);
});

test('the phone without a call for the longest time rings first', async () => {
  using open = new DisposableStack();
  const { number, caller, phones } = await ringing(open, { strategy: 'longest_idle' }, [{}, {}]);
  const [first, second] = phones;
  const stored = async () => {
    type Calls = {
      readonly calls: readonly { readonly number: { readonly called: string }; readonly status: string }[];
    };
    const { calls } = (await tenant.ask('GET', '/Calls')).body as Calls;
    return calls.filter((each) => each.number.called === number).map(({ status }) => status);
  };
  // Neither had a call, so that they ring in their order; then the other one, and then the first one again.
  for (const expected of [first, second, first]) {
    const before = expected?.phone.calls.length ?? 0;
    const call = caller.call(number);
    await eventually(() => expect(call.log.at(-1)).toBe('answered'), 20_000);
    expect(expected?.phone.calls).toHaveLength(before + 1);
    // Its channel is stored within 100 ms of the answer, and until its end.
    await eventually(async () => expect(await stored()).toEqual(['answered']), 20_000);
    call.hangUp();
    await eventually(async () => expect(await stored()).toEqual([]), 20_000);
  }
  expect([first.phone.calls.length, second?.phone.calls.length]).toEqual([2, 1]);
});

test('a delayed member rings later, and one in a call not at all', async () => {
  using open = new DisposableStack();
  const { number, caller, phones } = await ringing(open, { skip_busy: true }, [{}, { delay_seconds: 1 }]);
  const [busy, delayed] = phones;
  if (delayed === undefined) throw new Error('there is no phone');
  const [talker] = await newSoftphones(tenant, [String(extension++)]);
  open.use(talker.phone);
  const talk = talker.phone.call(busy.extension);
  await eventually(() => expect(talk.log.at(-1)).toBe('answered'), 20_000);
  // Its channel is stored within 100 ms of the answer.
  await eventually(async () => {
    const { body } = await tenant.ask('GET', '/Calls');
    const { calls } = body as { calls: { status: string; destination: { to: { user: string } } }[] };
    expect(calls.find(({ destination }) => destination.to.user === busy.extension)?.status).toBe('answered');
  }, 20_000);
  const call = caller.call(number);
  await delayed.phone.nextCall();
  await eventually(() => expect(call.log.at(-1)).toBe('answered'), 20_000);
  expect(busy.phone.calls).toHaveLength(1);
  for (const each of [call, talk]) each.hangUp();
});

test('a group names what exists, and not itself', async () => {
  const inner = await newGroup({});
  const outer = await newGroup({ members: [{ ring_group: inner }] });
  const rejected = await Promise.all([
    save({ members: [{ user: 'usr_missing' }, { device: 'dev_missing' }] }),
    save({ members: [{ ring_group: outer }] }, inner),
    save({ members: [{ ring_group: inner }] }, inner),
    save({ no_answer: { type: 'flow', id: 'flow_missing' } }),
    save({ members: [{ ring_group: inner }] }, 'new', other),
    save({ members: [{ number: '112' }] }),
    save({ members: [{ number: '(1-1-2)' }] }),
  ]);
  expect(rejected.map(outcome)).toEqual(Array(7).fill('422 VALIDATION_FAILED'));
  expect(rejected.map(pathsOf)).toEqual([
    ['members[0].user', 'members[1].device'],
    ['members'],
    ['members[0].ring_group'],
    ['no_answer.id'],
    ['members[0].ring_group'],
    ['members[0].number', 'members[0].number'],
    ['members[0].number'],
  ]);
});

test('the deletion of a group clears the routes to it', async () => {
  const id = await newGroup({});
  const number = await newNumber(tenant, { type: 'ring_group', id });
  expect(outcome(await other.ask('GET', `/ringgroups/${id}`))).toBe('404 NOT_FOUND');
  expect(outcome(await tenant.ask('DELETE', `/ringgroups/${id}`))).toBe('200');
  await eventually(async () => {
    const { body } = await tenant.ask('GET', `/numbers/${number}`);
    expect((body as { data: { route: unknown } }).data.route).toBeNull();
  }, 20_000);
  const missing = await tenant.ask('PUT', `/numbers/${number}`, { route: { type: 'ring_group', id } });
  expect(outcome(missing)).toBe('422 ROUTE_TARGET_NOT_FOUND');
});
