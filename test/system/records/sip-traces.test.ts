import { execFileSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type * as z from 'zod';
import { CallTrace } from '#functions/calls/calls/trace.ts';
import { freePort } from '#infra/local/machine/free-port.ts';
import { eventually } from '#test/support/eventually.ts';
import { Softphone } from '#test/support/softphone.fixture.ts';
import { needs } from '#test/support/tools.ts';
import { newCalledUser } from '../called-users.fixture.ts';
import { newNumber, useExtensions } from '../calls.fixture.ts';
import { connect } from '../cloud.ts';
import { newAccountOf, newPeerTenant } from '../peers/accounts.ts';
import { machineAddress, needsMachineAddress } from '../peers/machine-address.ts';
import { ownAddress, sipServer } from '../peers/sip-server.ts';
import { peopleIn } from '../people.ts';
import { converse, untilTrusted } from '../softphones.fixture.ts';
import {
  askAsOperator,
  consentToHost,
  newAdministeredTenant,
  outcome,
  texts,
  trustAddresses,
  uniqueName,
  type AdministeredTenant,
  type Ask,
} from '../tenant.fixture.ts';

needs('tshark');
const tshark = '/usr/bin/tshark';
needsMachineAddress();

/** The SIP messages of calls, as their organizations read them. A carrier calls from the address of this machine. */

let tenant: AdministeredTenant;
let other: AdministeredTenant;
let ann: Agent;
let bob: Agent;
const open = new DisposableStack();

/** A user that reads only its own calls, with a phone. */
type Agent = { readonly id: string; readonly device: string; readonly phone: Softphone; readonly ask: Ask };

async function newAgent(extension: string): Promise<Agent> {
  const people = peopleIn(connect().outputs);
  const member = await people.join(tenant.organization, 'agent');
  const { id } = member.user;
  const account = await newAccountOf(tenant, { user: id, extension });
  const phone = open.use(await Softphone.open(sipServer, { from: ownAddress(), account }));
  expect(await phone.register()).toBe(200);
  const token = await people.signIn(member);
  return {
    ...{ id, device: account.device, phone },
    ask: (method, path, body) => tenant.ask(method, path, body, { token }),
  };
}

type Trace = z.output<typeof CallTrace>;

beforeAll(async () => {
  [tenant, other] = await Promise.all([newPeerTenant(), newAdministeredTenant('traces')]);
  await useExtensions(tenant);
  expect(outcome(await tenant.ask('POST', `/orgs/${tenant.id}`, { settings: { sip_trace: 'all' } }))).toBe('200');
  [ann, bob] = [await newAgent('201'), await newAgent('202')];
});
afterAll(() => open.dispose());

/** The id of the newest call that has ended. */
async function endedCall(of: AdministeredTenant): Promise<string> {
  const { body } = await of.ask('GET', '/Calls/history');
  return (body as { calls: { id: string }[] }).calls[0]?.id ?? '';
}

async function traceOf(id: string, ask: Ask = tenant.ask, query = ''): Promise<Trace> {
  let found: Trace | undefined;
  await eventually(async () => {
    const answer = await ask('GET', `/Calls/${id}/trace${query}`);
    expect(outcome(answer)).toBe('200');
    found = CallTrace.parse(answer.body);
  }, 20_000);
  if (found === undefined) throw new Error('there is no trace');
  return found;
}

/** A call of Ann to Bob, who talks and is hung up. @returns its id */
async function talk(): Promise<string> {
  const before = await endedCall(tenant);
  const { caller } = await converse(ann.phone, bob.phone, '202');
  caller.hangUp();
  let id = '';
  await eventually(async () => {
    id = await endedCall(tenant);
    expect([before, '']).not.toContain(id);
  }, 30_000);
  return id;
}

/** The ladder of a leg: what went in (`<`) and out (`>`), without repetitions. */
const ladder = ({ messages }: Trace, leg: number): string[] => [
  ...new Set(
    messages
      .filter((message) => message.leg === leg)
      .map(({ direction, title }) => {
        const [first = '', second = ''] = title.split(' ');
        return `${direction === 'received' ? '<' : '>'} ${first === 'SIP/2.0' ? second : first}`;
      }),
  ),
];

test('a call has its ladder on both legs, without what proves who calls', async () => {
  await talk();
  // From the second traced call on, the challenge is seen, too.
  const id = await talk();
  const trace = await traceOf(id);
  expect(trace.legs.map(({ kind, user_id: user }) => [kind, user])).toEqual([
    ['device', ann.id],
    ['device', bob.id],
  ]);
  const caller = ladder(trace, 1);
  expect(caller.slice(0, 2)).toEqual(['< INVITE', '> 407']);
  expect(caller).toEqual(expect.arrayContaining(['> 180', '> 200', '< ACK', '< BYE']));
  // A phone that rings within 200 ms sends no 100 (RFC 3261 §17.2.1).
  const callee = ladder(trace, 2).filter((message) => message !== '< 100');
  expect(callee).toEqual(['> INVITE', '< 180', '< 200', '> ACK', '> BYE']);
  const whole = trace.messages.map(({ text }) => text).join('');
  expect(whole).toMatch(/^Proxy-Authorization: Digest .*response="cut-out"/m);
  expect(whole).not.toMatch(/(?:response|nonce)="?[0-9a-f]{8}/);
});

test('it is a capture of which tshark lists the messages', async () => {
  const id = await talk();
  const { messages } = await traceOf(id);
  const answer = await fetch(`${connect().outputs['ApiUrl']}/Calls/${id}/trace?format=pcap`, {
    headers: { authorization: `Bearer ${tenant.token}` },
  });
  expect(answer.headers.get('content-type')).toBe('application/vnd.tcpdump.pcap');
  const file = path.join(mkdtempSync(path.join(tmpdir(), 'trunkline-trace-')), 'call.pcap');
  writeFileSync(file, await answer.bytes());
  const fields = ['-e', 'sip.Method', '-e', 'sip.Status-Code', '-e', '_ws.malformed'];
  const printed = execFileSync(tshark, ['-r', file, '-T', 'fields', ...fields], { encoding: 'utf8' });
  const seen = printed
    .trimEnd()
    .split('\n')
    .map((line) => line.trim());
  const expected = messages.map(({ title }) => title.replace(/^SIP\/2\.0 (\d+).*|^(\w+) .*/, '$1$2'));
  expect(seen).toEqual(expected);
});

test('others do not find it, and a user that reads only its own calls sees its own leg', async () => {
  const id = await talk();
  await traceOf(id);
  expect(outcome(await other.ask('GET', `/Calls/${id}/trace`))).toBe('404 NOT_FOUND');
  const own = await traceOf(id, ann.ask);
  expect(own.legs.map(({ user_id: user }) => user)).toEqual([ann.id]);
  expect(own.messages.every(({ leg }) => leg === 1)).toBe(true);
  // It is the caller's call.
  expect(outcome(await bob.ask('GET', `/Calls/${id}/trace`))).toBe('404 NOT_FOUND');
});

test('of a carrier that its seller shares only the seller sees the leg', async () => {
  const port = await freePort();
  const made = await tenant.ask('PUT', '/siptrunk/carrier', {
    name: uniqueName('carrier'),
    host: machineAddress,
    port,
  });
  const { id: trunk = '' } = texts(made);
  const trusted = await trustAddresses(tenant, trunk, [{ address: machineAddress, port, type: 'both' }]);
  expect([outcome(made), outcome(trusted)]).toEqual(['201', '201']);
  await untilTrusted(machineAddress, port);
  const carrier = open.use(await Softphone.open(sipServer, { from: machineAddress, port }));
  const { caller } = await converse(carrier, bob.phone, await newNumber(tenant, { type: 'device', id: bob.device }));
  const live = await tenant.ask('GET', '/Calls');
  const id = (live.body as { calls: { id: string }[] }).calls[0]?.id ?? '';
  caller.hangUp();
  const kinds = ({ legs }: Trace) => legs.map(({ kind }) => kind);
  expect(kinds(await traceOf(id))).toEqual(['trunk', 'device']);
  await consentToHost(tenant, `/siptrunk/${trunk}`);
  const customers = await traceOf(id);
  expect(kinds(customers)).toEqual(['device']);
  expect(customers.messages.map(({ remote, text }) => `${remote} ${text}`).join('')).not.toContain(`:${port}`);
  const sellers = await traceOf(id, askAsOperator, `?org_id=${tenant.id}`);
  expect(kinds(sellers)).toEqual(['trunk', 'device']);
  expect(ladder(sellers, 1)).toEqual(expect.arrayContaining(['< INVITE', '> 200', '< BYE']));
});

test('with `failed` only calls that fail have a trace, and with `off` none', async () => {
  const setting = async (sip_trace: string) => {
    const id = await newPeerTenant();
    expect(outcome(await id.ask('POST', `/orgs/${id.id}`, { settings: { sip_trace } }))).toBe('200');
    await useExtensions(id);
    const [from, to] = [await newCalledUser(id, '201', open), await newCalledUser(id, '202', open)];
    const { caller } = await converse(from.phone, to.phone, '202');
    caller.hangUp();
    to.phone.answers = 486;
    await eventually(async () => expect(await endedCall(id)).not.toBe(''), 30_000);
    const answered = await endedCall(id);
    const busy = from.phone.call('202');
    await eventually(() => expect(busy.log.at(-1)).toBe('failed 486'), 20_000);
    await eventually(async () => expect(await endedCall(id)).not.toBe(answered), 30_000);
    return { ask: id.ask, answered, failed: await endedCall(id) };
  };
  const [failed, off] = [await setting('failed'), await setting('off')];
  const trace = await traceOf(failed.failed, failed.ask);
  expect(ladder(trace, 2)).toEqual(expect.arrayContaining(['> INVITE', '< 486', '> ACK']));
  expect(outcome(await failed.ask('GET', `/Calls/${failed.answered}/trace`))).toBe('404 NOT_FOUND');
  expect(outcome(await off.ask('GET', `/Calls/${off.failed}/trace`))).toBe('404 NOT_FOUND');
});
