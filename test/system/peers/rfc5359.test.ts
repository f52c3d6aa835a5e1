import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { eventually } from '../../support/eventually.ts';
import { Softphone } from '../../support/softphone.fixture.ts';
import { newNumber, useExtensions } from '../calls.fixture.ts';
import { newCalledUser, useHandling } from '../called-users.fixture.ts';
import { newMailboxUser } from '../mailbox-users.fixture.ts';
import {
  converse,
  expectEnd,
  expectJoined,
  expectReport,
  phoneTrios,
  refer,
  type Conversation,
  type RegisteredSoftphone,
} from '../softphones.fixture.ts';
import { outcome, texts, uniqueName, type AdministeredTenant, type Body } from '../tenant.fixture.ts';
import { newAccountOf, newPeerTenant } from './accounts.ts';
import { ownAddress, sipServer } from './sip-server.ts';

// The services of RFC 5359 §2 by name, with the sidecar in the place of the proxy. Its README lists the other ones.

let tenant: AdministeredTenant;
const open = new DisposableStack();

beforeAll(async () => {
  tenant = await newPeerTenant();
  await useExtensions(tenant, { priority: 2, pattern: '^7([2-8][0-9]{2})$', action: 'transfer', destination: '$1' });
});
afterAll(() => open.dispose());

let alice: RegisteredSoftphone;
let bob: RegisteredSoftphone;
let carol: RegisteredSoftphone;
const nextPhones = phoneTrios(open);

beforeEach(async () => {
  [alice, bob, carol] = await nextPhones(tenant);
});

const aliceCallsBob = (): Promise<Conversation> => converse(alice.phone, bob.phone, bob.extension);

/** A policy for an extension. */
async function usePolicy(pattern: string, conditions: Body, actions: Body): Promise<void> {
  const policy = { name: `For ${pattern}`, status: 'active', conditions: { pattern, ...conditions }, actions };
  expect(outcome(await tenant.ask('PUT', '/dialplan/policy', policy))).toBe('201');
}

