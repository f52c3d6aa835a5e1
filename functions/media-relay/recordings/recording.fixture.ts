import { wavHeaderLength } from './wav.ts';

/** Captures with tones, and what is heard in recordings. */

/** PCMU of a sample (ITU-T G.711). */
export function encodeMu(sample: number): number {
  const magnitude = Math.min(32_635, Math.abs(sample)) + 0x84;
  const exponent = Math.floor(Math.log2(magnitude)) - 7;
  const code = (sample < 0 ? 0x80 : 0) | (exponent << 4) | ((magnitude >> (exponent + 3)) & 15);
  return ~code & 0xff;
}

/** PCMA of a sample (ITU-T G.711). */
export function encodeA(sample: number): number {
  const magnitude = Math.min(32_767, sample < 0 ? -sample - 1 : sample);
  const exponent = magnitude < 256 ? 0 : Math.floor(Math.log2(magnitude)) - 7;
  const mantissa = (magnitude >> (exponent === 0 ? 4 : exponent + 3)) & 15;
  return ((sample < 0 ? 0 : 0x80) | (exponent << 4) | mantissa) ^ 0x55;
}

/** Samples of a tone, 8,000 a second. */
export const toneOf = (frequency: number, from: number, length: number): number[] =>
  Array.from({ length }, (_, at) => Math.round(8_000 * Math.sin((2 * Math.PI * frequency * (from + at)) / 8_000)));

type Sent = {
  readonly port: number;
  readonly sequence: number;
  readonly timestamp: number;
  readonly source: number;
  readonly type?: number;
  readonly payload: Uint8Array;
};

/** A UDP packet with RTP, of the Ethernet header on. */
export function packetOf({ port, sequence, timestamp, source, type = 0, payload }: Sent): Buffer {
  const rtp = Buffer.alloc(12);
  rtp.writeUInt16BE(0x8000 | type, 0);
  rtp.writeUInt16BE(sequence & 0xffff, 2);
  rtp.writeUInt32BE(timestamp >>> 0, 4);
  rtp.writeUInt32BE(source, 8);
  const head = Buffer.alloc(42);
  head.writeUInt16BE(0x0800, 12);
  head[14] = 0x45;
  head[23] = 17;
  head.writeUInt16BE(40_000, 34);
  head.writeUInt16BE(port, 36);
  head.writeUInt16BE(8 + rtp.length + payload.length, 38);
  return Buffer.concat([head, rtp, payload]);
}

export const captureHeader = Buffer.from('d4c3b2a1020004000000000000000000ffff000001000000', 'hex');

/** A packet as a capture has it. @param at milliseconds */
export function captured(at: number, bytes: Buffer): Buffer {
  const head = Buffer.alloc(16);
  head.writeUInt32LE(1_795_000_000 + Math.floor(at / 1_000), 0);
  head.writeUInt32LE(Math.round((at % 1_000) * 1_000), 4);
  head.writeUInt32LE(bytes.length, 8);
  head.writeUInt32LE(bytes.length, 12);
  return Buffer.concat([head, bytes]);
}

/** A part of a file's bytes in pieces. */
export async function* inPieces(bytes: Buffer, size = 1_000): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

/** Samples of a channel of a stereo WAV file, or of its frames. @param channel 0 is left */
export const samplesIn = (frames: Buffer, channel: 0 | 1): number[] =>
  Array.from({ length: Math.floor(frames.length / 4) }, (_, at) => frames.readInt16LE(at * 4 + channel * 2));

/** The samples of a WAV file. */
export const samplesOfWav = (wav: Buffer, channel: 0 | 1): number[] =>
  samplesIn(wav.subarray(wavHeaderLength), channel);

/** The part of the power of samples that a frequency has (Goertzel): 1 for a pure tone, 0 for another one. */
export function shareOf(frequency: number, samples: readonly number[]): number {
  const factor = 2 * Math.cos((2 * Math.PI * frequency) / 8_000);
  let [last, before, power] = [0, 0, 0];
  for (const sample of samples) {
    [last, before] = [sample + factor * last - before, last];
    power += sample * sample;
  }
  const magnitude = last * last + before * before - factor * last * before;
  return power === 0 ? 0 : (2 * magnitude) / (power * samples.length);
}

/** Samples of a packet. */
const blockLength = 160;

/**
 * The part of the blocks with sound that have a tone. A pause between packets moves the phase of what follows, so that
 * the whole has less of it.
 */
export function blocksWith(frequency: number, samples: readonly number[]): number {
  const blocks = Array.from({ length: Math.floor(samples.length / blockLength) }, (_, at) =>
    samples.slice(at * blockLength, (at + 1) * blockLength),
  ).filter((block) => block.some((sample) => sample !== 0));
  return blocks.filter((block) => shareOf(frequency, block) > 0.7).length / blocks.length;
}

/** Loud samples, which no noise of a codec has. */
const loud = 4_000;

/** How often a tone is heard, also if it is as short as a beep: loud blocks with it, of which one begins each 5 ms. */
export const timesHeard = (frequency: number, samples: readonly number[]): number =>
  Array.from({ length: Math.ceil(samples.length / 40) }, (_, at) =>
    samples.slice(at * 40, at * 40 + blockLength),
  ).filter((block) => block.some((sample) => sample > loud) && shareOf(frequency, block) > 0.6).length;

/** Id of the file that a recording becomes. */
export const recordingId = 'file_01KAFB5Q4S0000000000000000';

/** A metadata file as rtpengine writes it. @param label what the sidecar wrote */
export const metadata = (file: string, label = `trunkline org=1001 file=${recordingId} caller=30000`): string =>
  `/var/spool/${file}\n\n\ncall start time: 2026-11-22T14:01:31\ncall end time: 2026-11-22T14:01:33\n\n\n${label}`;
