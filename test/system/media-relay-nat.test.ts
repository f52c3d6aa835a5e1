import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { describe, expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { needsNamespaces, openNatNamespace, type NatNamespace } from '../support/nat-namespace.fixture.ts';
import { Softphone } from '../support/softphone.fixture.ts';
import { needs } from '../support/tools.ts';
import { newLine } from './calls.fixture.ts';
import { start } from './peers/program.ts';
import { startRtpEngine } from './peers/rtpengine.ts';
import { callIs, dial, newPhoneUser, phonePages } from './phone-pages.fixture.ts';
import { expectSpeech, speakerOf, type Speaker } from './relayed-calls.fixture.ts';
import { startTaskCloud, type TaskAddress, type TaskCloud } from './sidecar-tasks.fixture.ts';

/** A phone whose description names an address that no one outside of its network reaches. */

needs('rtpengine');
needsNamespaces();

/** Packets that make it certain that a voice is heard. */
const enough = 25;

/** Counts the packets for a host of our network. */
async function packetsTo(address: string, port: number) {
  const socket = createSocket('udp4').bind(port, address);
  await once(socket, 'listening');
  let packets = 0;
  socket.on('message', () => (packets += 1));
  return { packets: () => packets, [Symbol.dispose]: () => void socket.close() };
}

/** A cloud outside of such a network, with a relay, and a phone that has a voice. */
async function openOutside(
  everything: AsyncDisposableStack,
  addresses: 'private' | 'public',
  env: NodeJS.ProcessEnv,
): Promise<Outside> {
  const network = everything.use(openNatNamespace(addresses));
  const relay = everything.use(await startRtpEngine(network.outside));
  const cloud = await startTaskCloud(1, { HOST: network.outside, MEDIA_RELAY: relay.name, ...env });
  everything.defer(() => cloud.cloud.stop());
  const [server] = cloud.tasks;
  if (server === undefined) throw new Error('no task');
  const account = await newLine(cloud.tenant, '201');
  const phone = everything.use(await Softphone.open(server, { from: network.outside, account }));
  expect(await phone.register()).toBe(200);
  const outside = await speakerOf(phone);
  everything.use(outside.party);
  return { network, cloud, server, outside };
}
type Outside = {
  readonly network: NatNamespace;
  readonly cloud: TaskCloud;
  readonly server: TaskAddress;
  readonly outside: Speaker;
};

const publicOnly = { SIP_ALLOW_PRIVATE_HOSTS: '0' } as const;

/**
 * A phone outside calls one behind the NAT of a router, and speaks first.
 * @returns the packets that a host of our network got, which has the address that the phone behind the NAT describes
 */
async function packetsToOwnNetwork(addresses: 'private' | 'public', env: NodeJS.ProcessEnv): Promise<number> {
  await using everything = new AsyncDisposableStack();
  const { network, cloud, server, outside } = await openOutside(everything, addresses, env);
  const account = await newLine(cloud.tenant, '202');
  const voice = 77;
  const given = JSON.stringify({ server, from: network.inside, account, voice });
  const program = 'test/support/nat-phone-process.ts';
  const inside = everything.use(start('ip', ['netns', 'exec', network.name, process.execPath, program, given]));
  const port = await eventually(() => {
    const [, registered] = /registered 200 media (\d+)/.exec(inside.printed()) ?? [];
    if (registered === undefined) throw new Error(inside.printed());
    return Number(registered);
  }, 20_000);
  const host = everything.use(await packetsTo(network.inside, port));

  const call = outside.phone.call('202');
  await eventually(() => expect(call.isUp, inside.printed()).toBe(true), 20_000);
  outside.party.speakTo(call);
  await eventually(() => expect(outside.party.sent).toBeGreaterThan(enough), 20_000);
  expect(await call.session.info('application/dtmf-relay', Buffer.from('Signal=1'))).toBe(200);
  await eventually(() => expect(outside.party.packetsOf(voice)).toBeGreaterThan(enough), 20_000);
  const heard = () => Number(/heard (\d+)\s*$/.exec(inside.printed())?.[1]);
  await eventually(() => expect(heard()).toBeGreaterThan(enough), 20_000);
  call.hangUp();
  return host.packets();
}

test('a phone behind the NAT of a router and a phone outside hear each other', async () => {
  // Where private addresses are allowed, the relay begins with the described one.
  expect(await packetsToOwnNetwork('private', {})).toBeGreaterThan(0);
});

test('they do where media may not go to private addresses, and nothing goes into our network', async () => {
  expect(await packetsToOwnNetwork('public', publicOnly)).toBe(0);
});

describe('a browser', () => {
  needs('chromium');
  let current: Outside | undefined;
  const known = (): Outside => {
    if (current === undefined) throw new Error('no network');
    return current;
  };
  const { signedIn } = phonePages(() => known().cloud.cloud, { namespace: () => known().network.name });

  test('behind the NAT, whose candidates are all private, and a phone outside hear each other', async () => {
    await using everything = new AsyncDisposableStack();
    const { cloud, outside, network } = (current = await openOutside(everything, 'public', publicOnly));
    const { page } = await signedIn(await newPhoneUser(cloud.tenant, 'Eve', '301'));
    await dial(page, '201');
    const call = await outside.phone.nextCall();
    await callIs(page, { name: '201', extension: '201' }, 'talking');
    const described = await page.evaluate<string>('connections.at(-1).localDescription.sdp');
    const named = [...described.matchAll(/^a=candidate:\S+ \d+ udp \d+ (\S+)/gim)].map(([, address]) => address);
    expect(new Set(named)).toEqual(new Set([network.inside]));
    await expectSpeech(outside, call, page);
    call.hangUp();
  });
});
