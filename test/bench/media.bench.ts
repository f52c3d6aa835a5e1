/**
 * 100 calls at once with their media, through a relay and without one: RTP passes rtpengine and never Node, so the
 * sidecar needs hardly more for the first than for the second.
 */
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { addPhoneLine } from '#functions/sip-sidecar/service/mailboxes.fixture.ts';
import { sipDomain } from '#functions/sip-sidecar/service/sidecar.fixture.ts';
import { commit } from '#dynamodb/commit.ts';
import { organizationRow } from '#dynamodb/rows/organization.ts';
import { overwrite } from '#dynamodb/write.ts';
import { eventually } from '../support/eventually.ts';
import { organizationOf } from '../support/people.fixture.ts';
import { startSidecarProcess } from '../support/sidecar-process.fixture.ts';
import type { SoftCall } from '../support/soft-call.fixture.ts';
import { Softphone } from '../support/softphone.fixture.ts';
import { storePlan } from '../support/stored-plan.fixture.ts';
import { startOwnStore, type TestStore } from '../support/store.fixture.ts';
import { missing } from '../support/tools.ts';
import { startRtpEngine } from '../system/peers/rtpengine.ts';
import type { Benchmark } from './benchmark.ts';
import { memoryFolder } from './memory-folder.ts';
import { planOf } from './plans.ts';
import { median } from './timing.ts';

const organization = 1_001;
/** Calls that are up at once, for how long with media, in milliseconds, and how often. */
const up = { calls: 100, talk: 5_000, rounds: 3 } as const;
/** Milliseconds of speech in a packet, and its bytes with its header. */
const packet = { time: 20, bytes: 172 } as const;

type Phones = readonly [caller: Softphone, callee: Softphone];

async function storeTenant({ store }: TestStore) {
  const { limits, ...plain } = organizationOf(organization);
  await commit(store, organization, [
    overwrite(organizationRow, { ...plain, limits: { ...limits, max_concurrent_calls: 10_000 } }),
  ]);
  await storePlan(store, organization, planOf([]), 0);
  const line = (device: string, extension: string) => addPhoneLine(store, { device, user: null, extension });
  return [await line('dev_caller', '201'), await line('dev_callee', '202')] as const;
}

/** Sends a packet of speech each 20 ms to where each call wants it. */
class Speech implements AsyncDisposable {
  received = 0;
  readonly #socket: Socket;
  #timer: NodeJS.Timeout | undefined;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('message', () => (this.received += 1));
  }

  static async of({ place, mediaPort }: Softphone): Promise<Speech> {
    const socket = createSocket('udp4').bind(mediaPort, place.address);
    await once(socket, 'listening');
    return new Speech(socket);
  }

  speakIn(calls: readonly SoftCall[]): void {
    const speech = Buffer.alloc(packet.bytes);
    speech[0] = 0x80;
    const places = calls.map(({ remote }) => ({
      address: /^c=IN IP4 (\S+)/m.exec(remote)?.[1] ?? '',
      port: Number(/^m=audio (\d+)/m.exec(remote)?.[1]),
    }));
    this.#timer = setInterval(() => {
      speech.writeUInt16BE((speech.readUInt16BE(2) + 1) & 0xffff, 2);
      for (const { address, port } of places) this.#socket.send(speech, port, address);
    }, packet.time);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer);
    const closed = once(this.#socket, 'close');
    this.#socket.close();
    await closed;
  }
}

/** Makes the calls, lets them talk, and ends them. @returns packets that both sides have heard */
async function converse([caller, callee]: Phones, count: number, talk: number): Promise<number> {
  await using ours = await Speech.of(caller);
  await using theirs = await Speech.of(callee);
  const before = callee.calls.length;
  const made = Array.from({ length: count }, () => caller.call('202'));
  const came = () => callee.calls.slice(before);
  await eventually(
    () => made.every(({ isUp }) => isUp) && came().filter(({ log }) => log.includes('acknowledged')).length === count,
    30_000,
  );
  ours.speakIn(made);
  theirs.speakIn(came());
  const until = performance.now() + talk;
  await eventually(() => performance.now() >= until, talk);
  for (const call of made) call.hangUp();
  await eventually(() => came().every(({ isOver }) => isOver), 30_000);
  return ours.received + theirs.received;
}

type Round = { readonly cpu: number; readonly heard: number };
/** A tenant with a sidecar of its own. */
type Party = AsyncDisposable & {
  /** The calls, once: CPU of the sidecar in milliseconds, and packets heard. */
  readonly round: () => Promise<Round>;
};

/** @param network of its phones: `127.0.<network>.…` @param relay default: none */
async function startParty(network: number, relay?: string): Promise<Party> {
  await using starting = new AsyncDisposableStack();
  const store = await startOwnStore(memoryFolder());
  starting.defer(() => store.stop());
  const accounts = await storeTenant(store);
  const sidecar = await startSidecarProcess(store, 0, relay);
  starting.defer(() => sidecar.stop());
  const open = async (at: 0 | 1): Promise<Softphone> => {
    const from = `127.0.${network}.${at + 1}`;
    const account = { ...accounts[at], domain: sipDomain };
    return starting.use(await Softphone.open(sidecar.bound.udp, { from, account }));
  };
  const phones = [await open(0), await open(1)] as const;
  const register = async (): Promise<void> => {
    for (const phone of phones) if ((await phone.register()) !== 200) throw new Error('a phone cannot register');
  };
  await register();
  // The first calls compile the code.
  for (let round = 0; round < 3; round += 1) await converse(phones, up.calls, 100);
  const running = starting.move();
  return {
    round: async () => {
      // It lasts for a minute.
      await register();
      const before = await sidecar.usage();
      const heard = await converse(phones, up.calls, up.talk);
      return { cpu: ((await sidecar.usage()).cpu - before.cpu) / 1_000, heard };
    },
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

const medianOf = (pairs: readonly (readonly [Round, Round])[], figure: (direct: Round, relayed: Round) => number) =>
  median(pairs.map(([direct, relayed]) => figure(direct, relayed)));

const measure: Benchmark = async () => {
  if (missing(['rtpengine']).length > 0)
    return [{ what: 'media: skipped, rtpengine is not installed', measured: Number.NaN, unit: 'ms' }];
  await using relay = await startRtpEngine();
  await using direct = await startParty(6);
  await using relayed = await startParty(7, relay.name);
  const pairs: (readonly [Round, Round])[] = [];
  // In turns: other work of the machine meets both.
  while (pairs.length < up.rounds) pairs.push([await direct.round(), await relayed.round()]);
  const expected = (2 * up.calls * up.talk) / packet.time;
  return [
    {
      what: `CPU of the sidecar for ${up.calls} calls of ${up.talk / 1_000} s without a relay`,
      measured: medianOf(pairs, ({ cpu }) => cpu),
      unit: 'ms',
    },
    { what: 'the same with a relay', measured: medianOf(pairs, (_direct, { cpu }) => cpu), unit: 'ms' },
    {
      what: 'with a relay against without',
      measured: medianOf(pairs, (without, { cpu }) => cpu / without.cpu),
      unit: '×',
      must: { atMost: 1.2 },
    },
    {
      what: 'packets heard through the relay against those of all',
      measured: medianOf(pairs, (_direct, { heard }) => heard / expected),
      unit: '×',
      must: { atLeast: 0.8 },
    },
    { what: 'sessions left at the relay', measured: await relay.sessions(), unit: 'sessions' },
  ];
};

export default measure;
