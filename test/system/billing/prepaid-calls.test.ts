import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventually } from '#test/support/eventually.ts';
import { Softphone } from '#test/support/softphone.fixture.ts';
import { useExtensions, newGatewayTo, usePrepaid } from '../calls.fixture.ts';
import { newPeerTenant } from '../peers/accounts.ts';
import { ownAddress, sipServer } from '../peers/sip-server.ts';
import { converse, expectEnd, newSoftphones, type RegisteredSoftphone } from '../softphones.fixture.ts';
import { askAsOperator, outcome, uniqueName, type AdministeredTenant } from '../tenant.fixture.ts';

// A prepaid organization whose balance pays for one call at a time: a reservation of a minute takes all of it.

const called = '+14155550100';
let tenant: AdministeredTenant;
let alice: RegisteredSoftphone;
let bob: RegisteredSoftphone;
let carrier: Softphone;
const open = new DisposableStack();

beforeAll(async () => {
  tenant = await newPeerTenant();
  carrier = open.use(await Softphone.open(sipServer, { from: ownAddress() }));
  const destination = `sofia/gateway/${(await newGatewayTo(tenant, carrier.place)).name}/$0`;
  await usePrepaid(tenant, { prefix: '1', price: '0.01', credit: '0.0100' });
  await useExtensions(tenant, { priority: 2, pattern: '^[+]14155550100$', action: 'bridge', destination });
  [alice, bob] = await newSoftphones(tenant, ['200', '201']);
  for (const { phone } of [alice, bob]) open.use(phone);
});
afterAll(() => open.dispose());

const evaluate = (question: object) => tenant.ask('POST', '/dialplan/evaluate', { ...question });
const isDenied = async (): Promise<boolean> =>
  JSON.stringify((await evaluate({ called, dry_run: true })).body).includes('NO_CREDIT');

type Profile = { readonly currentBalance: number; readonly availableCredit: number };

const readProfile = async (): Promise<Profile> =>
  ((await askAsOperator('GET', `/billingprofile/${tenant.id}`)).body as { readonly data: Profile }).data;

/** Pays for what calls have cost, so that the balance pays for one again. */
async function payAgain(): Promise<void> {
  const { currentBalance } = await readProfile();
  if (currentBalance < 0.01) {
    const amount = (0.01 - currentBalance).toFixed(4);
    await askAsOperator('POST', `/billingprofile/${tenant.id}/credit`, { amount, reference: uniqueName('again') });
  }
  await eventually(async () => !(await isDenied()), 20_000);
}

const callInProgress = async (): Promise<string> =>
  ((await tenant.ask('GET', '/Calls')).body as { calls: { id: string }[] }).calls[0]?.id ?? '';

describe('while a call is up that takes the whole balance', () => {
  test('its tenant neither releases, renews nor replaces the reservation, nor ends it by a CDR', async () => {
    await payAgain();
    const { caller, callee } = await converse(alice.phone, carrier, called);
    const id = await callInProgress();
    const start_time = new Date(Date.now() - 60_000).toISOString();
    const cdr = { call_id: id, caller: '200', callee: called, disposition: 'CANCELLED', start_time };
    const outcomes: string[] = [];
    for (const question of [{ release: id }, { renew: id }, { called, call_id: id }])
      outcomes.push(outcome(await evaluate(question)));
    expect(outcomes).toEqual(Array.from({ length: 3 }, () => '409 CALL_IN_PROGRESS'));
    for (const leg of ['a', 'z'])
      expect(outcome(await tenant.ask('POST', '/cdr/own', { records: [{ ...cdr, leg, end_time: start_time }] }))).toBe(
        '200',
      );
    await eventually(async () => {
      const { body } = await tenant.ask('GET', `/cdr?call_id=${id}`);
      return (body as { data: unknown[] }).data.length === 2;
    }, 30_000);
    expect(await isDenied()).toBe(true);
    const second = alice.phone.call(called);
    await expectEnd(second, 'failed 402');
    caller.hangUp();
    await expectEnd(callee, 'ended by peer');
    // The CDR of the platform replaces that of the tenant, and ends what is left of the reservation.
    await eventually(async () => {
      const { body } = await tenant.ask('GET', `/cdr?call_id=${id}&disposition=ANSWERED`);
      return (body as { data: unknown[] }).data.length === 1;
    }, 30_000);
    await payAgain();
  });
});

