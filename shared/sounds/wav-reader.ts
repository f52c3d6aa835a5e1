import { linearOfA, linearOfMu } from './g711.ts';
import { type DecodedSound, mixed, type SoundDecoder, UnreadableSound } from './sound-decoder.ts';

/** WAV files (Multimedia Programming Interface and Data Specifications 1.0, RFC 2361), in pieces. */

const formats = { pcm: 1, float: 3, aLaw: 6, muLaw: 7, extensible: 0xfffe } as const;

/** Bytes of a chunk with the format, at most. */
const maxFormat = 4_096;

/** Channels and rates that sounds have. */
const limits = { channels: 16, lowest: 4_000, highest: 192_000 } as const;

type ReadSample = (view: DataView, at: number) => number;

/** By format and bytes of a sample: a number of -1 to 1. */
const readers: Readonly<Record<string, ReadSample>> = {
  [`${formats.pcm}/1`]: (view, at) => (view.getUint8(at) - 128) / 128,
  [`${formats.pcm}/2`]: (view, at) => view.getInt16(at, true) / 32_768,
  [`${formats.pcm}/3`]: (view, at) => (view.getInt16(at + 1, true) * 256 + view.getUint8(at)) / 8_388_608,
  [`${formats.pcm}/4`]: (view, at) => view.getInt32(at, true) / 2_147_483_648,
  [`${formats.float}/4`]: (view, at) => view.getFloat32(at, true),
  [`${formats.float}/8`]: (view, at) => view.getFloat64(at, true),
  [`${formats.aLaw}/1`]: (view, at) => linearOfA(view.getUint8(at)) / 32_768,
  [`${formats.muLaw}/1`]: (view, at) => linearOfMu(view.getUint8(at)) / 32_768,
};

type Format = {
  readonly rate: number;
  readonly channels: number;
  readonly bytes: number;
  readonly readSample: ReadSample;
};

/** @throws UnreadableSound */
function formatOf(chunk: DataView): Format {
  if (chunk.byteLength < 16) throw new UnreadableSound();
  const named = chunk.getUint16(0, true);
  const format = named === formats.extensible && chunk.byteLength >= 26 ? chunk.getUint16(24, true) : named;
  const [channels, rate, bits] = [chunk.getUint16(2, true), chunk.getUint32(4, true), chunk.getUint16(14, true)];
  const readSample = readers[`${format}/${bits / 8}`];
  const isKnown = channels >= 1 && channels <= limits.channels && rate >= limits.lowest && rate <= limits.highest;
  if (readSample === undefined || !isKnown) throw new UnreadableSound();
  return { rate, channels, bytes: bits / 8, readSample };
}

const text = (bytes: Uint8Array, from: number): string => String.fromCharCode(...bytes.subarray(from, from + 4));

const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** What is read next: the header of the file or of a chunk, a chunk with the format, one that is skipped, samples. */
type Expected =
  | { readonly kind: 'file' | 'chunk' }
  | { readonly kind: 'format'; readonly size: number }
  | { readonly kind: 'other' | 'samples'; readonly left: number };

/** Reads PCM of 8 to 32 bits, floating point, A-law and mu-law. A file that is cut off has the samples that it has. */
export class WavReader implements SoundDecoder {
  #expected: Expected = { kind: 'file' };
  #rest: Uint8Array = new Uint8Array(0);
  #format: Format | undefined;

  decode(piece: Uint8Array): Promise<DecodedSound> {
    const bytes = new Uint8Array(this.#rest.length + piece.length);
    bytes.set(this.#rest);
    bytes.set(piece, this.#rest.length);
    this.#rest = bytes;
    const parts: Float32Array[] = [];
    for (let before = -1; before !== this.#rest.length;) {
      before = this.#rest.length;
      const samples = this.#readNext();
      if (samples !== undefined) parts.push(samples);
    }
    return Promise.resolve({ rate: this.#format?.rate ?? 0, parts });
  }

  end(): Promise<DecodedSound> {
    if (this.#format === undefined) throw new UnreadableSound();
    return Promise.resolve({ rate: this.#format.rate, parts: [] });
  }

  close(): void {
    this.#rest = new Uint8Array(0);
  }

  #take(many: number): Uint8Array {
    const taken = this.#rest.subarray(0, many);
    this.#rest = this.#rest.subarray(many);
    return taken;
  }

  /** @returns samples, if it is their turn */
  #readNext(): Float32Array | undefined {
    const expected = this.#expected;
    switch (expected.kind) {
      case 'file':
        if (this.#rest.length >= 12) this.#readFileHeader(this.#take(12));
        return undefined;
      case 'chunk':
        if (this.#rest.length >= 8) this.#readChunkHeader(this.#take(8));
        return undefined;
      case 'format':
        if (this.#rest.length < expected.size) return undefined;
        this.#format = formatOf(viewOf(this.#take(expected.size)));
        this.#expected = { kind: 'chunk' };
        return undefined;
      case 'other':
        this.#passOn('other', expected.left, this.#take(Math.min(expected.left, this.#rest.length)).length);
        return undefined;
      case 'samples':
        return this.#readSamples(expected.left);
    }
  }

  #readFileHeader(header: Uint8Array): void {
    if (text(header, 0) !== 'RIFF' || text(header, 8) !== 'WAVE') throw new UnreadableSound();
    this.#expected = { kind: 'chunk' };
  }

  #readChunkHeader(header: Uint8Array): void {
    const size = viewOf(header).getUint32(4, true);
    const padded = size + (size % 2);
    switch (text(header, 0)) {
      case 'fmt ':
        if (size > maxFormat) throw new UnreadableSound();
        this.#expected = { kind: 'format', size: padded };
        return;
      case 'data':
        if (this.#format === undefined) throw new UnreadableSound();
        this.#expected = { kind: 'samples', left: size };
        return;
      default:
        this.#expected = { kind: 'other', left: padded };
    }
  }

  #passOn(kind: 'other' | 'samples', left: number, taken: number): void {
    this.#expected = left === taken ? { kind: 'chunk' } : { kind, left: left - taken };
  }

  #readSamples(left: number): Float32Array | undefined {
    const { channels, bytes, readSample } = this.#format ?? { channels: 1, bytes: 1, readSample: () => 0 };
    const frame = channels * bytes;
    const frames = Math.floor(Math.min(left, this.#rest.length) / frame);
    // What is less than a frame at the end of the samples is left out.
    if (left < frame) {
      this.#expected = { kind: 'other', left: left + (left % 2) };
      return undefined;
    }
    const view = viewOf(this.#take(frames * frame));
    this.#passOn('samples', left, frames * frame);
    return mixed(
      Array.from({ length: channels }, (_channel, channel) =>
        Float32Array.from({ length: frames }, (_frame, at) => readSample(view, at * frame + channel * bytes)),
      ),
    );
  }
}
