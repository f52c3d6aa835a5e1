import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventually } from '../../support/eventually.ts';
import { Softphone } from '../../support/softphone.fixture.ts';
import { needs } from '../../support/tools.ts';
import { cdrsOf, newNumber, useExtensions } from '../calls.fixture.ts';
import {
  converse,
  expectEnd,
  expectJoined,
  newSoftphones,
  untilTrusted,
  type RegisteredSoftphone,
} from '../softphones.fixture.ts';
import {
  consentToHost,
  outcome,
  texts,
  trustAddresses,
  uniqueName,
  type AdministeredTenant,
} from '../tenant.fixture.ts';
import { newPeerTenant } from './accounts.ts';
import { routed, startProxy } from './kamailio.ts';
import { freePort } from '#infra/local/machine/free-port.ts';
import { machineAddress, needsMachineAddress } from './machine-address.ts';
import { ownAddress, sipServer } from './sip-server.ts';

let tenant: AdministeredTenant;
let alice: RegisteredSoftphone;
const open = new DisposableStack();

beforeAll(async () => {
  tenant = await newPeerTenant();
  await useExtensions(tenant);
  const [phone] = await newSoftphones(tenant, ['200']);
  open.use(phone.phone);
  alice = phone;
});
afterAll(() => open.dispose());

const carrier = async (): Promise<Softphone> => open.use(await Softphone.open(sipServer, { from: ownAddress() }));

/** A gateway to an address. @returns its name */
async function gatewayTo({ address, port }: { readonly address: string; readonly port: number }): Promise<string> {
  const name = uniqueName('carrier');
  const fields = { name, host: address, port, ping: { enabled: false } };
  const made = await tenant.ask('PUT', '/sipgateways/new', fields);
  expect(outcome(made)).toBe('201');
  // Tenants of other tests are at the address of the machine, too.
  await consentToHost(tenant, `/sipgateways/${texts(made)['id']}`);
  return name;
}

let numbers = 0;

/** A number of the dial plan that goes over gateways, in their order. */
async function numberOver(gateway: string, ...failover: readonly string[]): Promise<string> {
  numbers += 1;
  const number = `07${String(numbers).padStart(3, '0')}`;
  const policy = {
    name: uniqueName('over'),
    status: 'active',
    conditions: { pattern: `^${number}$` },
    actions: { allow: true, gateway, ...(failover.length === 0 ? {} : { failover_gateways: failover }) },
    priority: numbers,
  };
  const made = await tenant.ask('PUT', '/dialplan/policy', policy);
  expect(outcome(made), JSON.stringify(made.body)).toBe('201');
  return number;
}

describe('a carrier', () => {
  test.each([
    [486, 486],
    [503, 503],
    [404, 404],
    [407, 403],
  ])('that answers %i is %i for the caller', async (status, heard) => {
    const one = await carrier();
    one.answers = status;
    const call = alice.phone.call(await numberOver(await gatewayTo(one.place)));
    await expectEnd(call, `failed ${heard}`);
  });

  test('that sends early media is heard before it answers', async () => {
    const one = await carrier();
    one.answers = 'ring';
    const call = alice.phone.call(await numberOver(await gatewayTo(one.place)));
    const there = await one.nextCall();
    there.beginMedia();
    await eventually(() => expect(call.media).toBe(`${one.mediaPort} sendrecv`), 20_000);
    expect([call.log.includes('183'), call.isUp]).toEqual([true, false]);
    there.answer();
    await expectJoined([alice.phone, call], [one, there]);
    there.hangUp();
    await expectEnd(call, 'ended by peer');
  });

  test('that answers 503 is followed by the next one', async () => {
    const [one, other] = [await carrier(), await carrier()];
    one.answers = 503;
    const number = await numberOver(await gatewayTo(one.place), await gatewayTo(other.place));
    const { caller, callee } = await converse(alice.phone, other, number);
    expect(one.calls).toHaveLength(1);
    caller.hangUp();
    await expectEnd(callee, 'ended by peer');
  });

  test('that sends nothing for 4 s is followed by the next one', async () => {
    const dead = createSocket('udp4').bind(0, ownAddress());
    open.defer(() => dead.close());
    await once(dead, 'listening');
    const other = await carrier();
    const number = await numberOver(await gatewayTo(dead.address()), await gatewayTo(other.place));
    const began = performance.now();
    const { caller, callee } = await converse(alice.phone, other, number);
    expect(performance.now() - began).toBeGreaterThan(3_500);
    caller.hangUp();
    await expectEnd(callee, 'ended by peer');
  });

  test('whose callee is busy is not followed by another one', async () => {
    const [one, other] = [await carrier(), await carrier()];
    one.answers = 486;
    const number = await numberOver(await gatewayTo(one.place), await gatewayTo(other.place));
    await expectEnd(alice.phone.call(number), 'failed 486');
    expect(other.calls).toEqual([]);
  });
});

