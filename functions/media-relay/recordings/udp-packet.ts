import type { CapturedPacket } from './capture.ts';

/** The UDP packet in a captured one. */
export type UdpPacket = { readonly sourcePort: number; readonly destinationPort: number; readonly payload: Buffer };

/** Link types (www.tcpdump.org/linktypes.html). */
const ethernet = 1;
const rawIp = 101;
const etherTypes: ReadonlySet<number> = new Set([0x0800, 0x86dd]);
const udp = 17;

function ipOf({ link, bytes }: Pick<CapturedPacket, 'link' | 'bytes'>): Buffer | undefined {
  if (link === rawIp) return bytes;
  if (link !== ethernet || bytes.length < 14 || !etherTypes.has(bytes.readUInt16BE(12))) return undefined;
  return bytes.subarray(14);
}

/** What follows the IP header, if that is UDP; rtpengine writes neither fragments nor extension headers. */
function udpOf(ip: Buffer): Buffer | undefined {
  const version = (ip[0] ?? 0) >> 4;
  if (version === 4 && ip.length >= 20 && ip[9] === udp) return ip.subarray(((ip[0] ?? 0) & 15) * 4);
  return version === 6 && ip.length >= 40 && ip[6] === udp ? ip.subarray(40) : undefined;
}

/** The UDP packet of a captured one; undefined if it is another one. */
export function udpPacketOf(captured: Pick<CapturedPacket, 'link' | 'bytes'>): UdpPacket | undefined {
  const ip = ipOf(captured);
  const packet = ip === undefined ? undefined : udpOf(ip);
  if (packet === undefined || packet.length < 8) return undefined;
  const length = packet.readUInt16BE(4);
  return {
    sourcePort: packet.readUInt16BE(0),
    destinationPort: packet.readUInt16BE(2),
    payload: packet.subarray(8, Math.max(8, length)),
  };
}
