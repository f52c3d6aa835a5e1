import { afterAll, beforeAll, expect, test } from 'vitest';
import { isSipUri, userOf } from '#sip/uri.ts';
import { eventually } from '#test/support/eventually.ts';
import { newCaller, proof, statusOf, type Caller } from '#test/support/sip-caller.fixture.ts';
import { Softphone } from '#test/support/softphone.fixture.ts';
import { cdrsOf, useExtensions, newGatewayTo } from '../calls.fixture.ts';
import { newPeerTenant } from '../peers/accounts.ts';
import { ownAddress, sipServer } from '../peers/sip-server.ts';
import { storeEntries } from '../sip-tenancy.fixture.ts';
import { expectEnd, newSoftphones, type RegisteredSoftphone } from '../softphones.fixture.ts';
import type { AdministeredTenant } from '../tenant.fixture.ts';

// Single datagrams that call, as a sender with a forged source writes them: it never gets the answer.

const open = new DisposableStack();
let tenant: AdministeredTenant;
let carrier: Softphone;
let alice: RegisteredSoftphone;
/** Where Alice is registered. */
let atAlice: Caller;
/** PBXs whose address their holder, or the operator, has confirmed. */
let proven: Caller;
let trusted: Caller;

const callerAt = async (address: string): Promise<Caller> => {
  const caller = await newCaller(sipServer, address);
  open.defer(() => caller.close());
  return caller;
};

beforeAll(async () => {
  tenant = await newPeerTenant();
  carrier = open.use(await Softphone.open(sipServer, { from: ownAddress() }));
  const destination = `sofia/gateway/${(await newGatewayTo(tenant, carrier.place)).name}/$0`;
  await useExtensions(tenant, { priority: 2, pattern: '^9[0-9]{9}$', action: 'bridge', destination });
  [alice] = await newSoftphones(tenant, ['201']);
  open.use(alice.phone);
  atAlice = await callerAt(alice.phone.place.address);
  [proven, trusted] = [await callerAt(ownAddress()), await callerAt(ownAddress())];
  await storeEntries([
    { place: proven, of: { tenant }, type: 'pbx', proof: 'proven' },
    { place: trusted, of: { tenant }, type: 'pbx', proof: 'trusted' },
  ]);
  // Until the entries are known: the sidecar reads those of an address every 5 s.
  carrier.answers = 486;
  for (const pbx of [proven, trusted])
    await eventually(async () => expect(statusOf(await pbx.invite({ uri: uriOf(nextNumber()) }))).toBe(486), 30_000);
  carrier.answers = 'answer';
});
afterAll(() => open.dispose());

let numbers = 0;
/** A number that is called once. */
const nextNumber = (): string => `9${String((numbers += 1)).padStart(9, '0')}`;
const uriOf = (number: string): string => `sip:${number}@${sipServer.address}`;

const callsTo = (number: string) =>
  carrier.calls.filter(({ invite }) => invite !== undefined && isSipUri(invite.uri) && userOf(invite.uri) === number);

/** Calls a number, which answers, and does not acknowledge that. @returns the number, when the call is over */
async function callWithoutAck(from: Caller, more: { readonly user?: string; readonly prove?: boolean } = {}) {
  const { user = 'someone', prove = false } = more;
  const [number, invite] = [nextNumber(), { user, isAcknowledged: false }];
  const uri = uriOf(number);
  const lines = prove ? [proof(await from.invite({ uri, user }), alice.account, uri)] : [];
  expect(statusOf(await from.invite({ uri, ...invite, lines }))).toBe(200);
  const callee = await eventually(() => {
    const [call] = callsTo(number);
    if (call === undefined) throw new Error('the carrier is not called');
    return call;
  }, 20_000);
  // RFC 3261 §13.3.1.4 waits for 32 s.
  await expectEnd(callee, 'ended by peer', prove ? 60_000 : 20_000);
  return number;
}

/** What a call to a number has cost. */
async function cdrTo(number: string) {
  return eventually(async () => {
    const found = (await cdrsOf(tenant, 1)).find(({ callee }) => String(callee).endsWith(number));
    if (found === undefined) throw new Error('the call has no CDR');
    return found;
  }, 30_000);
}

/** Calls at once so many numbers that answer, and acknowledges none. */
async function expectFree(from: Caller, calls: number): Promise<void> {
  const numbers = await Promise.all(Array.from({ length: calls }, () => callWithoutAck(from)));
  const found = await Promise.all(numbers.map(cdrTo));
  const free = { disposition: 'CANCELLED', billable_seconds: 0 };
  expect(found).toMatchObject(numbers.map(() => free));
}

test('a caller that has authenticated pays from the answer', async () => {
  const { username: user } = alice.account;
  const number = await callWithoutAck(atAlice, { user, prove: true });
  const { disposition, billable_seconds: seconds } = await cdrTo(number);
  expect(disposition).toBe('ANSWERED');
  expect(seconds).toBeGreaterThan(0);
});

test('one that only its address identifies does not, and the third such call silences its source', async () => {
  await expectFree(proven, 3);
  const number = nextNumber();
  await expect(proven.invite({ uri: uriOf(number), patience: 1_000 })).rejects.toThrow('no final response');
  expect(callsTo(number)).toEqual([]);
});

test('a source that the operator trusts is not silenced, and its calls are free as well', async () => {
  await expectFree(trusted, 4);
});
