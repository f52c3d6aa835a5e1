import { frameBytes } from './wav.ts';

/** `left`: the caller. */
export type Channel = 'left' | 'right';

/** Samples for which packets that are late are waited for: two seconds. */
const windowLength = 16_000;

/**
 * Mixes samples at their places into two channels, and returns those that no packet can change any more. What no packet
 * fills is silence.
 */
export class StereoWindow {
  #begin = 0;
  #end = 0;
  #frames = Buffer.alloc(2 * windowLength * frameBytes);

  /** Samples of each channel so far. */
  get length(): number {
    return this.#end;
  }

  /**
   * Adds samples of a channel at a place; those before the window are lost.
   * @returns the frames before the window, in pieces
   */
  *add(channel: Channel, place: number, samples: Int16Array): Generator<Buffer> {
    yield* this.#moveTo(place + samples.length - windowLength);
    const offset = channel === 'left' ? 0 : 2;
    for (const [at, sample] of samples.entries()) {
      const frame = place + at - this.#begin;
      if (frame >= 0) this.#mix(sample, frame * frameBytes + offset);
    }
    this.#end = Math.max(this.#end, place + samples.length);
  }

  /** The last frames. */
  *close(): Generator<Buffer> {
    yield* this.#moveTo(this.#end);
  }

  #mix(sample: number, at: number): void {
    const sum = this.#frames.readInt16LE(at) + sample;
    this.#frames.writeInt16LE(Math.max(-0x8000, Math.min(0x7fff, sum)), at);
  }

  /** Begins the window later. */
  *#moveTo(begin: number): Generator<Buffer> {
    while (this.#begin < begin) {
      const frames = Math.min(begin - this.#begin, windowLength);
      yield Buffer.from(this.#frames.subarray(0, frames * frameBytes));
      this.#frames.copyWithin(0, frames * frameBytes);
      this.#frames.fill(0, this.#frames.length - frames * frameBytes);
      this.#begin += frames;
    }
    this.#end = Math.max(this.#end, this.#begin);
  }
}
