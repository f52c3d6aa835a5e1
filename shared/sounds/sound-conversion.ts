import { maxSoundSamples, soundHeader, soundRate } from '../schema/sound.ts';
import { muOfLinear } from './g711.ts';
import { Resampler } from './resampler.ts';
import { type DecodedSound, type SoundDecoder, UnconvertedSound, UnreadableSound } from './sound-decoder.ts';

/** What calls play, of a foreign sound: the bytes of a sound, or why there is none. */
export type Conversion =
  | { readonly bytes: Uint8Array }
  | { readonly reason: 'UNREADABLE_SOUND' | 'TOO_LONG' | 'NO_SOUND' };

/** Bytes that are decoded at once. */
const pieceSize = 4_096;

/** @param sample -1 to 1, and what is louder; what is no number is silence */
const pcmuOf = (sample: number): number =>
  muOfLinear(Number.isNaN(sample) ? 0 : Math.round(Math.max(-1, Math.min(1, sample)) * 32_767));

/** Grows with the sound that comes, up to a number of samples. */
class SoundWriter {
  readonly #max: number;
  readonly #parts: Uint8Array[] = [];
  #samples = 0;
  #resampler: Resampler | undefined;
  #rate = 0;

  constructor(max: number) {
    this.#max = max;
  }

  /** @returns false if it is too long @throws UnreadableSound if the rate changes */
  add({ rate, parts }: DecodedSound): boolean {
    for (const part of parts) {
      if (part.length === 0) continue;
      this.#resampler ??= this.#resamplerOf(rate);
      if (rate !== this.#rate) throw new UnreadableSound();
      if (!this.#write(this.#resampler.add(part))) return false;
    }
    return true;
  }

  end(): Conversion {
    if (this.#resampler !== undefined && !this.#write(this.#resampler.end())) return { reason: 'TOO_LONG' };
    if (this.#samples === 0) return { reason: 'NO_SOUND' };
    return { bytes: Buffer.concat([soundHeader(this.#samples), ...this.#parts]) };
  }

  #resamplerOf(rate: number): Resampler {
    this.#rate = rate;
    return new Resampler(rate, soundRate);
  }

  #write(samples: Float32Array): boolean {
    this.#samples += samples.length;
    this.#parts.push(Uint8Array.from(samples, pcmuOf));
    return this.#samples <= this.#max;
  }
}

/** What fails in a decoder, is the fault of what it reads: its own memory, for one, has an end. */
async function decodeWith(decoding: () => Promise<DecodedSound>): Promise<DecodedSound> {
  try {
    return await decoding();
  } catch (error) {
    if (error instanceof UnconvertedSound) throw error;
    throw new UnreadableSound('the sound cannot be decoded', { cause: error });
  }
}

/** A decoder that has failed may fail again; its memory goes with it. */
function close(decoder: SoundDecoder): void {
  try {
    decoder.close();
  } catch {
    return;
  }
}

async function convertWith(
  decoder: SoundDecoder,
  body: AsyncIterable<Uint8Array>,
  writer: SoundWriter,
): Promise<Conversion> {
  for await (const piece of body)
    for (let at = 0; at < piece.length; at += pieceSize) {
      const next = piece.subarray(at, at + pieceSize);
      if (!writer.add(await decodeWith(() => decoder.decode(next)))) return { reason: 'TOO_LONG' };
    }
  return writer.add(await decodeWith(() => decoder.end())) ? writer.end() : { reason: 'TOO_LONG' };
}

/**
 * Makes of a foreign sound what calls play: PCMU, mono, 8 kHz. Its memory grows with the sound that comes of it only.
 * @param decoder of the sound; undefined: there is none
 * @param max samples of what is not too long: an hour of them
 * @returns undefined if the format is not converted
 */
export async function convertSound(
  decoder: SoundDecoder | undefined,
  body: AsyncIterable<Uint8Array>,
  max = maxSoundSamples,
): Promise<Conversion | undefined> {
  if (decoder === undefined) return undefined;
  try {
    return await convertWith(decoder, body, new SoundWriter(max));
  } catch (error) {
    if (error instanceof UnconvertedSound) return undefined;
    if (error instanceof UnreadableSound) return { reason: 'UNREADABLE_SOUND' };
    throw error;
  } finally {
    close(decoder);
  }
}
