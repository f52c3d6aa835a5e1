import { UnreadableSound } from './sound-decoder.ts';

/** Packets of the first stream of an Ogg file (RFC 3533), in pieces. */

/** Bytes of a packet that is kept: those of Opus have 61,200 at most. Longer ones are comments with pictures. */
const maxPacket = 65_536;

const headerSize = 27;

/** A packet. `bytes` undefined: it was too long to be kept. */
export type OggPacket = { readonly bytes: Uint8Array | undefined };

const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

const joined = (parts: readonly Uint8Array[]): Uint8Array => {
  const whole = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
};

export class OggReader {
  #rest: Uint8Array = new Uint8Array(0);
  #stream: number | undefined;
  #parts: Uint8Array[] = [];
  #size = 0;

  /** @returns the packets that are complete @throws UnreadableSound */
  read(piece: Uint8Array): OggPacket[] {
    this.#rest = joined([this.#rest, piece]);
    const packets: OggPacket[] = [];
    for (let page = this.#nextPage(); page !== undefined; page = this.#nextPage())
      packets.push(...this.#packetsOf(page));
    return packets;
  }

  /** A page is at most 65,307 bytes. */
  #nextPage(): Uint8Array | undefined {
    if (this.#rest.length < headerSize) return undefined;
    if (String.fromCharCode(...this.#rest.subarray(0, 4)) !== 'OggS' || this.#rest[4] !== 0)
      throw new UnreadableSound();
    const segments = this.#rest[26] ?? 0;
    if (this.#rest.length < headerSize + segments) return undefined;
    const table = this.#rest.subarray(headerSize, headerSize + segments);
    const size = table.reduce((sum, length) => sum + length, headerSize + segments);
    if (this.#rest.length < size) return undefined;
    const page = this.#rest.subarray(0, size);
    this.#rest = this.#rest.subarray(size);
    return page;
  }

  #packetsOf(page: Uint8Array): OggPacket[] {
    const stream = viewOf(page).getUint32(14, true);
    this.#stream ??= stream;
    if (stream !== this.#stream) return [];
    const segments = page[26] ?? 0;
    const packets: OggPacket[] = [];
    let at = headerSize + segments;
    for (const length of page.subarray(headerSize, headerSize + segments)) {
      this.#add(page.subarray(at, at + length));
      at += length;
      // A segment of fewer than 255 bytes is the last one of its packet.
      if (length < 255) packets.push(this.#take());
    }
    return packets;
  }

  #add(part: Uint8Array): void {
    this.#size += part.length;
    if (this.#size <= maxPacket) this.#parts.push(part);
    else this.#parts = [];
  }

  #take(): OggPacket {
    const packet = { bytes: this.#size <= maxPacket ? joined(this.#parts) : undefined };
    this.#parts = [];
    this.#size = 0;
    return packet;
  }
}
