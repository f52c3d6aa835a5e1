import { MPEGDecoder } from 'mpg123-decoder';
import { OpusDecoder } from 'opus-decoder';
import { OggReader, type OggPacket } from './ogg-reader.ts';
import { type DecodedSound, mixed, type SoundDecoder, UnconvertedSound, UnreadableSound } from './sound-decoder.ts';
import { WavReader } from './wav-reader.ts';

/** What cannot be decoded, in packets or bytes: more are no damage, and each is a line in the log of the decoder. */
const maxBroken = 200;

/** Counts what cannot be decoded. @throws UnreadableSound */
class BrokenParts {
  #count = 0;

  add(count: number): void {
    this.#count += count;
    if (this.#count > maxBroken) throw new UnreadableSound();
  }
}

/** MPEG audio (mpg123). Bytes between its frames are skipped, as of ID3. */
class MpegSound implements SoundDecoder {
  readonly #decoder: MPEGDecoder;
  readonly #broken = new BrokenParts();
  #hasSound = false;

  constructor(decoder: MPEGDecoder) {
    this.#decoder = decoder;
  }

  async decode(piece: Uint8Array): Promise<DecodedSound> {
    const { channelData, samplesDecoded, sampleRate: rate, errors } = this.#decoder.decode(piece);
    this.#broken.add(errors.length);
    if (samplesDecoded === 0) return { rate: 0, parts: [] };
    this.#hasSound = true;
    return { rate, parts: [mixed(channelData)] };
  }

  async end(): Promise<DecodedSound> {
    if (!this.#hasSound) throw new UnreadableSound();
    return { rate: 0, parts: [] };
  }

  close(): void {
    this.#decoder.free();
  }
}

/** Samples a second of decoded Opus: it has those of any rate, of which 8 kHz of sound are enough. */
const opusRate = 16_000;
/** In which its header counts (RFC 7845 §5.1). */
const opusHeaderRate = 48_000;

const startsWith = (bytes: Uint8Array, text: string): boolean =>
  String.fromCharCode(...bytes.subarray(0, text.length)) === text;

/** Streams of a header with a table of channels (RFC 7845 §5.1.1), of which a sound has 8 at most. */
const mappingOf = (head: Uint8Array, channels: number) => ({
  streamCount: head[19] ?? 0,
  coupledStreamCount: head[20] ?? 0,
  channelMappingTable: [...head.subarray(21, 21 + channels)],
});

/** A decoder by the first packet of a stream (RFC 7845 §5.1). @throws UnreadableSound, UnconvertedSound */
async function opusDecoderOf(head: Uint8Array): Promise<OpusDecoder<typeof opusRate>> {
  if (startsWith(head, '\u0001vorbis')) throw new UnconvertedSound();
  if (!startsWith(head, 'OpusHead') || head.length < 19) throw new UnreadableSound();
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  const [channels, family] = [view.getUint8(9), view.getUint8(18)];
  if (channels < 1 || channels > (family === 0 ? 2 : 8)) throw new UnreadableSound();
  const preSkip = Math.round((view.getUint16(10, true) * opusRate) / opusHeaderRate);
  const mapping = family === 0 ? {} : mappingOf(head, channels);
  const decoder = new OpusDecoder({ channels, preSkip, sampleRate: opusRate, ...mapping });
  await decoder.ready;
  return decoder;
}

/** Opus in Ogg. */
class OggSound implements SoundDecoder {
  readonly #reader = new OggReader();
  #decoder: OpusDecoder<typeof opusRate> | undefined;
  readonly #broken = new BrokenParts();
  /** Packets so far: the second one has comments. */
  #packets = 0;
  #hasSound = false;

  async decode(piece: Uint8Array): Promise<DecodedSound> {
    const parts: Float32Array[] = [];
    for (const packet of this.#reader.read(piece)) {
      const samples = await this.#take(packet);
      if (samples !== undefined) parts.push(samples);
    }
    return { rate: opusRate, parts };
  }

  async end(): Promise<DecodedSound> {
    if (!this.#hasSound) throw new UnreadableSound();
    return { rate: opusRate, parts: [] };
  }

  close(): void {
    this.#decoder?.free();
  }

  async #take({ bytes }: OggPacket): Promise<Float32Array | undefined> {
    this.#packets += 1;
    if (this.#packets === 2) return undefined;
    if (bytes === undefined) throw new UnreadableSound();
    if (this.#decoder === undefined) {
      this.#decoder = await opusDecoderOf(bytes);
      return undefined;
    }
    // A packet that cannot be decoded is left out, as a lost one.
    const { channelData, samplesDecoded, errors } = this.#decoder.decodeFrame(bytes);
    this.#broken.add(errors.length);
    this.#hasSound ||= samplesDecoded > 0;
    return samplesDecoded > 0 ? mixed(channelData) : undefined;
  }
}

/** A decoder of a content type; undefined: there is none. */
export async function decoderOf(type: string): Promise<SoundDecoder | undefined> {
  switch (type) {
    case 'audio/wav':
      return new WavReader();
    case 'audio/ogg':
      return new OggSound();
    case 'audio/mpeg': {
      const decoder = new MPEGDecoder();
      await decoder.ready;
      return new MpegSound(decoder);
    }
    default:
      return undefined;
  }
}
