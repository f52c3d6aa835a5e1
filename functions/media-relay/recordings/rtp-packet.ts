/** An RTP packet (RFC 3550 §5.1). */
export type RtpPacket = {
  readonly payloadType: number;
  readonly sequence: number;
  /** In units of the codec's clock. */
  readonly timestamp: number;
  readonly source: number;
  readonly payload: Buffer;
};

const fixedLength = 12;

/** The packet in a datagram; undefined if it is none. RTCP is none: its types are 192 to 223 (RFC 5761 §4). */
export function readRtp(bytes: Buffer): RtpPacket | undefined {
  const [first = 0, second = 0] = bytes;
  if (bytes.length < fixedLength || first >> 6 !== 2 || (second >= 192 && second <= 223)) return undefined;
  const begin = payloadBegin(bytes, first);
  const padding = (first & 0x20) === 0 ? 0 : (bytes.at(-1) ?? 0);
  if (begin === undefined || begin + padding > bytes.length) return undefined;
  return {
    payloadType: second & 0x7f,
    sequence: bytes.readUInt16BE(2),
    timestamp: bytes.readUInt32BE(4),
    source: bytes.readUInt32BE(8),
    payload: bytes.subarray(begin, bytes.length - padding),
  };
}

/** Where the payload begins: after the contributing sources and a header extension. */
function payloadBegin(bytes: Buffer, first: number): number | undefined {
  const end = fixedLength + (first & 15) * 4;
  if ((first & 0x10) === 0) return end;
  return bytes.length < end + 4 ? undefined : end + 4 + bytes.readUInt16BE(end + 2) * 4;
}
