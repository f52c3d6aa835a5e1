import { expect, test } from 'vitest';
import { described } from './descriptions.fixture.ts';
import { withoutPrivateCandidates } from './passed-offers.ts';

const candidate = (address: string, more = 'typ host') => `a=candidate:1 1 udp 2122260223 ${address} 46154 ${more}`;
const reflexive = candidate('8.8.8.8', 'typ srflx raddr 192.168.1.7 rport 46154 generation 0');

/** What stays of lines that a browser adds to its description. */
const left = (...lines: readonly string[]): readonly string[] =>
  withoutPrivateCandidates([described.webrtc.trimEnd(), ...lines, ''].join('\r\n'))
    .slice(described.webrtc.length)
    .split('\r\n')
    .slice(0, -1);

test('candidates at public addresses stay, with the private address behind them', () => {
  const lines = [reflexive, candidate('2606:4700::1111'), 'a=end-of-candidates'];
  expect(left(...lines)).toEqual(lines);
});

test.each([
  '10.0.0.5',
  '127.0.0.1',
  '0.0.0.0',
  '169.254.169.254',
  '100.64.0.1',
  '::1',
  'fe80::1%eth0',
  'fd00::1',
  '::ffff:10.0.0.5',
  '0a.0.0.5',
  '167772165',
  'f0ab1234-9f6e-4c6e-8d53-0123456789ab.local',
  'db.internal',
])('a candidate at %s goes', (address) => {
  expect(left(candidate(address), reflexive, candidate(address, 'typ srflx raddr 8.8.8.8 rport 9'))).toEqual([
    reflexive,
  ]);
});

test.each([
  'a=candidate',
  'a=candidate:',
  'a=candidate:1 1 udp 1 8.8.8.8',
  'a=candidate:1  1 udp 8.8.8.8 10.0.0.5 46154 typ host',
  'a=candidate:1 1 udp 8.8.8.8 10.0.0.5 46154 typ host',
  'a=candidate:1\t1 udp 1 8.8.8.8 46154 typ host',
  'a=Candidate:1 1 udp 1 10.0.0.5 46154 typ host',
  'a=remote-candidates:1 10.0.0.5 46154',
  'a=remote-candidates:1 8.8.8.8 46154 2 10.0.0.5 46155',
  'a=remote-candidates:1 8.8.8.8',
  'a=remote-candidates:',
])('%s goes: it has a private address, or may be read in another way', (line) => {
  expect(left(line, reflexive)).toEqual([reflexive]);
});

test('remote candidates at public addresses stay', () => {
  const line = 'a=remote-candidates:1 8.8.8.8 46154 2 2606:4700::1111 46155';
  expect(left(line)).toEqual([line]);
});

test('a description without candidates stays byte for byte as it is', () => {
  for (const sdp of [described.rtp, described.webrtc, described.webrtc.replaceAll('\r\n', '\n'), 'v=0\r\n\r\n', ''])
    expect(withoutPrivateCandidates(sdp)).toBe(sdp);
});

test('of 1,000 candidates among 10,000 lines the public ones stay', () => {
  const candidates = Array.from({ length: 1_000 }, (_, at) => (at % 2 === 0 ? reflexive : candidate('10.0.0.5')));
  const others = Array.from({ length: 9_000 }, () => `a=x ${'candidate:'.repeat(40)}`);
  expect(left(...candidates, ...others)).toHaveLength(9_500);
});
