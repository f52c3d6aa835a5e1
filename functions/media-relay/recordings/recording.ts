import { readCapture, type CapturedPacket } from './capture.ts';
import { decodeG711, isG711 } from '#sounds/g711.ts';
import { OpusStreams } from './opus-streams.ts';
import { RtpClock } from './rtp-clock.ts';
import { readRtp, type RtpPacket } from './rtp-packet.ts';
import { StereoWindow, type Channel } from './stereo-window.ts';
import { udpPacketOf } from './udp-packet.ts';
import { sampleRate } from './wav.ts';

/** The sound of a call from the capture of its media: the caller is left, the callee right. */

/** What a capture has. */
export type CaptureSummary = {
  /** Samples of each channel. */
  readonly frames: number;
  /** Packets of PCMU, PCMA and Opus. */
  readonly packets: number;
  /** Packets of other codecs, which are not heard. */
  readonly others: number;
};

/** Milliseconds of a recording: later packets are not heard. No call is longer. */
const maxLength = 24 * 3_600_000;
/** Sources of a recording: those of further ones are not heard. A source changes with each new party. */
const maxSources = 256;
/** Payload types without sound: comfort noise, and events such as digits. */
const isSilent = (payloadType: number): boolean => payloadType === 13 || payloadType >= 96;

/** Where a capture has the media of a call. */
export type RecordedMedia = {
  /** The channel of what comes to a port of the relay; undefined: it is no media of the call. */
  readonly channelOf: (port: number) => Channel | undefined;
  /** Payload types of Opus, by port. */
  readonly opus: ReadonlyMap<number, number>;
};

/** A packet with sound, or with that of a codec that is not heard. */
type HeardPacket = { readonly channel: Channel; readonly rtp: RtpPacket; readonly codec: 'G.711' | 'Opus' | 'other' };

/** The RTP packet in a captured one; undefined: it has no sound. */
function heardIn(captured: CapturedPacket, { channelOf, opus }: RecordedMedia): HeardPacket | undefined {
  const udp = udpPacketOf(captured);
  const channel = udp === undefined ? undefined : channelOf(udp.destinationPort);
  const rtp = udp === undefined || channel === undefined ? undefined : readRtp(udp.payload);
  if (udp === undefined || rtp === undefined || channel === undefined) return undefined;
  if (isG711(rtp.payloadType)) return { channel, rtp, codec: 'G.711' };
  if (opus.get(udp.destinationPort) === rtp.payloadType) return { channel, rtp, codec: 'Opus' };
  return isSilent(rtp.payloadType) ? undefined : { channel, rtp, codec: 'other' };
}

/** Of timestamps, a second (RFC 3551 §4.5.14, RFC 7587 §4.1). */
const clockRates = { 'G.711': sampleRate, Opus: 48_000 } as const;

/** The sources of a recording. */
class Sources {
  readonly #clocks = new Map<string, RtpClock>();
  readonly #opus = new OpusStreams();

  /**
   * What a packet says, and where that belongs; undefined: nowhere.
   * @param at milliseconds since the begin of the recording
   */
  async take({ channel, rtp, codec }: HeardPacket, at: number) {
    if (codec === 'other' || at < 0 || at > maxLength) return undefined;
    const name = `${channel} ${rtp.source} ${codec}`;
    const clock =
      this.#clocks.get(name) ?? (this.#clocks.size < maxSources ? new RtpClock(clockRates[codec]) : undefined);
    if (clock === undefined || clock.isRepeated(rtp)) return undefined;
    this.#clocks.set(name, clock);
    const { payloadType, payload } = rtp;
    const samples = codec === 'Opus' ? await this.#opus.decode(name, payload) : decodeG711(payloadType, payload);
    return { place: clock.placeOf(rtp, at), samples };
  }

  close(): void {
    this.#opus.close();
  }
}

/**
 * The frames of a capture: stereo, 16 bits, 8 kHz.
 * @throws MalformedCapture
 */
export async function* framesOf(
  capture: AsyncIterable<Uint8Array>,
  media: RecordedMedia,
): AsyncGenerator<Buffer, CaptureSummary> {
  const [window, sources] = [new StereoWindow(), new Sources()];
  let begin: number | undefined;
  let [packets, others] = [0, 0];
  try {
    for await (const captured of readCapture(capture)) {
      const heard = heardIn(captured, media);
      if (heard?.codec === 'other') others += 1;
      if (heard === undefined || heard.codec === 'other') continue;
      begin ??= captured.at;
      const taken = await sources.take(heard, captured.at - begin);
      if (taken === undefined) continue;
      packets += 1;
      yield* window.add(heard.channel, taken.place, taken.samples);
    }
  } finally {
    sources.close();
  }
  yield* window.close();
  return { frames: window.length, packets, others };
}
