// Own cloud: is outside the NAT of a router.
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventually } from '#test/support/eventually.ts';
import { needsNamespaces } from '#test/support/nat-namespace.fixture.ts';
import { needs } from '#test/support/tools.ts';
import { audioEvents, callTo, reportedWithin, untilMissing } from './audio-events.fixture.ts';
import { newPhone, openOutside, speakUp, startInside, voice, type Inside, type Outside } from './behind-nat.fixture.ts';
import { taskOf, untilReached } from '../handover.fixture.ts';
import { callIs, dial, newPhoneUser, phonePages, pressIn } from '../phone-pages.fixture.ts';
import { expectSpeech, speakerOf, type Speaker } from '../relayed-calls.fixture.ts';
import { liveCalls, signalTask } from '../sidecar-tasks.fixture.ts';

/** A phone whose description names an address that no one outside of its network reaches. */

needs('rtpengine');
needsNamespaces();

/** Packets that make it certain that a voice is heard. */
const enough = 25;

/** Seconds after which a page surely shows that it hears nothing: Chromium takes up to 8, and the page another 2. */
const untilSeen = 15;

/** The last extension of a phone outside. */
let extension = 210;

/** Counts the packets for a host of our network. */
async function packetsTo(address: string, port: number) {
  const socket = createSocket('udp4').bind(port, address);
  await once(socket, 'listening');
  let packets = 0;
  socket.on('message', () => (packets += 1));
  return { packets: () => packets, [Symbol.dispose]: () => void socket.close() };
}

