import { decodeG711 } from './g711.ts';
import { frameBytes, sampleRate, wavHeader } from './wav.ts';

/** The sounds that tell the parties of a call that it is recorded, as WAV files in the folder of the captures. */

/** Hertz, seconds, and a fourth of full scale: heard, and no fright. */
const beep = { frequency: 1_400, length: 0.4, amplitude: 8_000 } as const;

/**
 * Seconds of silence at the begin, as it plays from the answer on: until a phone has got the answer and plays what it
 * receives, and a browser has keys (ICE and DTLS).
 */
const lead = 1;
/** Seconds between speech and beep. */
const gap = 0.2;

const silence = (seconds: number): number[] => Array.from({ length: seconds * sampleRate }, () => 0);

const beepSamples = (): number[] =>
  Array.from({ length: beep.length * sampleRate }, (_, at) =>
    Math.round(beep.amplitude * Math.sin((2 * Math.PI * beep.frequency * at) / sampleRate)),
  );

export const beepSound = (): Buffer => soundOf([...silence(lead), ...beepSamples()]);

/** @param speech PCMU */
export const announcementSound = (speech: Uint8Array): Buffer =>
  soundOf([...silence(lead), ...decodeG711(0, speech), ...silence(gap), ...beepSamples()]);

/** Samples in both channels of a file. */
function soundOf(samples: readonly number[]): Buffer {
  const sound = Buffer.alloc(samples.length * frameBytes);
  for (const [frame, sample] of samples.entries())
    for (const channel of [0, 2]) sound.writeInt16LE(sample, frame * frameBytes + channel);
  return Buffer.concat([wavHeader(samples.length), sound]);
}
