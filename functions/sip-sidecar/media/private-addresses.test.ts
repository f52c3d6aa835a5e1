import { randomInt } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { startRtpEngine, type RtpEngine } from '#test/system/peers/rtpengine.ts';
import { eventually } from '#test/support/eventually.ts';
import { RtpParty } from '#test/support/rtp-party.fixture.ts';
import { needs } from '#test/support/tools.ts';
import { formFor, type MediaKind } from './media-kind.ts';
import type { NgDescription } from './ng-message.ts';
import { RelayedMedia } from './relayed-media.ts';

/** What rtpengine makes of descriptions from which the candidates at private addresses are removed. */

needs('rtpengine');

/** Of the phones and of the host in our network: no relay has ports there. */
const address = '127.0.7.1';
/** Packets that make it certain that a voice is heard. */
const enough = 25;

/** Passes a description through a relay that has no rules: it gives a phone of plain RTP the media of a browser. */
async function through(
  relay: RtpEngine,
  call: string,
  { command, sdp, from, to }: Pick<NgDescription, 'command' | 'sdp'> & Record<'from' | 'to', MediaKind>,
): Promise<string> {
  const tags = { 'call-id': call, 'from-tag': 'offers', 'to-tag': 'answers' };
  const flags = ['trust-address'] as const;
  const described = await relay.ask({ command, ...tags, sdp, flags, replace: ['origin'], ...formFor(from, to) });
  return described.sdp ?? `${described.result}: ${described['error-reason']}`;
}

/** A phone that is described as plain RTP. */
async function newPhone(voice: number) {
  const place = { address, port: randomInt(8_000, 15_900) * 2 };
  const sdp = ['v=0', `o=- 1 1 IN IP4 ${address}`, 's=-', `c=IN IP4 ${address}`, 't=0 0'];
  const medium = [`m=audio ${place.port} RTP/AVP 0`, 'a=sendrecv', ''];
  return { party: await RtpParty.open(place, voice), voice, sdp: [...sdp, ...medium].join('\r\n') };
}

/** As browsers describe themselves before they know an address, with further candidates. */
const withoutAddress = (sdp: string, candidates: readonly string[]): string =>
  sdp
    .replace(/^c=.*$/m, 'c=IN IP4 0.0.0.0')
    .replace(/^m=audio \d+/m, 'm=audio 9')
    .replace(/^a=rtcp:.*$/m, 'a=ice-options:trickle') + candidates.map((each) => `${each}\r\n`).join('');

/** A host of our network, which counts what it is sent. */
async function newTarget() {
  const socket = createSocket('udp4').bind(0, address);
  await once(socket, 'listening');
  let packets = 0;
  socket.on('message', () => (packets += 1));
  const { port } = socket.address();
  const candidates = [
    `a=candidate:7 1 UDP 2130706431 ${address} ${port} typ host`,
    `a=candidate:8 1 UDP 1694498815 ${address} ${port} typ srflx raddr 8.8.8.8 rport 9`,
    `a=candidate:9 1 UDP 2130706430 f0ab1234-9f6e-4c6e-8d53-0123456789ab.local 46154 typ host`,
  ];
  return { packets: () => packets, candidates, [Symbol.dispose]: () => void socket.close() };
}

/** Two phones, as browsers at a relay whose candidates name a host of our network, until both hear each other. */
async function packetsToNetwork(allowsPrivate: boolean): Promise<number> {
  await using everything = new AsyncDisposableStack();
  const [relay, browsers] = [everything.use(await startRtpEngine()), everything.use(await startRtpEngine())];
  const target = everything.use(await newTarget());
  const [ann, bob] = [await newPhone(1), await newPhone(2)];
  for (const { party } of [ann, bob]) everything.use(party);
  const faults: unknown[] = [];
  const media = new RelayedMedia('call_1', {
    relays: { choose: () => relay.name, ask: (_relay, command) => relay.ask(command) },
    allowsPrivate,
    onRelay: () => undefined,
    fault: (error) => void faults.push(error),
  });
  for (const leg of ['a', 'b']) media.expect(leg, 'wss', '8.8.8.8');
  const [phone, browser] = [{ from: 'rtp', to: 'webrtc' } as const, { from: 'webrtc', to: 'rtp' } as const];
  const passing = (sdp: string): string => {
    expect(sdp).toMatch(/^a=candidate:\S+ 1 UDP \d+ 127\.0\.0\.1 \d+ typ host/m);
    return withoutAddress(sdp, target.candidates);
  };

  const offer = passing(await through(browsers, 'ann', { command: 'offer', sdp: ann.sdp, ...phone }));
  const offered = await media.pass({ kind: 'offer', from: 'a', to: 'b', sdp: offer });
  const toBob = await through(browsers, 'bob', { command: 'offer', sdp: offered, ...browser });
  const answer = passing(await through(browsers, 'bob', { command: 'answer', sdp: bob.sdp, ...phone }));
  const answered = await media.pass({ kind: 'answer', from: 'b', to: 'a', sdp: answer });
  const toAnn = await through(browsers, 'ann', { command: 'answer', sdp: answered, ...browser });

  ann.party.speakTo({ remote: toAnn });
  bob.party.speakTo({ remote: toBob });
  await eventually(() => {
    expect(ann.party.packetsOf(bob.voice)).toBeGreaterThan(enough);
    expect(bob.party.packetsOf(ann.voice)).toBeGreaterThan(enough);
  }, 30_000);
  expect(faults).toEqual([]);
  return target.packets();
}

test('without any candidate left, browsers hear each other, and the relay sends nothing into our network', async () => {
  expect(await packetsToNetwork(false)).toBe(0);
});

test('where private addresses are allowed, the relay sends checks to the candidates of a description', async () => {
  expect(await packetsToNetwork(true)).toBeGreaterThan(0);
});