/** A phone outside calls one behind the NAT of a router, and speaks first. Waits until they hear each other. */
async function talk({ outside: { phone, party } }: Outside, { called, printed }: Inside) {
  const call = phone.call(called);
  await eventually(() => expect(call.isUp, printed()).toBe(true), 20_000);
  party.speakTo(call);
  await eventually(() => expect(party.sent).toBeGreaterThan(enough), 20_000);
  await speakUp(call);
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
    const { signedIn, inConsole } = phonePages(() => known().cloud.cloud, { namespace: () => known().network.name });

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

    test('whose UDP a firewall drops is an event, on either side', async () => {
      const { cloud, outside, network } = known();
      using _ = { [Symbol.dispose]: () => network.restore() };
      const user = await newPhoneUser(cloud.tenant, 'Gus', '303');
      const { page } = await signedIn(user);
      network.drop(network.inside);
      const expectMissing = async (side: string): Promise<void> => {
        const [live] = await eventually(async () => {
          const calls = await liveCalls(cloud);
          expect(calls).toMatchObject([{ status: 'answered' }]);
          return calls;
        });
        const { answered = '' } = live?.['timestamps'] as { readonly answered?: string };
        const one = { id: String(live?.['id']), answeredAt: Date.parse(answered) };
        expect(await untilMissing(cloud, one, { side, cause: 'no_ice' })).toBeLessThan(reportedWithin);
      };
      const coming = outside.phone.nextCall();
      await dial(page, '201');
      const call = await coming;
      outside.party.speakTo(call);
      await expectMissing('source');
      call.hangUp();
      await eventually(async () => expect(await liveCalls(cloud)).toEqual([]));
      const placed = outside.phone.call('303');
      await pressIn(page, { name: '201', extension: '201' }, 'Answer');
      await eventually(() => expect(placed.isUp).toBe(true), 20_000);
      outside.party.speakTo(placed);
      await expectMissing('destination');
      placed.hangUp();
      await eventually(async () => expect(await liveCalls(cloud)).toEqual([]));
    });

    test(
      'keeps two calls, one of them held, while its network is away and when it has another address or page',
      { timeout: 300_000 },
      async () => {
        await using phones = new AsyncDisposableStack();
        const { cloud, outside, network, server } = known();
        const other = await speakerOf(phones.use(await newPhone(known(), server, '202')));
        phones.use(other.party);
        phones.defer(() => network.restore(9));
        const { page } = await inConsole(await newPhoneUser(cloud.tenant, 'Fay', '302'));
        const [first, second] = [
          { name: '201', extension: '201' },
          { name: '202', extension: '202' },
        ];
        const dialed = async ({ phone }: Speaker, party: typeof first) => {
          const coming = phone.nextCall();
          await dial(page, party.extension);
          const call = await coming;
          await callIs(page, party, 'talking');
          return call;
        };
        const held = await dialed(outside, first);
        const call = await dialed(other, second);
        const goOn = async (): Promise<void> => {
          await callIs(page, second, 'talking');
          await callIs(page, first, 'on hold');
          await expectSpeech(other, call, page);
        };
        await goOn();
        for (const [cut, seconds, host] of [
          [network.silence, 8, 9],
          [network.unplug, 20, 9],
          [network.silence, 28, 9],
          [network.unplug, 2, 10],
        ] as const) {
          cut();
          const isSeen = seconds > untilSeen ? callIs(page, second, 'reconnecting …') : undefined;
          await Promise.all([page.waitForTimeout(seconds * 1_000), isSeen]);
          network.restore(host);
          await goOn();
        }
        page.on('dialog', (dialog) => void dialog.accept());
        await page.reload();
        await goOn();
        await pressIn(page, first, 'Hold');
        await callIs(page, first, 'talking');
        await callIs(page, second, 'on hold');
        await expectSpeech(outside, held, page);
        for (const each of [held, call]) each.hangUp();
        await eventually(async () => expect(await liveCalls(cloud)).toEqual([]), 20_000);
      },
    );
  });

  /** What a firewall drops of a phone, and the cause that is reported. */
  type Way = {
    readonly what: string;
    readonly cause: string;
    /** Whether the phone is heard before. */
    readonly isLater?: true;
    /** What else the phone sends, which passes. */
    readonly besides?: 'comfort noise' | 'rtcp';
    /** Bytes of the shortest packet that is dropped. */
    readonly from?: number;
    /** Whether its SIP is dropped, too. */
    readonly isWhole?: true;
  };
  const ways: readonly Way[] = [
    { what: 'its voice', cause: 'wrong_address' },
    { what: 'its voice, later', cause: 'no_packets', isLater: true },
    { what: 'its voice and not its RTCP, later', cause: 'no_packets', besides: 'rtcp', isLater: true },
    { what: 'its voice and not comfort noise', cause: 'comfort_noise_only', besides: 'comfort noise', from: 100 },
    { what: 'everything, later', cause: 'no_packets', isLater: true, isWhole: true },
  ];

  /** A call of which a firewall takes the voice of the phone behind it. */
  async function takenAway(all: AsyncDisposableStack, { besides, isLater, from, isWhole }: Way, isCaller: boolean) {
    extension += 1;
    const own = String(extension);
    const { phone, party } = await speakerOf(all.use(await newPhone(known(), known().server, own)));
    all.use(party);
    const { address } = all.use(known().network.addNeighbor());
    const inside = await startInside(all, known(), {
      from: address,
      ...(isCaller && { callsBack: own }),
      ...(besides !== undefined && { besides }),
    });
    const drop = (): void =>
      known().network.drop(address, { ...(isWhole !== true && { port: inside.port }), ...(from && { from }) });
    if (isLater !== true) drop();
    const placed = phone.call(inside.called);
    const call = isCaller ? await phone.nextCall() : placed;
    await eventually(() => expect(call.isUp, inside.printed()).toBe(true), 20_000);
    const answeredAt = Date.now();
    party.speakTo(call);
    await speakUp(call);
    const id = await callTo(known().cloud, isCaller ? own : inside.called);
    if (isLater === true) {
      await eventually(() => expect(party.packetsOf(voice)).toBeGreaterThan(enough), 20_000);
      drop();
    }
    return { id, answeredAt, call };
  }

  test.each([
    ['source', true],
    ['destination', false],
  ] as const)(
    'five ways in which a firewall takes the voice of the %s are events with their cause',
    async (side, isCaller) => {
      await using all = new AsyncDisposableStack();
      all.defer(() => known().network.restore());
      const made = await Promise.all(ways.map(async (way) => ({ ...way, ...(await takenAway(all, way, isCaller)) })));
      for (const { what, cause, isLater, ...each } of made) {
        const seconds = await untilMissing(known().cloud, each, { side, cause }, what);
        if (isLater !== true) expect(seconds, what).toBeLessThan(reportedWithin);
      }
      known().network.restore();
      const returned = (id: string) => audioEvents(known().cloud, id, 'call.audio_returned');
      for (const { what, id } of made)
        await eventually(async () => expect(await returned(id), what).toHaveLength(1), 30_000);
      for (const { call } of made) call.hangUp();
      await eventually(async () => expect(await liveCalls(known().cloud)).toEqual([]));
    },
  );

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