describe('RFC 5359', () => {
  test('§2.1 Call Hold', async () => {
    const { caller, callee } = await aliceCallsBob();
    expect(await callee.offer('sendonly')).toBe(`${alice.phone.mediaPort} recvonly`);
    expect(caller.media).toBe(`${bob.phone.mediaPort} sendonly`);
    expect(await callee.offer('sendrecv')).toBe(`${alice.phone.mediaPort} sendrecv`);
    await expectJoined([alice.phone, caller], [bob.phone, callee]);
    caller.hangUp();
    await expectEnd(callee, 'ended by peer');
  });

  test('§2.2 Consultation Hold', async () => {
    const { caller, callee } = await aliceCallsBob();
    expect(await callee.offer('sendonly')).toBe(`${alice.phone.mediaPort} recvonly`);
    const consultation = await converse(bob.phone, carol.phone, carol.extension);
    await expectJoined([bob.phone, consultation.caller], [carol.phone, consultation.callee]);
    consultation.caller.hangUp();
    await expectEnd(consultation.callee, 'ended by peer');
    expect(await callee.offer('sendrecv')).toBe(`${alice.phone.mediaPort} sendrecv`);
    await expectJoined([alice.phone, caller], [bob.phone, callee]);
  });

  test('§2.4 Transfer - Unattended', async () => {
    const { caller, callee } = await aliceCallsBob();
    expect(await callee.offer('sendonly')).toBe(`${alice.phone.mediaPort} recvonly`);
    const { status, reports } = await refer(callee, carol.extension, { host: bob.phone.domain });
    const third = await carol.phone.nextCall();
    await expectReport(reports, 200);
    expect([status, reports[0], reports.includes(180)]).toEqual([202, 100, true]);
    callee.hangUp();
    await expectJoined([alice.phone, caller], [carol.phone, third]);
    third.hangUp();
    await expectEnd(caller, 'ended by peer');
  });

  test('§2.5 Transfer - Attended', async () => {
    const { caller, callee } = await aliceCallsBob();
    expect(await callee.offer('sendonly')).toBe(`${alice.phone.mediaPort} recvonly`);
    const asks = await converse(bob.phone, carol.phone, carol.extension);
    const { status, reports } = await refer(callee, carol.extension, {
      host: bob.phone.domain,
      replaces: asks.caller.dialog,
    });
    await expectReport(reports, 200);
    expect(status).toBe(202);
    await expectEnd(asks.caller, 'ended by peer');
    callee.hangUp();
    await expectJoined([alice.phone, caller], [carol.phone, asks.callee]);
    asks.callee.hangUp();
    await expectEnd(caller, 'ended by peer');
  });

  test('§2.7 Call Forwarding Unconditional', async () => {
    const { caller, callee } = await converse(alice.phone, carol.phone, `7${carol.extension}`);
    await expectJoined([alice.phone, caller], [carol.phone, callee]);
    caller.hangUp();
    await expectEnd(callee, 'ended by peer');
  });

  test('§2.7, §2.8, §2.9 Call Forwarding of a user: Unconditional, Busy, No Answer', async () => {
    const [ann, ben] = [await newCalledUser(tenant, '811', open), await newCalledUser(tenant, '812', open)];
    ann.phone.answers = 'wait';
    const expectForward = async (): Promise<void> => {
      const call = alice.phone.call(ann.extension);
      const forwarded = await ben.phone.nextCall();
      await expectJoined([alice.phone, call], [ben.phone, forwarded]);
      expect(call.log).toContain('181');
      call.hangUp();
      await expectEnd(forwarded, 'ended by peer');
    };
    await useHandling(tenant, ann, { forward: { always: ben.extension } });
    await expectForward();
    expect(ann.phone.calls).toEqual([]);
    await useHandling(tenant, ann, { forward: { busy: ben.extension } });
    ann.phone.answers = 486;
    await expectForward();
    await useHandling(tenant, ann, { forward: { no_answer: ben.extension }, ring_seconds: 5 });
    ann.phone.answers = 'ring';
    await expectForward();
    expect(ann.phone.calls.length).toBe(2);
  });

  test('§2.12 Find-Me', async () => {
    const { user } = await newMailboxUser(tenant);
    const [desk, home] = await Promise.all(
      ['801', '802'].map(async (each) => {
        const account = await newAccountOf(tenant, { user, extension: each });
        const phone = open.use(await Softphone.open(sipServer, { from: ownAddress(), account }));
        phone.answers = 'ring';
        expect(await phone.register()).toBe(200);
        return phone;
      }),
    );
    if (desk === undefined || home === undefined) throw new Error('no phones');
    const call = alice.phone.call(await newNumber(tenant, { type: 'user', id: user }));
    const [unanswered, answered] = [await desk.nextCall(), await home.nextCall()];
    answered.answer();
    await expectJoined([alice.phone, call], [home, answered]);
    await expectEnd(unanswered, 'ended by peer');
    expect(unanswered.log).not.toContain('answered');
    call.hangUp();
    await expectEnd(answered, 'ended by peer');
  });

  test('§2.13 Call Management (Incoming Call Screening)', async () => {
    await usePolicy(`^${bob.extension}$`, { caller_id_required: true }, { allow: true });
    await expectEnd(alice.phone.call(bob.extension), 'failed 403');
    expect(bob.phone.calls).toEqual([]);
  });

  test('§2.14 Call Management (Outgoing Call Screening)', async () => {
    await usePolicy('^0900', {}, { allow: false });
    await expectEnd(alice.phone.call('0900123'), 'failed 403');
    await aliceCallsBob();
  });

  test('§2.16 Call Pickup', async () => {
    const [dave, erin] = [await newMailboxUser(tenant), await newMailboxUser(tenant)];
    const group = texts(await tenant.ask('PUT', '/groups', { name: uniqueName('sales') }));
    const members = { user_ids: [dave.user, erin.user] };
    expect(outcome(await tenant.ask('PUT', `/groups/${group['id']}/members`, members))).toBe('200');
    const [one, two] = await Promise.all(
      [dave, erin].map(async ({ user, mailbox }) => {
        const account = await newAccountOf(tenant, { user, extension: mailbox });
        const phone = open.use(await Softphone.open(sipServer, { from: ownAddress(), account }));
        expect(await phone.register()).toBe(200);
        return phone;
      }),
    );
    if (one === undefined || two === undefined) throw new Error('there are no phones');
    one.answers = 'ring';
    const call = alice.phone.call(dave.mailbox);
    const rung = await one.nextCall();
    const picked = two.call(dave.mailbox, { replaces: rung.earlyDialog });
    await expectJoined([alice.phone, call], [two, picked]);
    await eventually(() => expect(one.cancelled).toEqual(['SIP;cause=200;text="Call completed elsewhere"']), 20_000);
    call.hangUp();
    await expectEnd(picked, 'ended by peer');
  });

  test('§2.18 Click to Dial', async () => {
    const placed = await tenant.ask('POST', '/Calls', {
      source: { type: 'device', id: alice.device },
      destination: { type: 'device', id: bob.device },
    });
    expect(outcome(placed)).toBe('201');
    const [source, destination] = [await alice.phone.nextCall(), await bob.phone.nextCall()];
    await expectJoined([alice.phone, source], [bob.phone, destination]);
    destination.hangUp();
    await expectEnd(source, 'ended by peer');
    const { id } = placed.body as { id: string };
    await eventually(async () =>
      expect((await tenant.ask('GET', `/Calls/${id}`)).body).toMatchObject({
        status: 'hangup',
        hangup: { by: 'callee', cause: 'NORMAL_CLEARING' },
      }),
    );
  });
});
