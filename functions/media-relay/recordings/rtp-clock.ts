import type { RtpPacket } from './rtp-packet.ts';
import { sampleRate } from './wav.ts';

/** Samples by which the timestamps of a source may differ from the times of arrival: half a second. */
const maxDrift = 4_000;
/** Packets within which a repetition is noticed. */
const maxRecent = 64;
const samplesOf = (milliseconds: number): number => Math.round((milliseconds * sampleRate) / 1_000);

/** The signed difference of two timestamps, which wrap around. */
const difference = (one: number, other: number): number => (one - other) | 0;

type Anchor = { readonly place: number; readonly timestamp: number };

/**
 * Where the packets of one source belong in a recording: by their timestamps, so that jitter is not heard. A source
 * whose timestamps leave the times of arrival, as after a hold, is placed by these again.
 */
export class RtpClock {
  /** Of its timestamps, for each sample of a recording. */
  readonly #units: number;
  #anchor: Anchor | undefined;
  /** Sequence numbers of the last packets, oldest first. */
  readonly #recent = new Set<number>();

  /** @param rate units of its timestamps a second: that of G.711, or of Opus */
  constructor(rate: number = sampleRate) {
    this.#units = rate / sampleRate;
  }

  /** Whether a packet has come before. */
  isRepeated({ sequence }: Pick<RtpPacket, 'sequence'>): boolean {
    if (this.#recent.has(sequence)) return true;
    const [oldest] = this.#recent;
    if (oldest !== undefined && this.#recent.size >= maxRecent) this.#recent.delete(oldest);
    this.#recent.add(sequence);
    return false;
  }

  /** @param at milliseconds since the begin of the recording */
  placeOf({ timestamp }: Pick<RtpPacket, 'timestamp'>, at: number): number {
    const arrived = samplesOf(at);
    const anchor = this.#anchor ?? { place: arrived, timestamp };
    const place = anchor.place + Math.round(difference(timestamp, anchor.timestamp) / this.#units);
    const isNear = Math.abs(place - arrived) <= maxDrift;
    this.#anchor = isNear ? { place, timestamp } : { place: arrived, timestamp };
    return this.#anchor.place;
  }
}
