import { readCapture, type CapturedPacket } from './capture.ts';
import { decodeG711, isG711 } from '#sounds/g711.ts';
import { RtpClock } from './rtp-clock.ts';
import { readRtp, type RtpPacket } from './rtp-packet.ts';
import { StereoWindow, type Channel } from './stereo-window.ts';
import { udpPacketOf } from './udp-packet.ts';

/** The sound of a call from the capture of its media: the caller is left, the callee right. */

/** What a capture has. */
export type CaptureSummary = {
  /** Samples of each channel. */
  readonly frames: number;
  /** Packets of PCMU and PCMA. */
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

/** The RTP packet in a captured one, and the channel in which it is heard. */
function heardIn(captured: CapturedPacket, channelOf: (port: number) => Channel | undefined) {
  const udp = udpPacketOf(captured);
  const channel = udp === undefined ? undefined : channelOf(udp.destinationPort);
  const rtp = udp === undefined || channel === undefined ? undefined : readRtp(udp.payload);
  return rtp === undefined || channel === undefined ? undefined : { channel, rtp };
}

/** The sources of a recording. */
class Sources {
  readonly #clocks = new Map<string, RtpClock>();

  /** Where a packet belongs; undefined: nowhere. @param at milliseconds since the begin of the recording */
  placeOf(channel: Channel, rtp: RtpPacket, at: number): number | undefined {
    const name = `${channel} ${rtp.source}`;
    const clock = this.#clocks.get(name) ?? (this.#clocks.size < maxSources ? new RtpClock() : undefined);
    if (clock === undefined || at < 0 || at > maxLength || clock.isRepeated(rtp)) return undefined;
    this.#clocks.set(name, clock);
    return clock.placeOf(rtp, at);
  }
}

/**
 * The frames of a capture: stereo, 16 bits, 8 kHz.
 * @param channelOf the channel of what comes to a port of the relay; undefined: it is no media of the call
 * @throws MalformedCapture
 */
export async function* framesOf(
  capture: AsyncIterable<Uint8Array>,
  channelOf: (port: number) => Channel | undefined,
): AsyncGenerator<Buffer, CaptureSummary> {
  const [window, sources] = [new StereoWindow(), new Sources()];
  let begin: number | undefined;
  let [packets, others] = [0, 0];
  for await (const captured of readCapture(capture)) {
    const heard = heardIn(captured, channelOf);
    if (heard === undefined) continue;
    const { channel, rtp } = heard;
    if (isG711(rtp.payloadType)) {
      begin ??= captured.at;
      const place = sources.placeOf(channel, rtp, captured.at - begin);
      if (place === undefined) continue;
      packets += 1;
      yield* window.add(channel, place, decodeG711(rtp.payloadType, rtp.payload));
    } else if (!isSilent(rtp.payloadType)) others += 1;
  }
  yield* window.close();
  return { frames: window.length, packets, others };
}
