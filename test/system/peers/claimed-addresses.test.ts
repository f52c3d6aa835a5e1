import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventually } from '../../support/eventually.ts';
import { newCaller, statusOf, type Caller } from '../../support/sip-caller.fixture.ts';
import { cdrsOf, newNumber, useExtensions } from '../calls.fixture.ts';
import { untilTrusted } from '../softphones.fixture.ts';
import { outcome, texts, trustAddresses, uniqueName, type AdministeredTenant } from '../tenant.fixture.ts';
import { newPeerTenant } from './accounts.ts';
import { freePort } from '#infra/local/machine/free-port.ts';
import { machineAddress, needsMachineAddress } from './machine-address.ts';
import { sipServer } from './sip-server.ts';

needsMachineAddress();

// A customer names the address of another's phone, PBX or carrier, and gets none of its calls.

type TrunkType = 'pbx' | 'peer' | 'carrier';

let victim: AdministeredTenant;
let attacker: AdministeredTenant;
const open = new DisposableStack();

beforeAll(async () => {
  [victim, attacker] = await Promise.all([newPeerTenant(), newPeerTenant()]);
  // Whatever is dialed is a call of the attacker.
  const rules = [{ priority: 1, pattern: '^.*$', action: 'bridge', destination: 'user/200@office' }];
  await attacker.ask('PUT', '/dialplan/template', { name: 'All', rules, variables: {} });
  await useExtensions(victim);
});
afterAll(() => open.dispose());

/** A trunk with an address. @returns the outcome of setting the address */
async function claim(of: AdministeredTenant, type: TrunkType, port: number, isSeller = false): Promise<string> {
  const made = await of.ask('PUT', `/siptrunk/${type}`, { name: uniqueName(type), host: machineAddress, port });
  const id = texts(made)['id'] ?? '';
  const ips = [{ address: machineAddress, port, type: 'signaling' }] as const;
  return outcome(isSeller ? await trustAddresses(of, id, ips) : await of.ask('PUT', `/siptrunkips/${id}`, { ips }));
}

async function callerAt(port: number, transport: 'udp' | 'tcp' = 'udp'): Promise<Caller> {
  const caller = await newCaller(sipServer, machineAddress, transport, port);
  open.defer(() => caller.close());
  return caller;
}

const statusesOf = async (caller: Caller, dialed: readonly string[]): Promise<number[]> => {
  const statuses: number[] = [];
  for (const user of dialed)
    statuses.push(statusOf(await caller.invite({ uri: `sip:${user}@${sipServer.address}`, user: '200' })));
  return statuses;
};

const dialed = ['911', '112', '+14155550123'];
/** How a call of the attacker ends: no phone of its plan is registered. */
const ofAttacker = 480;

const expectNoCallOfAttacker = async (): Promise<void> => {
  expect((await attacker.ask('GET', '/Calls')).body).toMatchObject({ calls: [] });
  expect(await cdrsOf(attacker, 0)).toEqual([]);
};

describe.each(['pbx', 'peer', 'carrier'] as const)('who claims an address as that of a %s', (type) => {
  test.each(['udp', 'tcp'] as const)('gets no call that a phone begins there over %s', async (transport) => {
    const port = await freePort();
    expect(await claim(attacker, type, port)).toBe('201');
    // The address may be trusted for another trunk, as long as other tests call from it.
    expect(await statusesOf(await callerAt(port, transport), dialed)).not.toContain(ofAttacker);
    await expectNoCallOfAttacker();
  });

  test('does not keep its holder from it, and gets none of its calls', async () => {
    const port = await freePort();
    expect(await claim(attacker, type, port)).toBe('201');
    expect(await claim(victim, 'pbx', port, true)).toBe('201');
    await untilTrusted(machineAddress, port);
    expect(await statusesOf(await callerAt(port), ['911', '+14155550123'])).toEqual([404, 404]);
    await eventually(async () => expect(await cdrsOf(victim, 1)).not.toEqual([]));
    await expectNoCallOfAttacker();
  });

  test('is rejected where its holder is confirmed as a PBX', async () => {
    const port = await freePort();
    expect(await claim(victim, 'pbx', port, true)).toBe('201');
    expect(await claim(attacker, type, port)).toBe('409 IP_IN_USE');
  });
});

test('a carrier that another organization claims, too, calls the numbers of each', async () => {
  const port = await freePort();
  expect(await claim(attacker, 'carrier', port)).toBe('201');
  expect(await claim(victim, 'carrier', port)).toBe('201');
  const line = await victim.ask('PUT', '/devices/phone', {
    mac_address: `00156566${Math.floor(Math.random() * 0xffff)
      .toString(16)
      .padStart(4, '0')}`,
    lines: [{ line_number: 1, extension: '299' }],
  });
  const number = await newNumber(victim, { type: 'device', id: texts(line)['id'] ?? '' });
  // The phone is not registered: the call has come to it all the same.
  expect(await statusesOf(await callerAt(port), [number])).toEqual([480]);
  await expectNoCallOfAttacker();
});

test('only the seller says that an address is trusted', async () => {
  const made = await attacker.ask('PUT', '/siptrunk/pbx', { name: uniqueName('pbx'), host: machineAddress });
  const id = texts(made)['id'] ?? '';
  const entry = { address: machineAddress, port: await freePort(), type: 'signaling' };
  const put = (trusted: boolean) => attacker.ask('PUT', `/siptrunkips/${id}`, { ips: [{ ...entry, trusted }] });
  expect(outcome(await put(true))).toBe('403 NOT_THE_SELLER');
  expect(outcome(await put(false))).toBe('201');
});
