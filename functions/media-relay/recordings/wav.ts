import { emptyWavSize } from '#schema/file.ts';

/** WAV files of samples of 16 bits (Multimedia Programming Interface and Data Specifications 1.0). */

/** Samples a second of each channel: those of G.711. */
export const sampleRate = 8_000;
export const wavHeaderLength = emptyWavSize;
export const sampleBytes = 2;
/** Bytes of a sample of both channels. */
export const frameBytes = 2 * sampleBytes;

/** The header of a file. @param frames samples of each channel @param channels default: both parties */
export function wavHeader(frames: number, channels: 1 | 2 = 2): Buffer {
  const frame = channels * sampleBytes;
  const size = frames * frame;
  const header = Buffer.alloc(wavHeaderLength);
  header.write('RIFF', 0, 'latin1');
  header.writeUInt32LE(size + wavHeaderLength - 8, 4);
  header.write('WAVEfmt ', 8, 'latin1');
  header.writeUInt32LE(16, 16);
  // 1: PCM.
  header.writeUInt16LE(1, 20);
  header.writeUInt16LE(channels, 22);
  header.writeUInt32LE(sampleRate, 24);
  header.writeUInt32LE(sampleRate * frame, 28);
  header.writeUInt16LE(frame, 32);
  header.writeUInt16LE(sampleBytes * 8, 34);
  header.write('data', 36, 'latin1');
  header.writeUInt32LE(size, 40);
  return header;
}
