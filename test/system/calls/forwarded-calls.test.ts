import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { header } from '#sip/header-kinds.ts';
import { dialedIn } from '#functions/sip-sidecar/calls/routing/dialed.ts';
import { eventually } from '#test/support/eventually.ts';
import type { SoftCall } from '#test/support/soft-call.fixture.ts';
import { Softphone } from '#test/support/softphone.fixture.ts';
import { newCalledUser, useHandling, type CalledUser } from '../called-users.fixture.ts';
import { newNumber, useExtensions, newGatewayTo, usePrepaid } from '../calls.fixture.ts';
import { newPeerTenant } from '../peers/accounts.ts';
import { ownAddress, sipServer } from '../peers/sip-server.ts';
import { expectEnd, expectJoined, expectReport, refer, sentOn, type Conversation } from '../softphones.fixture.ts';
import { askAsOperator, outcome, uniqueName, type AdministeredTenant } from '../tenant.fixture.ts';

// Users of a prepaid organization who forward to numbers outside. Its balance pays for one call at a time.

const mobile = '+14155550100';
let tenant: AdministeredTenant;
let alice: CalledUser;
let bob: CalledUser;
let bobsNumber: string;
let carrier: Softphone;
const open = new DisposableStack();

beforeAll(async () => {
  tenant = await newPeerTenant();
  carrier = open.use(await Softphone.open(sipServer, { from: ownAddress() }));
  carrier.answers = 'wait';
  const destination = `sofia/gateway/${(await newGatewayTo(tenant, carrier.place)).name}/$0`;
  await usePrepaid(tenant, { prefix: '1', price: '0.01', credit: '0.0100' });
  await useExtensions(tenant, { priority: 2, pattern: '^[+]1415555010[0-9]$', action: 'bridge', destination });
  [alice, bob] = [await newCalledUser(tenant, '200', open), await newCalledUser(tenant, '201', open)];
  bobsNumber = await newNumber(tenant, { type: 'user', id: bob.id });
  expect(outcome(await tenant.ask('POST', `/users/${bob.id}`, { direct_number: bobsNumber }))).toBe('200');
});
afterAll(() => open.dispose());

/** What is left, and how much of it is reserved for nothing. */
async function credit(): Promise<{ currentBalance: number; availableCredit: number }> {
  const read = await askAsOperator('GET', `/billingprofile/${tenant.id}`);
  expect(outcome(read)).toBe('200');
  return (read.body as { data: { currentBalance: number; availableCredit: number } }).data;
}

/** Pays so that a balance pays for a minute, when nothing is reserved. */
async function payAgain(): Promise<void> {
  await expectNothingReserved();
  const { currentBalance } = await credit();
  const paid = { amount: (0.01 - currentBalance).toFixed(4), reference: uniqueName('again') };
  if (currentBalance < 0.01)
    expect(outcome(await askAsOperator('POST', `/billingprofile/${tenant.id}/credit`, paid))).toBe('201');
  await eventually(async () => {
    const { body } = await tenant.ask('POST', '/dialplan/evaluate', { called: mobile, dry_run: true });
    expect(JSON.stringify(body)).not.toContain('NO_CREDIT');
  }, 20_000);
}

const expectNothingReserved = () =>
  eventually(async () => {
    const { currentBalance, availableCredit } = await credit();
    expect(availableCredit).toBe(currentBalance);
  }, 30_000);

beforeEach(async () => {
  await payAgain();
  bob.phone.answers = 'wait';
  await useHandling(tenant, bob, { forward: { always: mobile } });
});

const idInProgress = async (): Promise<string> =>
  ((await tenant.ask('GET', '/Calls')).body as { calls: { id: string }[] }).calls[0]?.id ?? '';

type Cdr = Record<'leg' | 'caller' | 'callee' | 'direction' | 'disposition' | 'user_id', string> & {
  readonly answer_time?: string;
  readonly end_time: string;
  readonly rating?: { readonly charge: string };
};

/** The CDRs of a call by their legs, when all are filed. */
async function cdrsOf(id: string, legs: readonly string[]): Promise<Record<string, Cdr>> {
  let found: readonly Cdr[] = [];
  await eventually(async () => {
    found = ((await tenant.ask('GET', `/cdr?call_id=${id}`)).body as { data: Cdr[] }).data;
    expect(found.map(({ leg }) => leg).toSorted()).toEqual(legs);
  }, 30_000);
  return Object.fromEntries(found.map((cdr) => [cdr.leg, cdr]));
}

async function handlingOf(id: string): Promise<readonly string[]> {
  const { body } = await tenant.ask('GET', `/Calls/${id}`);
  const { handling } = body as { handling: { action: string; reason: string; denied: string | null }[] };
  return handling.map(({ action, reason, denied }) => [action, reason, denied ?? []].flat().join(' '));
}

