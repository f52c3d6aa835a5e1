import { afterAll, beforeAll, expect, test } from 'vitest';
import { header } from '#sip/header-kinds.ts';
import { eventually } from '#test/support/eventually.ts';
import { cdrsOf, useExtensions } from '../calls.fixture.ts';
import { newPeerTenant } from '../peers/accounts.ts';
import { expectEnd, expectJoined, newSoftphones, sentOn, type RegisteredSoftphone } from '../softphones.fixture.ts';
import { outcome, uniqueName, type AdministeredTenant } from '../tenant.fixture.ts';

/** Phones that answer 302. */

let tenant: AdministeredTenant;
let alice: RegisteredSoftphone;
let bob: RegisteredSoftphone;
let carol: RegisteredSoftphone;
const open = new DisposableStack();

beforeAll(async () => {
  tenant = await newPeerTenant();
  await useExtensions(tenant);
  const made = await newSoftphones(tenant, ['200', '201', '202']);
  for (const { phone } of made) open.use(phone);
  [alice, bob, carol] = made;
  bob.phone.answers = 'wait';
});
afterAll(() => open.dispose());

/** A call to Bob, whose phone sends it on. */
async function callSentOn(user: string, host = bob.phone.domain) {
  const call = alice.phone.call(bob.extension);
  (await bob.phone.nextCall()).reject(302, sentOn(user, host));
  return call;
}

test('a call that a phone sends on to an extension rings there, and its CDR says so', async () => {
  const call = await callSentOn(carol.extension);
  const answered = await carol.phone.nextCall();
  await expectJoined([alice.phone, call], [carol.phone, answered]);
  const diversions = answered.invite?.headers.fields(header.diversion).map(({ value }) => value);
  expect(diversions).toEqual([expect.stringMatching(/^<sip:201@.+>;reason=unconditional$/)]);
  // It is answered a moment before that is stored.
  await eventually(async () => {
    const live = (await tenant.ask('GET', '/Calls')).body as { calls: readonly { id: string }[] };
    expect(live.calls).toMatchObject([
      { destination: { req: { user: '201' }, to: { user: '202' } }, number: { diverter: null }, status: 'answered' },
    ]);
  });
  call.hangUp();
  await expectEnd(answered, 'ended by peer');
  expect(await cdrsOf(tenant, 1)).toMatchObject([{ caller: '200', callee: '202', disposition: 'ANSWERED' }]);
});

test.each(['+46890510', '900', '201'])('a redirection to %s is not followed: 480', async (user) => {
  await expectEnd(await callSentOn(user), 'failed 480');
});

test('a redirection to a host of others is not followed: 480, and nothing is sent there', async () => {
  const [{ phone: stranger }] = await newSoftphones(tenant, ['208']);
  open.use(stranger);
  await expectEnd(await callSentOn('208', stranger.place.address), 'failed 480');
  expect(stranger.calls).toEqual([]);
});

test('two phones that send calls on to each other end the call', async () => {
  carol.phone.answers = 'wait';
  const call = await callSentOn(carol.extension);
  (await carol.phone.nextCall()).reject(302, sentOn(bob.extension, bob.phone.domain));
  await expectEnd(call, 'failed 480');
  const [one, other] = [bob, carol].map(({ phone }) => phone.calls.length);
  expect([one, other]).toEqual([6, 2]);
});

test('a redirection to an extension that the dial plan denies is not followed', async () => {
  const policy = { name: uniqueName('closed'), status: 'active', conditions: { pattern: `^${carol.extension}$` } };
  expect(outcome(await tenant.ask('PUT', '/dialplan/policy', { ...policy, actions: { allow: false } }))).toBe('201');
  await expectEnd(await callSentOn(carol.extension), 'failed 480');
});