describe('Kamailio as a proxy that stays in the dialog', () => {
  needs('kamailio');
  needsMachineAddress();

  /** A proxy in front of carriers. */
  async function proxyTo(...carriers: readonly Softphone[]) {
    const place = { address: machineAddress, port: await freePort() };
    const program = await startProxy({ ...place, carriers: carriers.map((each) => each.place), platform: sipServer });
    const routedMethods = () =>
      [...program.printed().matchAll(new RegExp(`${routed} (\\w+)`, 'g'))].map(([, each]) => each);
    return { place, routedMethods, [Symbol.asyncDispose]: () => program.stop('SIGKILL') };
  }

  test('gets the ACK, the re-INVITEs and the BYE of a call to a carrier', async () => {
    const one = await carrier();
    await using proxy = await proxyTo(one);
    const { caller, callee } = await converse(alice.phone, one, await numberOver(await gatewayTo(proxy.place)));
    expect(await caller.offer('sendonly')).toBe(`${one.mediaPort} recvonly`);
    expect(await callee.offer('sendrecv')).toBe(`${alice.phone.mediaPort} sendrecv`);
    caller.hangUp();
    await expectEnd(callee, 'ended by peer');
    await eventually(() => expect(proxy.routedMethods()).toEqual(['ACK', 'INVITE', 'ACK', 'INVITE', 'ACK', 'BYE']));
  });

  test('gets the requests of both sides of a call from a carrier', async () => {
    const proxyPort = await freePort();
    const trunk = await tenant.ask('PUT', '/siptrunk/carrier', {
      name: uniqueName('carrier'),
      host: machineAddress,
      port: proxyPort,
    });
    const ips = [{ address: machineAddress, port: proxyPort, type: 'both' }] as const;
    expect(outcome(await trustAddresses(tenant, texts(trunk)['id'] ?? '', ips))).toBe('201');
    const number = await newNumber(tenant, { type: 'device', id: alice.device });
    await untilTrusted(machineAddress, proxyPort);
    const place = { address: machineAddress, port: proxyPort };
    const one = open.use(await Softphone.open(place, { from: ownAddress() }));
    await using proxy = await startProxy({ ...place, carriers: [one.place], platform: sipServer });
    const { caller, callee } = await converse(one, alice.phone, number);
    expect(await callee.offer('sendonly')).toBe(`${one.mediaPort} recvonly`);
    callee.hangUp();
    await expectEnd(caller, 'ended by peer');
    await eventually(() =>
      expect([...proxy.printed().matchAll(new RegExp(`${routed} (\\w+)`, 'g'))].map(([, each]) => each)).toEqual([
        'ACK',
        'INVITE',
        'ACK',
        'BYE',
      ]),
    );
    await eventually(async () =>
      expect(await cdrsOf(tenant, 1)).toEqual(
        expect.arrayContaining([
          expect.objectContaining({ callee: number, direction: 'inbound', disposition: 'ANSWERED' }),
        ]),
      ),
    );
  });

  test('forks to two carriers that both answer: the second one gets ACK and BYE', async () => {
    const [one, other] = [await carrier(), await carrier()];
    one.answers = 'ring';
    other.answers = 'ring';
    await using proxy = await proxyTo(one, other);
    const call = alice.phone.call(await numberOver(await gatewayTo(proxy.place)));
    const [first, second] = [await one.nextCall(), await other.nextCall()];
    first.answer();
    second.answer();
    const surplus = await eventually(() => {
      const ended = [first, second].filter((each) => each.log.at(-1) === 'ended by peer');
      expect(ended).toHaveLength(1);
      return ended;
    }, 20_000);
    expect(surplus[0]?.log).toEqual(['answered', 'acknowledged', 'ended by peer']);
    const [kept] = [first, second].filter((each) => !surplus.includes(each));
    expect([call.isUp, kept?.isUp]).toEqual([true, true]);
    call.hangUp();
    await eventually(() => expect(kept?.log.at(-1)).toBe('ended by peer'), 20_000);
  });
});
