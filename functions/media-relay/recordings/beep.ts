import { frameBytes, sampleRate, wavHeader } from './wav.ts';

/** The name of the file with the beep, in the folder of the captures. */
export const beepFile = 'beep.wav';

/** Hertz, seconds, and a fourth of full scale: heard, and no fright. */
const beep = { frequency: 1_400, length: 0.4, amplitude: 8_000 } as const;

/** What both parties hear when the recording of their call begins, as a WAV file. */
export function beepSound(): Buffer {
  const frames = beep.length * sampleRate;
  const sound = Buffer.alloc(frames * frameBytes);
  for (let frame = 0; frame < frames; frame += 1) {
    const sample = Math.round(beep.amplitude * Math.sin((2 * Math.PI * beep.frequency * frame) / sampleRate));
    for (const channel of [0, 2]) sound.writeInt16LE(sample, frame * frameBytes + channel);
  }
  return Buffer.concat([wavHeader(frames), sound]);
}
