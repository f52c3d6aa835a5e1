/** Captures of packets in the form of libpcap (draft-ietf-opsawg-pcap), as rtpengine writes them. */

/** A captured packet: bytes of its link layer. */
export type CapturedPacket = {
  /** Unix milliseconds, with fractions. */
  readonly at: number;
  readonly link: number;
  readonly bytes: Buffer;
};

/** The bytes are no capture. */
export class MalformedCapture extends Error {
  override name = 'MalformedCapture';
}

const headerLength = 24;
const recordLength = 16;
/** Bytes of a packet: no UDP packet is longer. */
const maxPacket = 65_600;

type Form = {
  readonly isLittle: boolean;
  /** Parts of a second in the second field of a time. */
  readonly fractions: number;
  readonly link: number;
};

const forms: Readonly<Record<string, Omit<Form, 'link'>>> = {
  d4c3b2a1: { isLittle: true, fractions: 1e6 },
  a1b2c3d4: { isLittle: false, fractions: 1e6 },
  '4d3cb2a1': { isLittle: true, fractions: 1e9 },
  a1b23c4d: { isLittle: false, fractions: 1e9 },
};

const read32 = (bytes: Buffer, at: number, isLittle: boolean): number =>
  isLittle ? bytes.readUInt32LE(at) : bytes.readUInt32BE(at);

/** @throws MalformedCapture */
function formOf(header: Buffer): Form {
  const form = forms[header.toString('hex', 0, 4)];
  if (header.length < headerLength || form === undefined) throw new MalformedCapture('no capture of packets');
  // The upper bits are not the type (draft-ietf-opsawg-pcap §4).
  return { ...form, link: read32(header, 20, form.isLittle) & 0xffff };
}

/**
 * The packets of a capture. One that ends within a packet, as after a crash, ends before it.
 * @throws MalformedCapture for bytes of another form, or a packet that is too long
 */
export async function* readCapture(source: AsyncIterable<Uint8Array>): AsyncGenerator<CapturedPacket> {
  let waiting: Buffer = Buffer.alloc(0);
  let form: Form | undefined;
  for await (const piece of source) {
    waiting = Buffer.concat([waiting, piece]);
    if (form === undefined) {
      if (waiting.length < headerLength) continue;
      form = formOf(waiting);
      waiting = waiting.subarray(headerLength);
    }
    let at = 0;
    for (let next = packetAt(waiting, at, form); next !== undefined; next = packetAt(waiting, at, form)) {
      at += recordLength + next.bytes.length;
      yield next;
    }
    waiting = waiting.subarray(at);
  }
  if (form === undefined) formOf(waiting);
}

/** The packet at a place; undefined if it is not complete. */
function packetAt(bytes: Buffer, at: number, { isLittle, fractions, link }: Form): CapturedPacket | undefined {
  if (bytes.length < at + recordLength) return undefined;
  const length = read32(bytes, at + 8, isLittle);
  if (length > maxPacket) throw new MalformedCapture(`a packet of ${length} bytes`);
  const begin = at + recordLength;
  if (bytes.length < begin + length) return undefined;
  const seconds = read32(bytes, at, isLittle) + read32(bytes, at + 4, isLittle) / fractions;
  return { at: seconds * 1_000, link, bytes: bytes.subarray(begin, begin + length) };
}
