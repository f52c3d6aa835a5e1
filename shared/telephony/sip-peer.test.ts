import { describe, expect, test } from 'vitest';
import { peerFields, portAfter, SipHost } from './sip-peer.ts';

describe('a codec', () => {
  test.each([
    ['opus', 'OPUS'],
    ['g.711u', 'G.711U'],
    ['ILBC', 'iLBC'],
    ['G.999', undefined],
  ])('%s is answered as %s', (given, answered) => {
    expect(peerFields.codecs.safeParse([given]).data?.[0]).toBe(answered);
  });

  test('list has 1 to 10 entries', () => {
    const lengths = [0, 1, 10, 11].map(
      (length) => peerFields.codecs.safeParse(Array.from({ length }, () => 'GSM')).success,
    );
    expect(lengths).toEqual([false, true, true, false]);
  });
});

describe('a password', () => {
  test('keeps its blanks and has 1 to 128 printable characters', () => {
    expect(peerFields.password.parse(' a b ')).toBe(' a b ');
    expect(
      ['', 'x'.repeat(128), 'x'.repeat(129), 'a\u0007b'].map((text) => peerFields.password.safeParse(text).success),
    ).toEqual([false, true, false, false]);
  });
});

test.each(['sip.example.com', '192.0.2.1', '2001:db8::1', '[2001:db8::1]'])('%s is a host', (host) => {
  expect(SipHost.safeParse(host).success).toBe(true);
});

test.each(['', '-a.example', 'a b', 'a..b', '192.0.2.256'])('"%s" is not a host', (host) => {
  expect(SipHost.safeParse(host).error?.issues[0]).toMatchObject({ params: { code: 'INVALID_HOST' } });
});

describe('the port after a change of transport', () => {
  test('is the default port of the new transport if it was a default port', () => {
    expect([
      portAfter({ port: 5060, transport: 'udp' }, 'tls'),
      portAfter({ port: 5061, transport: 'tls' }, 'tcp'),
      portAfter({ port: 5060, transport: 'udp' }, 'tcp'),
    ]).toEqual([5061, 5060, 5060]);
  });

  test('stays if it was another one', () => {
    expect([
      portAfter({ port: 5070, transport: 'udp' }, 'tls'),
      portAfter({ port: 5060, transport: 'tls' }, 'udp'),
    ]).toEqual([5070, 5060]);
  });
});
