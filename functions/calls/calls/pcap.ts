import type { TracedMessage } from '#telephony/sip-trace.ts';
import { bytesOfAddress, canonicalAddress } from '#schema/ip-address.ts';
import { second } from '#schema/time.ts';

/**
 * SIP messages as a capture of packets (https://datatracker.ietf.org/doc/draft-ietf-opsawg-pcap/), which Wireshark and
 * sngrep read. Each message is one UDP datagram, whatever its transport was: what passed over TLS is readable so.
 */

type End = TracedMessage['local'];

/** Packets begin with their IP header. */
const rawIp = 101;
const udp = 17;

function fileHeader(): Buffer {
  const bytes = Buffer.alloc(24);
  bytes.writeUInt32LE(0xa1b2c3d4, 0);
  bytes.writeUInt16LE(2, 4);
  bytes.writeUInt16LE(4, 6);
  bytes.writeUInt32LE(65_535, 16);
  bytes.writeUInt32LE(rawIp, 20);
  return bytes;
}

/** RFC 1071. */
function checksum(bytes: Buffer): number {
  let sum = 0;
  for (let at = 0; at < bytes.length; at += 2) sum += (bytes[at] ?? 0) * 256 + (bytes[at + 1] ?? 0);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
}

/** The header before the addresses, with the length of what follows. */
function beforeAddresses(isV4: boolean, length: number): Buffer {
  const header = Buffer.alloc(isV4 ? 12 : 8);
  header[0] = isV4 ? 0x45 : 0x60;
  header.writeUInt16BE(isV4 ? 20 + length : length, isV4 ? 2 : 4);
  header[isV4 ? 8 : 7] = 64;
  header[isV4 ? 9 : 6] = udp;
  return header;
}

function ipPacket(addresses: Buffer, datagram: Buffer): Buffer {
  const isV4 = addresses.length === 8;
  const header = Buffer.concat([beforeAddresses(isV4, datagram.length), addresses]);
  if (isV4) header.writeUInt16BE(checksum(header), 10);
  return Buffer.concat([header, datagram]);
}

/** Both addresses in one family: an IPv4 address beside one of IPv6 in its mapped form (RFC 4291 §2.5.5.2). */
function addressesOf(from: End, to: End): Buffer {
  const ends = [from, to].map(({ address }) => bytesOfAddress(canonicalAddress(address) ?? '0.0.0.0'));
  const isV4 = ends.every(({ length }) => length === 4);
  return Buffer.from(
    ends.flatMap((bytes) =>
      isV4 || bytes.length === 16 ? bytes : [...Array<number>(10).fill(0), 0xff, 0xff, ...bytes],
    ),
  );
}

type Datagram = { readonly from: End; readonly to: End; readonly payload: Buffer; readonly addresses: Buffer };

/** With the checksum, which IPv6 demands (RFC 8200 §8.1). */
function udpDatagram({ from, to, payload, addresses }: Datagram): Buffer {
  const header = Buffer.alloc(8);
  header.writeUInt16BE(from.port & 0xffff, 0);
  header.writeUInt16BE(to.port & 0xffff, 2);
  header.writeUInt16BE(8 + payload.length, 4);
  const pseudo = Buffer.alloc(4);
  pseudo.writeUInt16BE(udp, 0);
  pseudo.writeUInt16BE(8 + payload.length, 2);
  header.writeUInt16BE(checksum(Buffer.concat([addresses, pseudo, header, payload])) || 0xffff, 6);
  return Buffer.concat([header, payload]);
}

function packet({ at, direction, local, remote, text }: TracedMessage): Buffer {
  const [from, to] = direction === 'sent' ? [local, remote] : [remote, local];
  const addresses = addressesOf(from, to);
  const bytes = ipPacket(addresses, udpDatagram({ from, to, payload: Buffer.from(text), addresses }));
  const header = Buffer.alloc(16);
  header.writeUInt32LE(Math.floor(at / second), 0);
  header.writeUInt32LE((at % second) * 1_000, 4);
  header.writeUInt32LE(bytes.length, 8);
  header.writeUInt32LE(bytes.length, 12);
  return Buffer.concat([header, bytes]);
}

/** A file with the messages, in their order. */
export const pcapOf = (messages: readonly TracedMessage[]): Buffer =>
  Buffer.concat([fileHeader(), ...messages.map(packet)]);