test('the next call after one of a few seconds is not refused, however soon it comes', async () => {
  for (let time = 0; time < 5; time += 1) {
    await payAgain();
    const first = alice.phone.call(called);
    const answered = await carrier.nextCall();
    await eventually(() => expect([first.isUp, answered.isUp]).toEqual([true, true]), 20_000);
    first.hangUp();
    // It reserves what the first one has left, which is a part of a minute.
    const next = alice.phone.call(called);
    await eventually(() => expect(next.log.at(-1)).toBe('answered'), 20_000);
    const there = await carrier.nextCall();
    next.hangUp();
    await expectEnd(there, 'ended by peer');
  }
});

describe('a call that is transferred to a number', () => {
  const transfer = async (id: string, destination: string | object): Promise<string> =>
    outcome(await tenant.ask('POST', `/Calls/${id}/actions`, { action: 'transfer', destination }));

  /** Alice calls Bob, for whom the API puts the number in. */
  async function transferred() {
    await payAgain();
    const { caller, callee } = await converse(alice.phone, bob.phone, '201');
    const id = await callInProgress();
    // When its answer is stored.
    await eventually(async () => expect(await transfer(id, called)).toBe('202'));
    const there = await carrier.nextCall();
    await expectEnd(callee, 'ended by peer');
    await eventually(() => expect(there.isUp).toBe(true), 20_000);
    const since = Date.now();
    // The first second costs nothing.
    await eventually(() => expect(Date.now() - since).toBeGreaterThan(2_000));
    return { id, caller, there };
  }

  /** The charge of a call, when nothing is reserved any more. */
  const settled = (id: string) =>
    eventually(async () => {
      const { data } = (await tenant.ask('GET', `/cdr?call_id=${id}&disposition=ANSWERED`)).body as {
        data: { leg: string; rating: { charge: string } }[];
      };
      const [cdr] = data.filter(({ leg }) => leg === 't1');
      expect(Number(cdr?.rating.charge)).toBeGreaterThan(0);
      const { currentBalance, availableCredit } = await readProfile();
      expect(currentBalance).toBeTypeOf('number');
      expect(availableCredit).toBe(currentBalance);
    }, 60_000);

  test('takes the whole balance, and leaves what it has not cost to the next call, however soon it is', async () => {
    const { id, caller, there } = await transferred();
    await expectEnd(alice.phone.call(called), 'failed 402');
    there.hangUp();
    await expectEnd(caller, 'ended by peer');
    const next = alice.phone.call(called);
    await eventually(() => expect(next.log.at(-1)).toBe('answered'), 20_000);
    const second = await carrier.nextCall();
    next.hangUp();
    await expectEnd(second, 'ended by peer');
    await settled(id);
  });

  test('is paid for when the number leaves it', async () => {
    const { id, caller, there } = await transferred();
    expect(await transfer(id, { type: 'device', id: bob.device })).toBe('202');
    const back = await bob.phone.nextCall();
    await expectEnd(there, 'ended by peer');
    await settled(id);
    expect([caller.isUp, back.isUp]).toEqual([true, true]);
    caller.hangUp();
    await expectEnd(back, 'ended by peer');
  });
});

test('a call that is given up while it rings takes nothing from the next one', async () => {
  await payAgain();
  carrier.answers = 'ring';
  for (let time = 0; time < 5; time += 1) {
    const call = alice.phone.call(called);
    await carrier.nextCall();
    call.hangUp();
    await eventually(() => expect(call.isOver).toBe(true), 20_000);
    expect(call.log.join()).not.toContain('402');
  }
});
