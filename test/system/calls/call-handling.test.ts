import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { header } from '#sip/header-kinds.ts';
import { eventually } from '#test/support/eventually.ts';
import type { SoftCall } from '#test/support/soft-call.fixture.ts';
import { newCalledUser, useHandling, type CalledUser } from '../called-users.fixture.ts';
import { newNumber, useExtensions } from '../calls.fixture.ts';
import { newPeerTenant } from '../peers/accounts.ts';
import { expectEnd, expectJoined } from '../softphones.fixture.ts';
import { outcome, texts, uniqueName, type AdministeredTenant } from '../tenant.fixture.ts';

// Calls of users to one another, which follow what those do with their calls.

let tenant: AdministeredTenant;
let alice: CalledUser;
let bob: CalledUser;
let carol: CalledUser;
const open = new DisposableStack();

beforeAll(async () => {
  tenant = await newPeerTenant();
  await useExtensions(tenant);
  [alice, bob, carol] = await Promise.all([
    newCalledUser(tenant, '200', open),
    newCalledUser(tenant, '201', open),
    newCalledUser(tenant, '202', open),
  ]);
});
afterAll(() => open.dispose());
beforeEach(async () => {
  for (const user of [alice, bob, carol]) {
    user.phone.answers = 'wait';
    await useHandling(tenant, user, {});
  }
});

async function handlingOf(id: string): Promise<readonly string[]> {
  const { body } = await tenant.ask('GET', `/Calls/${id}`);
  const { handling } = body as { handling: { action: string; reason: string; denied: string | null }[] };
  return handling.map(({ action, reason, denied }) => [action, reason, denied ?? []].flat().join(' '));
}

const idInProgress = async (): Promise<string> =>
  ((await tenant.ask('GET', '/Calls')).body as { calls: { id: string }[] }).calls[0]?.id ?? '';

const valuesOf = (call: SoftCall, name: typeof header.diversion) =>
  call.invite?.headers.fields(name).map(({ value }) => value.replaceAll(/@[^>;]+/g, ''));

describe('a user who does not want to be disturbed', () => {
  test('is busy, and no phone rings', async () => {
    await useHandling(tenant, bob, { do_not_disturb: true });
    const before = bob.phone.calls.length;
    await expectEnd(alice.phone.call(bob.extension), 'failed 486');
    expect(bob.phone.calls.length).toBe(before);
  });

  test('is called by others as before, and calls itself', async () => {
    await useHandling(tenant, bob, { do_not_disturb: true });
    const call = bob.phone.call(carol.extension);
    (await carol.phone.nextCall()).reject(486);
    await expectEnd(call, 'failed 486');
  });
});

