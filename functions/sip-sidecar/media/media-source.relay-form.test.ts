import { describe, expect, test } from 'vitest';
import { eventually } from '#test/support/eventually.ts';
import { newChecker } from '#test/support/stun-checker.fixture.ts';
import { startRtpEngine } from '#test/system/peers/rtpengine.ts';
import { needs } from '#test/support/tools.ts';
import { described } from './descriptions.fixture.ts';
import { readableForm, withCandidates } from './media-source.ts';
import { RelayedMedia } from './relayed-media.ts';

const name = '73d9ab5b-d713-4b8c-8083-79f59eaaa244.local';

/** What Firefox offers while it hides its addresses. */
const hidden = [
  'v=0',
  'o=mozilla...THIS_IS_SDPARTA-99.0 2883310066107005707 0 IN IP4 0.0.0.0',
  's=-',
  't=0 0',
  'a=sendrecv',
  `a=fingerprint:sha-256 ${Array.from({ length: 32 }, () => 'A5').join(':')}`,
  'a=group:BUNDLE 0',
  'a=ice-options:trickle',
  'm=audio 9 UDP/TLS/RTP/SAVPF 0 101',
  'c=IN IP4 0.0.0.0',
  `a=candidate:0 1 UDP 2122187007 ${name} 40209 typ host`,
  'a=sendrecv',
  'a=end-of-candidates',
  'a=ice-pwd:1da7255aae1abfad155928925a3a568b',
  'a=ice-ufrag:5376a78f',
  'a=mid:0',
  `a=rtcp:56325 IN IP4 ${name}`,
  'a=rtcp-mux',
  'a=rtpmap:0 PCMU/8000',
  'a=rtpmap:101 telephone-event/8000',
  'a=setup:actpass',
  '',
].join('\r\n');

const linesOf = (sdp: string): readonly string[] => sdp.split('\r\n');

test('that addresses are named later is said at the medium, and an address of RTCP that is a name goes', () => {
  const gone = ['a=ice-options:trickle', `a=rtcp:56325 IN IP4 ${name}`];
  const others = linesOf(hidden).filter((line) => !gone.includes(line));
  expect(linesOf(readableForm(hidden))).toEqual([...others.slice(0, -1), 'a=ice-options:trickle', '']);
});

/** What Pion offers, and browsers at an ICE restart whose candidates are known: no address in `c=`, and no trickle. */
const restarted = hidden.replace('a=ice-options:trickle\r\n', '').replaceAll(name, '198.51.100.7');

test.each([
  ['', 'a=ice-options:trickle'],
  ['a=ice-options:renomination\r\n', 'a=ice-options:renomination trickle'],
  ['a=ice-options:trickle\r\n', 'a=ice-options:trickle'],
])('with ICE an address of zeros is no hold (RFC 8829 §5.2.1), after %j', (before, expected) => {
  const lines = linesOf(readableForm(restarted.replace('m=audio', `${before}m=audio`)));
  expect(lines.filter((line) => line.startsWith('a=ice-options'))).toEqual([expected]);
});

test('without ICE an address of zeros stays a hold', () => {
  const hold = described.rtp.replaceAll('192.0.2.1', '0.0.0.0');
  expect(readableForm(hold)).toBe(hold);
});

test.each([
  'a=rtcp:9 IN IP4 0.0.0.0',
  'a=rtcp:10001',
  'a=rtcp:10001 IN IP4 198.51.100.7',
  'a=rtcp:10001 IN IP6 2001:db8::7',
  'a=rtcp-mux',
])('%s stays', (line) => {
  expect(linesOf(readableForm(`${described.webrtc}${line}\r\n`))).toContain(line);
});

test('the descriptions of phones stay byte for byte as they are', () => {
  for (const sdp of [described.rtp, described.webrtc, described.rtp.replaceAll('\r\n', '\n')])
    expect(readableForm(sdp)).toBe(sdp);
});

const unnamed = `a=candidate:0 1 UDP 2122187007 ${name} 40209 typ host`;
const named = 'a=candidate:1 1 UDP 2122187006 198.51.100.7 40209 typ host';
const nowhere = 'a=candidate:none 1 UDP 1 8.8.8.8 9 typ host';

test('each medium with ICE has a candidate: the discard port of the address from which the party is heard', () => {
  const two = `${hidden}${named}\r\nm=audio 9 UDP/TLS/RTP/SAVPF 0\r\n${unnamed}\r\n`;
  expect(withCandidates(two, '8.8.8.8', false)).toBe(`${two}${nowhere}\r\n`);
  expect(withCandidates(hidden, '10.0.0.7', true)).toContain(' 10.0.0.7 9 ');
});

test.each([
  ['that has one', `${described.webrtc}${named}\r\n`, '8.8.8.8'],
  ['without ICE', described.rtp, '8.8.8.8'],
  ['of a party at a private address', hidden, '10.0.0.7'],
  ['of a party at an IPv6 address', hidden, '2001:4860:4860::8888'],
  ['of a party at a name', hidden, 'carrier.example.com'],
  ['of a party that is not known', hidden, undefined],
])('a description %s gets no candidate', (_which, sdp, heard) => {
  expect(withCandidates(sdp, heard, false)).toBe(sdp);
});

describe('rtpengine', () => {
  needs('rtpengine');

  /** Media at a relay of its own. */
  async function relayed() {
    const relay = await startRtpEngine();
    const media = new RelayedMedia('call_1', {
      relays: { choose: () => relay.name, ask: (_relay, command) => relay.ask(command) },
      allowsPrivate: true,
      onRelay: () => undefined,
      fault: (error) => {
        throw error;
      },
    });
    return { media, [Symbol.asyncDispose]: () => relay[Symbol.asyncDispose]() };
  }

  test.each([
    ['of a browser', 'udp', hidden],
    ['of a browser', 'wss', hidden],
    ['without trickle', 'udp', restarted],
    ['without trickle', 'wss', restarted],
  ] as const)('takes an offer %s for no hold, and tells no name over %s', async (_, transport, sdp) => {
    await using relay = await relayed();
    relay.media.expect('b', transport);
    const offered = await relay.media.pass({ kind: 'offer', from: 'a', to: 'b', sdp });
    expect(offered).toMatch(/^c=IN IP4 127\.0\.0\.1\r$/m);
    expect(offered.split('m=audio')[1]).toContain('a=sendrecv');
    expect(offered).not.toContain('.local');
  });

  test('checks a browser whose own check came before its answer, and that names no address', async () => {
    await using relay = await relayed();
    using browser = await newChecker('127.0.7.1');
    relay.media.expect('b', 'wss', '127.0.7.1');
    const offered = await relay.media.pass({ kind: 'offer', from: 'a', to: 'b', sdp: hidden });
    await browser.check(offered, '5376a78f');
    expect(browser.requests()).toBe(0);
    await relay.media.pass({ kind: 'answer', from: 'b', to: 'a', sdp: hidden.replace('actpass', 'active') });
    await eventually(() => expect(browser.requests()).toBeGreaterThan(0), 20_000);
  });
});
