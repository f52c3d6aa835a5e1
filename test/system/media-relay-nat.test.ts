// Own cloud: is outside the NAT of a router.
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { needsNamespaces, openNatNamespace, type NatNamespace } from '../support/nat-namespace.fixture.ts';
import { Softphone } from '../support/softphone.fixture.ts';
import { needs } from '../support/tools.ts';
import { newLine } from './calls.fixture.ts';
import { taskOf, untilReached } from './handover.fixture.ts';
import { start } from './peers/program.ts';
import { startRtpEngine } from './peers/rtpengine.ts';
import { callIs, dial, newPhoneUser, phonePages } from './phone-pages.fixture.ts';
import { expectSpeech, speakerOf, type Speaker } from './relayed-calls.fixture.ts';
import { liveCalls, signalTask, startTaskCloud, type TaskAddress, type OwnTaskCloud } from './sidecar-tasks.fixture.ts';

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

/** A phone outside of such a network. */
async function newPhone(
  { network, cloud: { tenant } }: Pick<Outside, 'network' | 'cloud'>,
  at: TaskAddress,
  extension: string,
) {
  const phone = await Softphone.open(at, { from: network.outside, account: await newLine(tenant, extension) });
  expect(await phone.register()).toBe(200);
  return phone;
}

/** A cloud outside of such a network, with a relay, and a phone that has a voice. */
async function openOutside(
  everything: AsyncDisposableStack,
  addresses: 'private' | 'public',
  tasks = 1,
): Promise<Outside> {
  const network = everything.use(openNatNamespace(addresses));
  const relay = everything.use(await startRtpEngine(network.outside));
  const env = addresses === 'public' ? { SIP_ALLOW_PRIVATE_HOSTS: '0' } : {};
  const cloud = await startTaskCloud(tasks, { HOST: network.outside, MEDIA_RELAY: relay.name, ...env });
  everything.defer(() => cloud.cloud.stop());
  const [server] = cloud.tasks;
  const outside = await speakerOf(everything.use(await newPhone({ network, cloud }, server, '201')));
  everything.use(outside.party);
  return { network, cloud, server, outside };
}
type Outside = {
  readonly network: NatNamespace;
  readonly cloud: OwnTaskCloud;
  readonly server: TaskAddress;
  readonly outside: Speaker;
};

/** The voice of the phone behind the NAT. */
const voice = 77;

let extension = 401;

/** Starts a phone behind the NAT. @returns what it prints, and the port of its media */
async function startInside(everything: AsyncDisposableStack, { network, cloud, server }: Outside) {
  const called = String(extension++);
  const account = await newLine(cloud.tenant, called);
  const given = JSON.stringify({ server, from: network.inside, account, voice });
  const program = 'test/support/nat-phone-process.ts';
  const phone = everything.use(start('ip', ['netns', 'exec', network.name, process.execPath, program, given]));
  const port = await eventually(() => {
    const [, registered] = /registered 200 media (\d+)/.exec(phone.printed()) ?? [];
    if (registered === undefined) throw new Error(phone.printed());
    return Number(registered);
  }, 20_000);
  return { called, printed: phone.printed, port };
}

type Inside = Awaited<ReturnType<typeof startInside>>;

/** A phone outside calls one behind the NAT of a router, and speaks first. Waits until they hear each other. */
async function talk({ outside: { phone, party } }: Outside, { called, printed }: Inside) {
  const call = phone.call(called);
  await eventually(() => expect(call.isUp, printed()).toBe(true), 20_000);
  party.speakTo(call);
  await eventually(() => expect(party.sent).toBeGreaterThan(enough), 20_000);
  expect(await call.session.info('application/dtmf-relay', Buffer.from('Signal=1'))).toBe(200);
  const expectHeard = async (): Promise<void> => {
    const heard = () => Number(/heard (\d+)\s(?!.*heard)/s.exec(printed())?.[1] ?? 0);
    const before = [party.packetsOf(voice), heard()] as const;
    await eventually(() => expect(party.packetsOf(voice) - before[0]).toBeGreaterThan(enough), 20_000);
    await eventually(() => expect(heard() - before[1]).toBeGreaterThan(enough), 20_000);
  };
  await expectHeard();
  return { call, expectHeard };
}

/** @returns the packets that a host of our network got whose address the phone behind the NAT describes */
async function packetsToOwnNetwork(known: Outside): Promise<number> {
  await using everything = new AsyncDisposableStack();
  const inside = await startInside(everything, known);
  const host = everything.use(await packetsTo(known.network.inside, inside.port));
  const { call } = await talk(known, inside);
  call.hangUp();
  return host.packets();
}

test('a phone behind the NAT of a router and a phone outside hear each other', async () => {
  await using everything = new AsyncDisposableStack();
  // Its SIP comes from the router, and so do its media, whatever host of our network has the described address.
  expect(await packetsToOwnNetwork(await openOutside(everything, 'private'))).toBe(0);
});

describe('where media may not go to private addresses', () => {
  const everything = new AsyncDisposableStack();
  let current: Outside | undefined;
  const known = (): Outside => {
    if (current === undefined) throw new Error('no network');
    return current;
  };
  beforeAll(async () => {
    current = await openOutside(everything, 'public', 2);
  });
  afterAll(() => everything.disposeAsync());

  test('they hear each other, and nothing goes into our network', async () => {
    expect(await packetsToOwnNetwork(known())).toBe(0);
  });

  describe('a browser', () => {
    needs('chromium');
    const { signedIn } = phonePages(() => known().cloud.cloud, { namespace: () => known().network.name });

    test('behind the NAT, whose candidates are all private, and a phone outside hear each other', async () => {
      const { cloud, outside, network } = known();
      const { page } = await signedIn(await newPhoneUser(cloud.tenant, 'Eve', '301'));
      const coming = outside.phone.nextCall();
      await dial(page, '201');
      const call = await coming;
      await callIs(page, { name: '201', extension: '201' }, 'talking');
      const described = await page.evaluate<string>('connections.at(-1).localDescription.sdp');
      const named = [...described.matchAll(/^a=candidate:\S+ \d+ udp \d+ (\S+)/gim)].map(([, address]) => address);
      expect(new Set(named)).toEqual(new Set([network.inside]));
      await expectSpeech(outside, call, page);
      call.hangUp();
    });
  });

  // It ends a task: the last one.
  test('they go on to hear each other when the task of their call stops', async () => {
    await using phones = new AsyncDisposableStack();
    const { cloud, server, outside } = known();
    const [, second = server] = cloud.tasks;
    const third = phones.use(await newPhone(known(), second, '203'));
    await untilReached(outside.phone, third, '203');
    const inside = await startInside(phones, known());
    const { call, expectHeard } = await talk(known(), inside);
    const before = taskOf(call);
    await eventually(async () => expect(await liveCalls(cloud)).toMatchObject([{ status: 'answered' }]));
    signalTask(cloud, server, 'SIGTERM');
    await eventually(() => expect(taskOf(call)).not.toBe(before), 20_000);
    // The phone behind the NAT names its private address again, to the other task.
    await eventually(() => expect(inside.printed()).toMatch(/offered \d+ sendrecv/), 20_000);
    await expectHeard();
    call.hangUp();
    await eventually(async () => expect(await liveCalls(cloud)).toEqual([]));
  });
});