describe('a forwarded call', () => {
  test('rings at the other extension, whose phone sees who has sent it on; the caller hears 181', async () => {
    await useHandling(tenant, bob, { forward: { always: carol.extension } });
    const call = alice.phone.call(bob.extension);
    const there = await carol.phone.nextCall();
    expect(valuesOf(there, header.diversion)).toEqual(['<sip:201>;reason=unconditional']);
    expect(valuesOf(there, header.historyInfo)).toEqual(['<sip:201>;index=1', '<sip:202;cause=302>;index=1.1;mp=1']);
    there.answer();
    await expectJoined([alice.phone, call], [carol.phone, there]);
    expect(call.log).toEqual(['181', 'answered']);
    const id = await idInProgress();
    await eventually(async () =>
      expect((await tenant.ask('GET', `/Calls/${id}`)).body).toMatchObject({
        status: 'answered',
        destination: { req: { user: '201' }, to: { user: '202' } },
        handling: [
          { user_id: bob.id, reason: 'FORWARD_ALWAYS' },
          { user_id: carol.id, reason: 'RING' },
        ],
      }),
    );
    call.hangUp();
    await expectEnd(there, 'ended by peer');
  });

  test('of a number that routes to the user goes there too', async () => {
    await useHandling(tenant, bob, { forward: { always: { type: 'user', id: carol.id } } });
    const call = alice.phone.call(await newNumber(tenant, { type: 'user', id: bob.id }));
    (await carol.phone.nextCall()).answer();
    await eventually(() => expect(call.isUp).toBe(true), 20_000);
    call.hangUp();
  });

  test.each([
    ['busy', 486, 'BUSY'],
    ['busy', 603, 'BUSY'],
    ['unreachable', 503, 'UNREACHABLE'],
  ] as const)('on %s follows a phone that answers %i', async (field, status, reason) => {
    await useHandling(tenant, bob, { forward: { [field]: carol.extension } });
    const call = alice.phone.call(bob.extension);
    (await bob.phone.nextCall()).reject(status);
    (await carol.phone.nextCall()).answer();
    await eventually(() => expect(call.isUp).toBe(true), 20_000);
    const id = await idInProgress();
    await eventually(async () => expect(await handlingOf(id)).toEqual(['ring RING', `forward ${reason}`, 'ring RING']));
    call.hangUp();
  });

  test('on no answer stops the phones, and rings elsewhere', async () => {
    await useHandling(tenant, bob, { forward: { no_answer: carol.extension }, ring_seconds: 5 });
    const call = alice.phone.call(bob.extension);
    const rung = await bob.phone.nextCall();
    rung.ring();
    (await carol.phone.nextCall()).answer();
    await eventually(() => expect([call.isUp, rung.isUp]).toEqual([true, false]), 20_000);
    await expectEnd(rung, 'ended by peer');
    call.hangUp();
  });

  test('to a user without a registered phone goes on to its forward', async () => {
    const username = uniqueName('absent');
    const made = await tenant.ask('PUT', '/users', { username, extension: '203' });
    const absent = { id: texts(made)['id'] ?? '', extension: '203', phone: bob.phone };
    await useHandling(tenant, absent, { forward: { unreachable: carol.extension } });
    await useHandling(tenant, bob, { forward: { always: '203' } });
    const call = alice.phone.call(bob.extension);
    const there = await carol.phone.nextCall();
    expect(valuesOf(there, header.diversion)).toEqual([
      '<sip:203>;reason=unavailable',
      '<sip:201>;reason=unconditional',
    ]);
    there.answer();
    await eventually(() => expect(call.isUp).toBe(true), 20_000);
    call.hangUp();
  });

  test('of two users that forward to each other rings at the second, once', async () => {
    await useHandling(tenant, bob, { forward: { always: carol.extension } });
    await useHandling(tenant, carol, { forward: { always: bob.extension } });
    const before = bob.phone.calls.length;
    const call = alice.phone.call(bob.extension);
    (await carol.phone.nextCall()).answer();
    await eventually(() => expect(call.isUp).toBe(true), 20_000);
    const id = await idInProgress();
    await eventually(async () =>
      expect(await handlingOf(id)).toEqual([
        'forward FORWARD_ALWAYS',
        'forward FORWARD_ALWAYS FORWARD_LOOP',
        'ring RING',
      ]),
    );
    expect(bob.phone.calls.length).toBe(before);
    call.hangUp();
  });

  test('reaches the user at the end of five forwards, and none by a sixth', async () => {
    const chain: CalledUser[] = [];
    for (const extension of ['210', '211', '212', '213', '214', '215', '216'])
      chain.push(await newCalledUser(tenant, extension, open));
    for (const [at, user] of chain.entries()) {
      user.phone.answers = 'wait';
      await useHandling(tenant, user, { forward: { always: chain[at + 1]?.extension ?? null } });
    }
    const [first, , , , , sixth, last] = chain;
    const call = alice.phone.call(first?.extension ?? '');
    (await (sixth?.phone ?? expect.fail('no phone')).nextCall()).answer();
    await eventually(() => expect(call.isUp).toBe(true), 20_000);
    const id = await idInProgress();
    await eventually(async () =>
      expect(await handlingOf(id)).toEqual([
        ...Array.from({ length: 5 }, () => 'forward FORWARD_ALWAYS'),
        'forward FORWARD_ALWAYS FORWARD_LOOP',
        'ring RING',
      ]),
    );
    expect(last?.phone.calls).toEqual([]);
    call.hangUp();
  });

  test('does not reach the extension of another organization', async () => {
    const other = await newPeerTenant();
    await useExtensions(other);
    const stranger = await newCalledUser(other, '299', open);
    await useHandling(tenant, bob, { forward: { always: stranger.extension } });
    const before = bob.phone.calls.length;
    await expectEnd(alice.phone.call(bob.extension), 'failed 480');
    expect([stranger.phone.calls.length, bob.phone.calls.length]).toEqual([0, before]);
  });

  test('to a number that the dial plan denies to the user is not made', async () => {
    await useHandling(tenant, bob, { forward: { always: '900' } });
    const call = alice.phone.call(bob.extension);
    (await bob.phone.nextCall()).answer();
    await eventually(() => expect(call.isUp).toBe(true), 20_000);
    call.hangUp();
  });
});

test('a blocked caller is rejected, and others are not', async () => {
  await useHandling(tenant, bob, { blocked: [alice.extension] });
  await expectEnd(alice.phone.call(bob.extension), 'failed 603');
  const call = carol.phone.call(bob.extension);
  (await bob.phone.nextCall()).answer();
  await eventually(() => expect(call.isUp).toBe(true), 20_000);
  call.hangUp();
});

test('outside of the open hours calls go where the user says', async () => {
  const made = await tenant.ask('PUT', '/schedules/new', {
    name: uniqueName('never'),
    time_zone: 'UTC',
    override: 'closed',
  });
  expect(outcome(made)).toBe('201');
  await useHandling(tenant, bob, { schedule: texts(made)['id'], when_closed: carol.extension });
  const call = alice.phone.call(bob.extension);
  const there = await carol.phone.nextCall();
  expect(valuesOf(there, header.diversion)).toEqual(['<sip:201>;reason=time-of-day']);
  there.reject(486);
  await expectEnd(call, 'failed 486');
});

test('the own phone of a caller of the API rings, whatever it does with calls', async () => {
  await useHandling(tenant, alice, { do_not_disturb: true });
  const numberOf = async ({ id }: CalledUser) => ({
    type: 'phone',
    number: await newNumber(tenant, { type: 'user', id }),
  });
  const ends = { source: await numberOf(alice), destination: await numberOf(carol) };
  expect(outcome(await tenant.ask('POST', '/Calls', ends))).toBe('201');
  const called = await alice.phone.nextCall();
  called.answer();
  (await carol.phone.nextCall()).reject(486);
  await expectEnd(called, 'ended by peer');
});
