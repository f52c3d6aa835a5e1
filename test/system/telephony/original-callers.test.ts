import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { dialedIn } from '#functions/sip-sidecar/calls/routing/dialed.ts';
import { freePort } from '#infra/local/machine/free-port.ts';
import { header, textHeader } from '#sip/header-kinds.ts';
import { Headers } from '#sip/headers.ts';
import { eventually } from '#test/support/eventually.ts';
import { Softphone } from '#test/support/softphone.fixture.ts';
import { needs } from '#test/support/tools.ts';
import { newNumber, useExtensions, newFlow, newGatewayTo } from '../calls.fixture.ts';
import { machineAddress, needsMachineAddress } from '../peers/machine-address.ts';
import { ownAddress } from '../peers/sip-server.ts';
import { sharedTaskCloud, type TaskCloud } from '../sidecar-tasks.fixture.ts';
import { expectEnd, untilTrusted } from '../softphones.fixture.ts';
import { outcome, texts, trustAddresses, uniqueName, type Body } from '../tenant.fixture.ts';

/** Which caller those outside see whom a flow calls for someone outside. */

needs('rtpengine');
needsMachineAddress();

const everything = new AsyncDisposableStack();
let cloud: TaskCloud;
/** Where calls come from, with any number as its caller. */
let carrier: Softphone;
/** Where the flow calls. */
let outside: Softphone;
/** Id of its gateway. */
let gateway: string;
let number: string;

beforeAll(async () => {
  cloud = await sharedTaskCloud();
  const { tenant, operator, tasks } = cloud;
  const [task] = tasks;
  outside = everything.use(await Softphone.open(task, { from: ownAddress(), hasDigits: true }));
  const { id: outsideId, name } = await newGatewayTo(tenant, outside.place);
  gateway = outsideId;
  const destination = `sofia/gateway/${name}/$0`;
  await useExtensions(tenant, { priority: 2, pattern: '^[+]4670[0-9]+$', action: 'bridge', destination });
  carrier = await trunk(task);
  const id = await newFlow(tenant, { ring: { type: 'dial', to: ['+46701234567'], caller_id: 'original' } });
  number = await newNumber(tenant, { type: 'flow', id }, operator);
});
afterAll(() => everything.disposeAsync());

/** What is at a carrier trunk, which calls from the address of this machine. */
async function trunk(task: { readonly address: string; readonly port: number }): Promise<Softphone> {
  const { tenant, operator } = cloud;
  const port = await freePort();
  const made = await tenant.ask('PUT', '/siptrunk/carrier', { name: uniqueName('in'), host: machineAddress, port });
  const ips = [{ address: machineAddress, port, type: 'both' }] as const;
  const trusted = await trustAddresses(tenant, texts(made)['id'] ?? '', ips, operator);
  expect([outcome(made), outcome(trusted)]).toEqual(['201', '201']);
  await untilTrusted(machineAddress, port, task);
  return everything.use(await Softphone.open(task, { from: machineAddress, port, hasDigits: true }));
}

const withheld = Headers.none.append(textHeader('Privacy'), 'id');

/** Whom those outside see when a number calls: in From, and the asserted identity. */
async function seenFrom(caller: string, privacy = Headers.none, called = number) {
  const identity = privacy.append(textHeader('P-Asserted-Identity'), `<sip:${caller}@carrier.example.com>`);
  const call = carrier.call(called, { headers: identity });
  const there = await outside.nextCall();
  const invite = there.invite ?? expect.fail('there is no INVITE');
  const asserted = invite.headers.first(header.assertedIdentity);
  await eventually(() => expect(there.log.at(-1)).toBe('acknowledged'), 20_000);
  call.hangUp();
  await expectEnd(there, 'ended by peer');
  return [dialedIn(invite.from.uri), asserted !== undefined && 'uri' in asserted ? dialedIn(asserted.uri) : null];
}

const change = (body: Body, token?: string) =>
  cloud.tenant.ask(
    'POST',
    `/sipgateways/${gateway}?org_id=${cloud.tenant.id}`,
    body,
    token === undefined ? {} : { token },
  );
const accepts = async (isAccepted: boolean) => {
  const changed = await change({ foreign_caller_id: isAccepted }, cloud.operator);
  expect([outcome(changed), texts(changed)['foreign_caller_id']]).toEqual(['200', isAccepted]);
};