const isUp = (...calls: readonly SoftCall[]) =>
  eventually(() => expect(calls.map((call) => call.isUp)).toEqual(calls.map(() => true)), 20_000);

/** The first second costs nothing. */
async function talk(): Promise<void> {
  const since = Date.now();
  await eventually(() => expect(Date.now() - since).toBeGreaterThan(2_000));
}

describe('a call that a user forwards to a number outside', () => {
  test('is a call of this user, in its name, which pays for it once', async () => {
    const call = alice.phone.call(bob.extension);
    const there = await carrier.nextCall();
    expect(dialedIn(there.invite?.from.uri ?? expect.fail('no caller'))).toBe(bobsNumber);
    const values = (name: typeof header.diversion) =>
      there.invite?.headers.fields(name).map(({ value }) => value.replaceAll(/@[^>;]+/g, ''));
    expect(values(header.diversion)).toEqual([`<sip:${bobsNumber}>;reason=unconditional`]);
    expect(values(header.historyInfo)).toEqual([
      `<sip:${bobsNumber}>;index=1`,
      `<sip:${mobile};cause=302>;index=1.1;mp=1`,
    ]);
    there.answer();
    await isUp(call, there);
    expect(call.log).toContain('181');
    const id = await idInProgress();
    await talk();
    call.hangUp();
    await expectEnd(there, 'ended by peer');
    const { a, f1 } = await cdrsOf(id, ['a', 'f1']);
    expect(a).toMatchObject({ direction: 'internal', caller: '200', callee: '201', disposition: 'ANSWERED' });
    expect(f1).toMatchObject({ direction: 'outbound', caller: bobsNumber, callee: mobile, user_id: bob.id });
    expect([Number(a?.rating?.charge ?? 0), Number(f1?.rating?.charge)]).toEqual([0, expect.any(Number)]);
    expect(Number(f1?.rating?.charge)).toBeGreaterThan(0);
    await expectNothingReserved();
  });

  test('and that is not answered there costs nothing, and reserves nothing while it rings elsewhere', async () => {
    await useHandling(tenant, bob, { forward: { busy: mobile, always: null } });
    const call = alice.phone.call(bob.extension);
    (await bob.phone.nextCall()).reject(486);
    const there = await carrier.nextCall();
    const id = await idInProgress();
    const { currentBalance, availableCredit } = await credit();
    expect(availableCredit).toBeLessThan(currentBalance);
    there.reject(486);
    await expectEnd(call, 'failed 486');
    const { a, f1 } = await cdrsOf(id, ['a', 'f1']);
    expect([a?.disposition, f1?.disposition, Number(f1?.rating?.charge ?? 0)]).toEqual(['BUSY', 'BUSY', 0]);
    await expectNothingReserved();
  });

  test('is not made without money: while one is up, the next one rings at the phone', async () => {
    const first = alice.phone.call(bob.extension);
    const there = await carrier.nextCall();
    there.answer();
    await isUp(first, there);
    const second = alice.phone.call(bob.extension);
    (await bob.phone.nextCall()).answer();
    await isUp(second);
    const ids = ((await tenant.ask('GET', '/Calls')).body as { calls: { id: string }[] }).calls.map(({ id }) => id);
    await eventually(async () => {
      const handled = (await Promise.all(ids.map(handlingOf))).map((steps) => steps.join());
      expect(handled.toSorted()).toEqual(['forward FORWARD_ALWAYS', 'forward FORWARD_ALWAYS NO_CREDIT,ring RING']);
    });
    for (const call of [first, second]) call.hangUp();
    await expectEnd(there, 'ended by peer');
    await expectNothingReserved();
  });

  test('and that its caller cancels gives back what it has reserved', async () => {
    const call = alice.phone.call(bob.extension);
    const there = await carrier.nextCall();
    call.hangUp();
    await expectEnd(there, 'ended by peer');
    await expectNothingReserved();
  });

  test('is denied as the dial plan denies it to the user who forwards', async () => {
    await useHandling(tenant, bob, { forward: { always: '+14155550101' } });
    const policy = { name: uniqueName('closed'), status: 'active', conditions: { pattern: '^[+]14155550101$' } };
    expect(outcome(await tenant.ask('PUT', '/dialplan/policy', { ...policy, actions: { allow: false } }))).toBe('201');
    const before = carrier.calls.length;
    const call = alice.phone.call(bob.extension);
    (await bob.phone.nextCall()).answer();
    await isUp(call);
    expect(carrier.calls.length).toBe(before);
    call.hangUp();
    await expectNothingReserved();
  });

  test('by the phone itself, which redirects, is a forward of its user, too', async () => {
    await useHandling(tenant, bob, {});
    const call = alice.phone.call(bob.extension);
    (await bob.phone.nextCall()).reject(302, sentOn(mobile, bob.phone.domain));
    const there = await carrier.nextCall();
    expect(dialedIn(there.invite?.from.uri ?? expect.fail('no caller'))).toBe(bobsNumber);
    there.answer();
    await isUp(call, there);
    const id = await idInProgress();
    expect(await handlingOf(id)).toEqual(['ring RING', 'forward REDIRECTED']);
    await talk();
    call.hangUp();
    await expectEnd(there, 'ended by peer');
    const { a, f1 } = await cdrsOf(id, ['a', 'f1']);
    expect([a, f1]).toMatchObject([
      { caller: '200', callee: '201', disposition: 'ANSWERED' },
      { direction: 'outbound', caller: bobsNumber, callee: mobile, user_id: bob.id },
    ]);
    expect(Number(f1?.rating?.charge)).toBeGreaterThan(0);
    await expectNothingReserved();
  });

  test('by the phone itself goes to no emergency number, and not past the limits of its user', async () => {
    await useHandling(tenant, bob, {});
    const before = carrier.calls.length;
    const call = alice.phone.call(bob.extension);
    (await bob.phone.nextCall()).reject(302, sentOn('112', bob.phone.domain));
    await expectEnd(call, 'failed 480');
    const denied = { name: uniqueName('closed'), status: 'active', conditions: { pattern: '^[+]14155550102$' } };
    expect(outcome(await tenant.ask('PUT', '/dialplan/policy', { ...denied, actions: { allow: false } }))).toBe('201');
    const next = alice.phone.call(bob.extension);
    (await bob.phone.nextCall()).reject(302, sentOn('+14155550102', bob.phone.domain));
    await expectEnd(next, 'failed 480');
    expect(carrier.calls.length).toBe(before);
    await expectNothingReserved();
  });

  test('by two users, one after the other, is paid by the one who forwards it outside', async () => {
    const carol = await newCalledUser(tenant, '202', open);
    await useHandling(tenant, carol, { forward: { always: bob.extension } });
    const call = alice.phone.call(carol.extension);
    const there = await carrier.nextCall();
    there.answer();
    await isUp(call, there);
    const id = await idInProgress();
    await talk();
    there.hangUp();
    await expectEnd(call, 'ended by peer');
    const cdrs = await cdrsOf(id, ['a', 'f2']);
    expect(cdrs['f2']).toMatchObject({ caller: bobsNumber, callee: mobile, user_id: bob.id });
    await expectNothingReserved();
  });
});

