import { expect, test } from 'vitest';
import { eventually } from '#test/support/eventually.ts';
import { needsNamespaces, openNatNamespace, type NatNamespace } from '#test/support/nat-namespace.fixture.ts';
import { RtpParty } from '#test/support/rtp-party.fixture.ts';
import type { RtpProcessStart } from '#test/support/rtp-process.ts';
import { needs } from '#test/support/tools.ts';
import { start, type Program } from '#test/system/peers/program.ts';
import { startRtpEngine, type RtpEngine } from '#test/system/peers/rtpengine.ts';
import { RelayedMedia } from './relayed-media.ts';

/** Calls beside which a stranger sends RTP to all ports of the relay, before the parties do. */

needs('rtpengine');
needsNamespaces();

/** Calls, and milliseconds between two packets of a party: so many that two cores carry them. */
const calls = 50;
const pace = 200;
/** Packets that make it certain that a voice is heard. */
const enough = 5;

const sdpOf = (address: string, port: number): string =>
  ['v=0', `o=- 1 1 IN IP4 ${address}`, 's=-', `c=IN IP4 ${address}`, 't=0 0', `m=audio ${port} RTP/AVP 0`, ''].join(
    '\r\n',
  );

/** Whom a stranger heard. Its own packets come back to it: RTCP of a phone that sends none goes to it. */
const voicesAt = (stranger: Program): Readonly<Record<string, number>> =>
  Object.fromEntries(Object.entries(heardBy(stranger)).filter(([voice]) => voice !== '255'));

/** The newest line that a program has printed: packets by voice. */
function heardBy(program: Program): Readonly<Record<string, number>> {
  const last = program.printed().trim().split('\n').at(-1) ?? '';
  return last.startsWith('{') ? (JSON.parse(last) as Record<string, number>) : {};
}

const startIn = ({ name }: NatNamespace, given: RtpProcessStart): Program =>
  start('ip', ['netns', 'exec', name, process.execPath, 'test/support/rtp-process.ts', JSON.stringify(given)]);

/** A stranger behind a router of its own, who sends to each port of the relay four times a second. */
function startStranger(everything: AsyncDisposableStack, relay: RtpEngine, address: string): Program {
  const network = everything.use(openNatNamespace('private'));
  const { first, last } = relay.mediaPorts;
  const ports = Array.from({ length: last - first + 1 }, (_each, at) => first + at);
  return everything.use(
    startIn(network, { from: network.inside, phones: [], stranger: { relay: address, ports, round: 250 } }),
  );
}

type Side = { readonly sdp: string; readonly heard: string };

/** Passes the descriptions of a call through the relay. @returns what each party gets */
async function connect(everything: AsyncDisposableStack, relay: RtpEngine, id: string, [caller, callee]: [Side, Side]) {
  const media = new RelayedMedia(id, {
    relays: { choose: () => relay.name, ask: (_relay, command) => relay.ask(command) },
    allowsPrivate: false,
    onRelay: () => undefined,
    fault: (error) => {
      throw error;
    },
  });
  everything.defer(() => media.close());
  media.expect('a', 'udp', caller.heard);
  media.expect('b1', 'udp', callee.heard);
  const toCallee = await media.pass({ kind: 'offer', from: 'a', to: 'b1', sdp: caller.sdp });
  const toCaller = await media.pass({ kind: 'answer', from: 'b1', to: 'a', sdp: callee.sdp });
  return { toCaller, toCallee };
}

/** A relay at a public address, and a network of phones behind NAT before which it is. */
async function openNetwork(everything: AsyncDisposableStack) {
  const network = everything.use(openNatNamespace('public'));
  const relay = everything.use(await startRtpEngine(network.outside));
  const stranger = startStranger(everything, relay, network.outside);
  await eventually(() => expect(stranger.printed()).toContain('{'), 20_000);
  const partyAt = async (port: number, voice: number) =>
    everything.use(await RtpParty.open({ address: network.outside, port }, voice));
  return { network, relay, stranger, partyAt };
}

test('a stranger who sends first gets nothing of parties that describe their real addresses', async () => {
  await using everything = new AsyncDisposableStack();
  const { network, relay, stranger, partyAt } = await openNetwork(everything);
  const heard = network.outside;
  const parties = await Promise.all(
    Array.from({ length: calls }, async (_each, at) => {
      const [one, other] = [await partyAt(4_000 + 4 * at, 1 + at), await partyAt(4_002 + 4 * at, 101 + at)];
      const sides = [4_000 + 4 * at, 4_002 + 4 * at].map((port) => ({ sdp: sdpOf(heard, port), heard }));
      const { toCaller, toCallee } = await connect(everything, relay, `real_${at}`, sides as [Side, Side]);
      // The caller only listens at first: what the callee says has no one else to go to.
      other.speakTo({ remote: toCallee }, pace);
      return { one, other, toCaller, voices: [1 + at, 101 + at] as const };
    }),
  );
  for (const { one, voices } of parties)
    await eventually(() => expect(one.packetsOf(voices[1])).toBeGreaterThan(4 * enough), 30_000);
  for (const { one, toCaller } of parties) one.speakTo({ remote: toCaller }, pace);
  for (const { other, voices } of parties)
    await eventually(() => expect(other.packetsOf(voices[0])).toBeGreaterThan(enough), 30_000);
  expect(heardBy(stranger)).toEqual({});
});

test('one beside phones behind NAT gets nothing after the first packet of the phone, however late', async () => {
  await using everything = new AsyncDisposableStack();
  const { network, relay, stranger, partyAt } = await openNetwork(everything);
  const phones = await Promise.all(
    Array.from({ length: calls }, async (_each, at) => {
      const [port, voice] = [4_000 + 2 * at, 101 + at];
      const callee = await partyAt(6_000 + 2 * at, voice);
      const { toCaller, toCallee } = await connect(everything, relay, `nat_${at}`, [
        { sdp: sdpOf(network.inside, port), heard: network.router },
        { sdp: sdpOf(network.outside, 6_000 + 2 * at), heard: network.outside },
      ]);
      callee.speakTo({ remote: toCallee }, pace);
      // Every second phone is silent for longer than the relay waits for a better address.
      return { callee, voice, phone: { port, voice: 1 + at, remote: toCaller, after: at % 2 === 0 ? 0 : 6_000 } };
    }),
  );
  const program = everything.use(startIn(network, { from: network.inside, phones: phones.map(({ phone }) => phone) }));
  for (const { callee, phone } of phones)
    await eventually(() => expect(callee.packetsOf(phone.voice)).toBeGreaterThan(0), 60_000);
  // What the stranger got before may still be on its way.
  const lines = stranger.printed().split('\n').length;
  await eventually(() => expect(stranger.printed().split('\n').length).toBeGreaterThan(lines + 2), 20_000);
  const [toStranger, toPhones] = [voicesAt(stranger), heardBy(program)];
  await eventually(() => {
    for (const { phone } of phones)
      expect(heardBy(program)[phone.voice] ?? 0).toBeGreaterThan((toPhones[phone.voice] ?? 0) + 4 * enough);
  }, 60_000);
  expect(voicesAt(stranger)).toEqual(toStranger);
});