describe('a gateway', () => {
  test('sees a number of the organization, unless it accepts those of others', async () => {
    expect(await seenFrom('+14155550123')).toEqual([number, null]);
    await accepts(true);
    // The directory of a task caches gateways for some seconds.
    await eventually(async () => expect(await seenFrom('+14155550123')).toEqual(['+14155550123', null]), 60_000);
  }, 90_000);

  test('does not see the number of a caller that withholds it', async () => {
    expect(await seenFrom('+14155550123', withheld)).toEqual(['anonymous', null]);
  });

  test('sees who calls a user that forwards, if the organization says so', async () => {
    const { tenant, operator } = cloud;
    const made = await tenant.ask('PUT', '/users', { username: uniqueName('forwards'), extension: '230' });
    const { id = '' } = texts(made);
    const ofUser = await newNumber(tenant, { type: 'user', id }, operator);
    const forward = { always: '+46701234567' };
    const set = (forward_caller_id: string | null) =>
      tenant.ask('POST', `/orgs/${tenant.id}`, { settings: { forward_caller_id } });
    expect(
      [
        made,
        await tenant.ask('POST', `/users/${id}`, { direct_number: ofUser }),
        await tenant.ask('PUT', `/users/${id}/callhandling`, { forward, voicemail: false }),
        await set('mine'),
      ].map(outcome),
    ).toEqual(['201', '200', '201', '422 VALIDATION_FAILED']);
    expect(await seenFrom('+14155550123', Headers.none, ofUser)).toEqual([ofUser, null]);
    expect(outcome(await set('original'))).toBe('200');
    await eventually(async () => {
      expect(await seenFrom('+14155550123', Headers.none, ofUser)).toEqual(['+14155550123', null]);
    }, 60_000);
    expect(await seenFrom('+14155550123', withheld, ofUser)).toEqual(['anonymous', null]);
    await accepts(false);
    await eventually(async () => {
      expect(await seenFrom('+14155550123', Headers.none, ofUser)).toEqual([ofUser, null]);
    }, 60_000);
    expect(outcome(await set(null))).toBe('200');
    await accepts(true);
  }, 200_000);

  test('is said to accept them by the seller only, until it is another host', async () => {
    expect(outcome(await change({ foreign_caller_id: false }))).toBe('403 NOT_THE_SELLER');
    expect(texts(await change({ port: outside.place.port + 1 }))).toMatchObject({ foreign_caller_id: false });
    expect(outcome(await change({ port: outside.place.port, foreign_caller_id: true }))).toBe('403 NOT_THE_SELLER');
  });
});

test('a gateway over a trunk accepts what its trunk does', async () => {
  const { tenant, operator } = cloud;
  const own = await tenant.ask('PUT', '/siptrunk/carrier', { name: uniqueName('out'), host: 'sip.example.com' });
  const id = texts(own)['id'] ?? '';
  const over = { name: uniqueName('over'), trunk_id: id };
  const made = await tenant.ask('PUT', '/sipgateways/new', over);
  const path = `/sipgateways/${texts(made)['id']}`;
  expect([outcome(made), texts(made)['foreign_caller_id']]).toEqual(['201', false]);
  const asked = await tenant.ask(
    'POST',
    `${path}?org_id=${tenant.id}`,
    { foreign_caller_id: true },
    { token: operator },
  );
  expect(outcome(asked)).toBe('422 VALIDATION_FAILED');
  const ofTrunk = `/siptrunk/${id}?org_id=${tenant.id}`;
  expect(outcome(await tenant.ask('POST', ofTrunk, { foreign_caller_id: true }))).toBe('403 NOT_THE_SELLER');
  const consent = await tenant.ask('POST', ofTrunk, { foreign_caller_id: true }, { token: operator });
  expect(texts(consent)).toMatchObject({ foreign_caller_id: true });
  expect(texts(await tenant.ask('GET', path))).toMatchObject({ foreign_caller_id: true });
  // PUT without it keeps it, as it is the seller's.
  const replaced = await tenant.ask('PUT', `/siptrunk/${id}`, { name: uniqueName('out'), host: 'sip.example.com' });
  expect(texts(replaced)).toMatchObject({ foreign_caller_id: true });
});
