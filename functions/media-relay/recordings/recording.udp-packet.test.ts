import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { packetOf } from './recording.fixture.ts';
import { udpPacketOf } from './recording.ts';

const sent = packetOf({ port: 30_000, sequence: 1, timestamp: 0, source: 1, payload: Buffer.from('sound') });

test('a UDP packet is found behind Ethernet and IPv4, and behind IPv4 alone', () => {
  const found = udpPacketOf({ link: 1, bytes: sent });
  expect([found?.sourcePort, found?.destinationPort, found?.payload.length]).toEqual([40_000, 30_000, 17]);
  expect(udpPacketOf({ link: 101, bytes: sent.subarray(14) })).toEqual(found);
});

test('it is found behind IPv6', () => {
  const ip = Buffer.alloc(40);
  ip[0] = 0x60;
  ip[6] = 17;
  expect(udpPacketOf({ link: 101, bytes: Buffer.concat([ip, sent.subarray(34)]) })?.destinationPort).toBe(30_000);
});

test('other protocols, other links and any bytes are none, or one within its bytes', () => {
  const tcp = Buffer.from(sent);
  tcp[23] = 6;
  expect([udpPacketOf({ link: 1, bytes: tcp }), udpPacketOf({ link: 113, bytes: sent })]).toEqual([
    undefined,
    undefined,
  ]);
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), fc.constantFrom(1, 101), (bytes, link) => {
      expect((udpPacketOf({ link, bytes: Buffer.from(bytes) })?.payload.length ?? 0) <= bytes.length).toBe(true);
    }),
  );
});
