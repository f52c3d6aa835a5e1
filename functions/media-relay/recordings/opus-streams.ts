import { OpusDecoder } from 'opus-decoder';
import { isOpusPacket } from './opus-packet.ts';
import { sampleRate } from './wav.ts';

/** Streams of a recording that are decoded: each has memory of its own. Those of further ones are not heard. */
const maxStreams = 8;

type Decoder = OpusDecoder<typeof sampleRate>;

async function newDecoder(): Promise<Decoder> {
  const decoder = new OpusDecoder({ channels: 1, preSkip: 0, sampleRate });
  await decoder.ready;
  return decoder;
}

/** Opus of the sources of a recording, which each have the state of a decoder. */
export class OpusStreams {
  readonly #decoders = new Map<string, Decoder>();

  /** @returns samples of 16 bits; none of what cannot be decoded */
  async decode(source: string, payload: Uint8Array): Promise<Int16Array> {
    if (!isOpusPacket(payload)) return new Int16Array(0);
    const decoder = this.#decoders.get(source) ?? (this.#decoders.size < maxStreams ? await newDecoder() : undefined);
    if (decoder === undefined) return new Int16Array(0);
    this.#decoders.set(source, decoder);
    const { channelData, samplesDecoded } = decoder.decodeFrame(payload);
    const [samples = new Float32Array(0)] = samplesDecoded > 0 ? channelData : [];
    return Int16Array.from(samples, (sample) => Math.round(Math.max(-1, Math.min(1, sample)) * 32_767));
  }

  close(): void {
    for (const decoder of this.#decoders.values()) decoder.free();
  }
}
