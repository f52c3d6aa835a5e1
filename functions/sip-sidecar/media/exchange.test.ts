import { expect, test } from 'vitest';
import { described } from './descriptions.fixture.ts';
import { exchangeOf, isNowhere, isToSend, storedExchange, type Exchange } from './exchange.ts';

const exchange = (from: string, to: string, sdp = 'v=0'): Exchange => ({
  offer: { kind: 'offer', from, to, sdp },
  answer: { kind: 'answer', from: to, to: from, sdp: `${sdp}\r\n` },
});
const legs = { source: 'a', destination: 'b1' };

test.each([
  ['source', exchange('a', 'b1'), exchange('x', 'y')],
  ['destination', exchange('b1', 'a'), exchange('y', 'x')],
] as const)('an exchange that the %s began is that of the same sides in another task', (from, before, after) => {
  const stored = storedExchange(before, legs);
  expect(stored).toEqual({ from, offer: 'v=0', answer: 'v=0\r\n' });
  expect(stored && exchangeOf(stored, { source: 'x', destination: 'y' })).toEqual(after);
});

test('no exchange, that of another party, and a large one are not stored', () => {
  const others = [undefined, exchange('a', 'c1'), exchange('c1', 'a'), exchange('c1', 'b1')];
  const large = ['x'.repeat(4_000), '\u0001'.repeat(1_000)].map((sdp) => exchange('a', 'b1', sdp));
  for (const each of [...others, ...large]) expect(storedExchange(each, legs)).toBeUndefined();
});

test.each([
  ['a=sendrecv', 'a=sendrecv', true],
  ['', '', true],
  ['a=sendonly', 'a=recvonly', true],
  ['a=recvonly', 'a=sendonly', false],
  ['a=sendrecv', 'a=sendonly', false],
  ['a=inactive', 'a=inactive', false],
  ['a=sendrecv', 'c=IN IP4 0.0.0.0', false],
  // RFC 8829 §5.2.1.
  ['a=sendrecv', 'c=IN IP4 0.0.0.0\r\na=ice-ufrag:F7gI', true],
  // Of a medium that is rejected.
  ['a=sendrecv', 'm=video 0 RTP/AVP 96\r\nc=IN IP4 0.0.0.0', true],
])('a party that says %s is to send to one that says %s: %s', (own, other, isSending) => {
  const saying = (line: string): string => `${described.rtp}${line === '' ? '' : `${line}\r\n`}`;
  const exchange = {
    offer: { kind: 'offer', from: 'a', to: 'b1', sdp: saying(own) },
    answer: { kind: 'answer', from: 'b1', to: 'a', sdp: saying(other) },
  } as const;
  expect(isToSend('a', exchange)).toBe(isSending);
});

test('the address of a medium counts, and that of the session where a medium has none', () => {
  const sessionOf = (address: string): string => described.rtp.replace('c=IN IP4 192.0.2.1', `c=IN IP4 ${address}`);
  const zeros = sessionOf('0.0.0.0');
  expect(isNowhere(zeros)).toBe(true);
  expect(isNowhere(`${zeros}c=IN IP4 192.0.2.1\r\n`)).toBe(false);
  expect(isNowhere(`${described.rtp}c=IN IP4 0.0.0.0\r\n`)).toBe(true);
});
