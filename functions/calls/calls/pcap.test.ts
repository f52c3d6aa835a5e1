import { expect, test } from 'vitest';
import type { TracedMessage } from '#telephony/sip-trace.ts';
import { pcapOf } from './pcap.ts';

const message: TracedMessage = {
  at: 1_767_261_600_125,
  direction: 'sent',
  leg: 0,
  transport: 'tls',
  local: { address: '192.0.2.1', port: 5_061 },
  remote: { address: '192.0.2.10', port: 33_000 },
  text: 'OPTIONS sip:a@h SIP/2.0\r\nContent-Length: 0\r\n\r\n',
};

/** RFC 1071: with its own checksum, a header sums up to all ones. */
function sum(bytes: Buffer): number {
  let total = 0;
  for (let at = 0; at < bytes.length; at += 2) total += (bytes[at] ?? 0) * 256 + (bytes[at + 1] ?? 0);
  while (total > 0xffff) total = (total & 0xffff) + (total >>> 16);
  return total;
}

test('a message is a datagram from the platform to the other end, at its time', () => {
  const file = pcapOf([message]);
  expect([file.readUInt32LE(0).toString(16), file.readUInt32LE(20)]).toEqual(['a1b2c3d4', 101]);
  expect([file.readUInt32LE(24), file.readUInt32LE(28)]).toEqual([1_767_261_600, 125_000]);
  const packet = file.subarray(40);
  expect(packet.length).toBe(file.readUInt32LE(32));
  expect([packet[0], packet.readUInt16BE(2), packet[9]]).toEqual([0x45, packet.length, 17]);
  expect([...packet.subarray(12, 20)]).toEqual([192, 0, 2, 1, 192, 0, 2, 10]);
  expect(sum(packet.subarray(0, 20))).toBe(0xffff);
  expect([packet.readUInt16BE(20), packet.readUInt16BE(22), packet.readUInt16BE(24)]).toEqual([
    ...[5_061, 33_000, packet.length - 20],
  ]);
  expect(packet.subarray(28).toString()).toBe(message.text);
});

test('a received message comes from the other end, and two families are one of IPv6', () => {
  const remote = { address: '2001:db8::a', port: 5_060 };
  const packet = pcapOf([{ ...message, direction: 'received', remote }]).subarray(40);
  expect([packet[0], packet.readUInt16BE(4), packet[6]]).toEqual([0x60, packet.length - 40, 17]);
  expect(packet.subarray(8, 40).toString('hex')).toBe(
    '20010db800000000000000000000000a00000000000000000000ffffc0000201',
  );
});

test('no messages are a file without packets', () => {
  expect(pcapOf([])).toHaveLength(24);
});
