import { OpusDecoder } from 'opus-decoder';
import { decodeG711, isG711 } from '#sounds/g711.ts';
import { readCapture, type CapturedPacket } from './capture.ts';
import { isOpusPacket } from './opus-packet.ts';
import { frameBytes, sampleRate } from './wav.ts';

/** The sound of a call from the capture of its media: the caller is left, the callee right. */

/** An RTP packet (RFC 3550 §5.1). */
type RtpPacket = {
  readonly payloadType: number;
  readonly sequence: number;
  /** In units of the codec's clock. */
  readonly timestamp: number;
  readonly source: number;
  readonly payload: Buffer;
};

const fixedLength = 12;

/** The packet in a datagram; undefined if it is none. RTCP is none: its types are 192 to 223 (RFC 5761 §4). */
export function readRtp(bytes: Buffer): RtpPacket | undefined {
  const [first = 0, second = 0] = bytes;
  if (bytes.length < fixedLength || first >> 6 !== 2 || (second >= 192 && second <= 223)) return undefined;
  const begin = payloadBegin(bytes, first);
  const padding = (first & 0x20) === 0 ? 0 : (bytes.at(-1) ?? 0);
  if (begin === undefined || begin + padding > bytes.length) return undefined;
  return {
    payloadType: second & 0x7f,
    sequence: bytes.readUInt16BE(2),
    timestamp: bytes.readUInt32BE(4),
    source: bytes.readUInt32BE(8),
    payload: bytes.subarray(begin, bytes.length - padding),
  };
}

/** Where the payload begins: after the contributing sources and a header extension. */
function payloadBegin(bytes: Buffer, first: number): number | undefined {
  const end = fixedLength + (first & 15) * 4;
  if ((first & 0x10) === 0) return end;
  return bytes.length < end + 4 ? undefined : end + 4 + bytes.readUInt16BE(end + 2) * 4;
}

/** The UDP packet in a captured one. */
type UdpPacket = { readonly sourcePort: number; readonly destinationPort: number; readonly payload: Buffer };

/** Link types (www.tcpdump.org/linktypes.html). */
const ethernet = 1;
const rawIp = 101;
const etherTypes: ReadonlySet<number> = new Set([0x0800, 0x86dd]);
const udp = 17;

function ipOf({ link, bytes }: Pick<CapturedPacket, 'link' | 'bytes'>): Buffer | undefined {
  if (link === rawIp) return bytes;
  if (link !== ethernet || bytes.length < 14 || !etherTypes.has(bytes.readUInt16BE(12))) return undefined;
  return bytes.subarray(14);
}

/** What follows the IP header, if that is UDP; rtpengine writes neither fragments nor extension headers. */
function udpOf(ip: Buffer): Buffer | undefined {
  const version = (ip[0] ?? 0) >> 4;
  if (version === 4 && ip.length >= 20 && ip[9] === udp) return ip.subarray(((ip[0] ?? 0) & 15) * 4);
  return version === 6 && ip.length >= 40 && ip[6] === udp ? ip.subarray(40) : undefined;
}

/** The UDP packet of a captured one; undefined if it is another one. */
export function udpPacketOf(captured: Pick<CapturedPacket, 'link' | 'bytes'>): UdpPacket | undefined {
  const ip = ipOf(captured);
  const packet = ip === undefined ? undefined : udpOf(ip);
  if (packet === undefined || packet.length < 8) return undefined;
  const length = packet.readUInt16BE(4);
  return {
    sourcePort: packet.readUInt16BE(0),
    destinationPort: packet.readUInt16BE(2),
    payload: packet.subarray(8, Math.max(8, length)),
  };
}

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