describe('a call that is transferred', () => {
  let carol: CalledUser;
  beforeAll(async () => {
    carol = await newCalledUser(tenant, '207', open);
    carol.phone.answers = 'wait';
  });

  /** Alice talks with Bob, whose phone transfers her. */
  async function conversation(): Promise<Conversation & { readonly id: string }> {
    await useHandling(tenant, bob, {});
    const talking = alice.phone.call(bob.extension);
    const callee = await bob.phone.nextCall();
    callee.answer();
    await isUp(talking, callee);
    return { caller: talking, callee, id: await idInProgress() };
  }

  const referTo = (call: SoftCall, to: string) => refer(call, to, { host: alice.phone.domain });

  test('by a phone to a user who forwards outside is a call of this user, which pays for it', async () => {
    await useHandling(tenant, carol, { forward: { always: mobile } });
    const { caller, callee, id } = await conversation();
    const { reports } = await referTo(callee, carol.extension);
    const there = await carrier.nextCall();
    there.answer();
    await expectReport(reports, 200);
    expect(reports).toContain(181);
    await expectJoined([alice.phone, caller], [carrier, there]);
    expect(await handlingOf(id)).toEqual(['ring RING', 'forward FORWARD_ALWAYS']);
    await talk();
    there.hangUp();
    await expectEnd(caller, 'ended by peer');
    const { a, f1 } = await cdrsOf(id, ['a', 'f1']);
    expect([a, f1]).toMatchObject([
      { caller: '200', callee: '201', direction: 'internal', disposition: 'ANSWERED' },
      { direction: 'outbound', callee: mobile, user_id: carol.id, disposition: 'ANSWERED' },
    ]);
    // That of the internal call has no price, and lasts until all parties have left.
    expect(Date.parse(a?.end_time ?? '')).toBeGreaterThanOrEqual(Date.parse(f1?.end_time ?? ''));
    expect(Number(f1?.rating?.charge)).toBeGreaterThan(0);
    await expectNothingReserved();
  });

  test('by its caller, who leaves, is paid by the user who forwards it as well', async () => {
    await useHandling(tenant, carol, { forward: { always: mobile } });
    const { caller, callee, id } = await conversation();
    const { reports } = await referTo(caller, carol.extension);
    const there = await carrier.nextCall();
    there.answer();
    await expectReport(reports, 200);
    await expectJoined([bob.phone, callee], [carrier, there]);
    await talk();
    callee.hangUp();
    await expectEnd(there, 'ended by peer');
    const { f1 } = await cdrsOf(id, ['a', 'f1']);
    expect(f1).toMatchObject({ callee: mobile, user_id: carol.id, disposition: 'ANSWERED' });
    expect(Number(f1?.rating?.charge)).toBeGreaterThan(0);
    await expectNothingReserved();
  });

  test('by the API goes where its new party sends it, which is not answered there: it goes on as before', async () => {
    await useHandling(tenant, carol, { forward: { no_answer: mobile }, ring_seconds: 5 });
    const { caller, callee, id } = await conversation();
    const number = await newNumber(tenant, { type: 'user', id: carol.id });
    const asked = { action: 'transfer', destination: { type: 'phone', number } };
    expect(outcome(await tenant.ask('POST', `/Calls/${id}/actions`, asked))).toBe('202');
    await expectEnd(await carol.phone.nextCall(), 'ended by peer');
    const there = await carrier.nextCall();
    there.reject(486);
    await expectNothingReserved();
    await isUp(caller, callee);
    caller.hangUp();
    await expectEnd(callee, 'ended by peer');
    const { a, f1 } = await cdrsOf(id, ['a', 'f1']);
    expect([a?.disposition, f1?.disposition, Number(f1?.rating?.charge ?? 0)]).toEqual(['ANSWERED', 'BUSY', 0]);
    expect(await handlingOf(id)).toEqual(['ring RING', 'ring RING', 'forward NO_ANSWER', 'end NO_ANSWER']);
  });

  test('to a user who is not to be disturbed, or blocks the party that stays, goes on as before', async () => {
    const { caller, callee } = await conversation();
    for (const [settings, status] of [
      [{ do_not_disturb: true }, 486],
      [{ blocked: [alice.extension] }, 603],
    ] as const) {
      await useHandling(tenant, carol, settings);
      await expectReport((await referTo(callee, carol.extension)).reports, status);
    }
    await isUp(caller, callee);
    await useHandling(tenant, carol, { blocked: [bob.extension] });
    const { reports } = await referTo(callee, carol.extension);
    (await carol.phone.nextCall()).answer();
    await expectReport(reports, 200);
    caller.hangUp();
  });

  test('between users who forward to each other ends, and goes on as before', async () => {
    const dora = await newCalledUser(tenant, '208', open);
    dora.phone.answers = 'wait';
    await useHandling(tenant, carol, { forward: { always: dora.extension } });
    await useHandling(tenant, dora, { forward: { always: carol.extension } });
    const { caller, callee, id } = await conversation();
    const { reports } = await referTo(callee, carol.extension);
    const third = await dora.phone.nextCall();
    third.reject(486);
    await expectReport(reports, 486);
    await isUp(caller, callee);
    caller.hangUp();
    await eventually(async () => expect(await handlingOf(id)).toContain('forward FORWARD_ALWAYS FORWARD_LOOP'));
  });

  test('to the emergency number lets those through who call back the user whose phone did it', async () => {
    const { caller, callee } = await conversation();
    await useHandling(tenant, bob, { do_not_disturb: true });
    await expectEnd(carol.phone.call(bob.extension), 'failed 486');
    const { reports } = await referTo(callee, '112');
    (await carrier.nextCall()).answer();
    await expectReport(reports, 200);
    caller.hangUp();
    const before = bob.phone.calls.length;
    await eventually(async () => {
      const call = carol.phone.call(bob.extension);
      await eventually(() => expect(bob.phone.calls.length > before || call.isOver).toBe(true), 20_000);
      expect(bob.phone.calls.length).toBeGreaterThan(before);
      call.hangUp();
    }, 20_000);
  });
});

test('who calls back a user within an hour after an emergency call gets through', async () => {
  const carol = await newCalledUser(tenant, '205', open);
  carol.phone.answers = 'wait';
  const settings = { do_not_disturb: true, blocked: [alice.extension], forward: { always: bob.extension } };
  await useHandling(tenant, carol, settings);
  await expectEnd(alice.phone.call(carol.extension), 'failed 603');
  const help = carol.phone.call('112');
  (await carrier.nextCall()).answer();
  await isUp(help);
  help.hangUp();
  // The note of the call is stored beside it.
  await eventually(async () => {
    const call = alice.phone.call(carol.extension);
    await eventually(() => expect(carol.phone.calls.length + Number(call.isOver)).toBeGreaterThan(0), 20_000);
    expect(carol.phone.calls.length).toBeGreaterThan(0);
    call.hangUp();
  }, 20_000);
});
