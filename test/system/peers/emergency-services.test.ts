import { afterAll, beforeAll, expect, test } from 'vitest';
import type { SipRequest } from '#sip/message.ts';
import { partsOf } from '#sip/multipart.ts';
import { sdpOf } from '#sip/session/body.ts';
import { printUri } from '#sip/uri.ts';
import { eventually } from '#test/support/eventually.ts';
import { Softphone } from '#test/support/softphone.fixture.ts';
import { needs } from '#test/support/tools.ts';
import { operatorToken } from '../cloud.ts';
import { consentToHost, outcome, texts, uniqueName, type AdministeredTenant } from '../tenant.fixture.ts';
import { newAccounts, newPeerTenant } from './accounts.ts';
import { machineAddress, needsMachineAddress } from './machine-address.ts';
import { ownAddress, sipServer } from './sip-server.ts';
import { answered, ask, callerSide, dial, hangUp, part, provenSequence, rejected } from './sipp-dialog.ts';
import { sdp } from './sipp-elements.ts';
import { callAll } from './sipp.ts';

needs('sipp');
needsMachineAddress();

/** Phones of SIPp that call help by the URN of a service, and say where they are (RFC 5031, RFC 6442). */

let tenant: AdministeredTenant;
let gateway: Softphone;
beforeAll(async () => {
  tenant = await newPeerTenant();
  gateway = await Softphone.open(sipServer, { from: machineAddress });
  const { address: host, port } = gateway.place;
  const name = uniqueName('gateway');
  const made = await tenant.ask('PUT', '/sipgateways/new', { name, host, port, ping: { enabled: false } });
  await consentToHost(tenant, `/sipgateways/${texts(made)['id']}`);
  const conditions = { pattern: '^07001$' };
  const policy = { name, status: 'active', conditions, actions: { allow: true, gateway: name } };
  expect([outcome(made), outcome(await tenant.ask('PUT', '/dialplan/policy', policy))]).toEqual(['201', '201']);
});
afterAll(() => gateway[Symbol.dispose]());

const place = '<presence xmlns="urn:ietf:params:xml:ns:pidf" entity="pres:room-12@phone.example"/>';
const lines = [
  'Geolocation: <cid:here@phone.example>',
  'Geolocation-Routing: yes',
  'Content-Type: multipart/mixed;boundary=part',
];
const body = [
  '--part',
  'Content-Type: application/pidf+xml',
  'Content-ID: <here@phone.example>',
  '',
  place,
  '--part',
  'Content-Type: application/sdp',
  '',
  ...sdp('caller'),
  '--part--',
];

/** A phone of SIPp calls, talks and hangs up. @returns the INVITE at the gateway */
async function callOf(number: string): Promise<SipRequest> {
  const accounts = await newAccounts(tenant, { devices: 1 });
  const scenario = part(
    dial(number, { lines, body }),
    answered(),
    ask(callerSide, 'ACK', provenSequence),
    hangUp(callerSide, provenSequence + 1),
  );
  const [, { invite }] = await Promise.all([callAll(scenario, { accounts, from: ownAddress() }), gateway.nextCall()]);
  return invite ?? expect.fail('the gateway is not called');
}

const locationIn = ({ headers }: SipRequest): readonly string[] =>
  [...headers].flatMap(({ name, value }) => (name.startsWith('Geolocation') ? [`${name}: ${value}`] : []));

test('the gateway of a call to a service gets its number and the place of the caller', async () => {
  const invite = await callOf('urn:service:sos.police');
  expect(printUri(invite.uri)).toMatch(/^sip:110@/);
  expect(locationIn(invite)).toEqual(lines.slice(0, 2));
  expect(partsOf(invite).map(({ type, id }) => [type, id])).toEqual([
    ['application/sdp', undefined],
    ['application/pidf+xml', '<here@phone.example>'],
  ]);
  expect(partsOf(invite)[1]?.body.toString()).toBe(place);
  expect(sdpOf(invite)).toMatch(/^v=0\r\n/);
  await eventually(async () => {
    const { body: found } = await tenant.ask('GET', `/events/org/${tenant.id}?type=call.emergency`);
    expect(JSON.stringify(found)).toContain('"called":"110"');
  });
});

test('the place of a caller passes to no other call', async () => {
  const invite = await callOf('07001');
  expect(locationIn(invite)).toEqual([]);
  expect(invite.headers.fields({ key: 'content-type' }).map(({ value }) => value)).toEqual(['application/sdp']);
  expect(invite.body.toString()).not.toContain('presence');
});

test('an organization that may have no more calls calls help', async () => {
  const limits = { max_concurrent_calls: 0 };
  const full = await tenant.ask('POST', `/orgs/${tenant.id}`, { limits }, { token: operatorToken() });
  expect(outcome(full)).toBe('200');
  const accounts = await newAccounts(tenant, { devices: 1 });
  await callAll(part(dial('07001'), rejected('07001', 486)), { accounts, from: ownAddress() });
  expect(printUri((await callOf('urn:service:sos.police')).uri)).toMatch(/^sip:110@/);
});

test('a service that is no help is rejected', async () => {
  const accounts = await newAccounts(tenant, { devices: 1 });
  const [service, status] = ['urn:service:counseling', 416] as const;
  const steps = dial(service).split('\n');
  const first = steps.findIndex((step) => step.startsWith('<recv response="407"'));
  expect(first).toBeGreaterThan(0);
  await callAll(part(...steps.slice(0, first), rejected(service, status)), { accounts, from: ownAddress() });
});
