import { soundRate } from '#schema/sound.ts';

/**
 * A short piece of the platform's own for parties on hold: broken chords of soft tones, which begins again where it
 * ends. It is part of this repository and has its licence.
 */

/** Semitones from A of 220 Hz, from low to high: C, A minor, F, G with their neighbours, each for a bar. */
const bars = [
  [-9, -2, 3, 7, 10, 7, 3, -2],
  [-12, -5, 0, 3, 7, 3, 0, -5],
  [-16, -4, 0, 3, 8, 3, 0, -4],
  [-14, -7, -2, 2, 5, 2, -2, -7],
  [-9, -5, 3, 7, 12, 7, 3, -5],
  [-12, -5, 0, 7, 12, 7, 0, -5],
  [-16, -4, 0, 5, 8, 5, 0, -4],
  [-14, -7, -2, 5, 10, 5, 2, -2],
] as const;

/** Samples of a tone, and of what is heard of it. */
const step = Math.round(0.34 * soundRate);
const decay = 2.4 * soundRate;
const amplitude = 3_600;

/** A plucked tone with two overtones. @param at samples since it began */
function toneAt(frequency: number, at: number): number {
  const phase = (2 * Math.PI * frequency * at) / soundRate;
  const attack = Math.min(1, at / 80);
  const loudness = attack * Math.exp((-5 * at) / decay);
  return (
    loudness * (Math.sin(phase) + 0.3 * Math.sin(2 * phase) * Math.exp((-8 * at) / decay) + 0.1 * Math.sin(3 * phase))
  );
}

/** Samples of 16 bits. What is left of the last tones is heard at the begin, as it is repeated. */
export function musicSamples(): Int16Array {
  const notes = bars.flat();
  const samples = new Float64Array(notes.length * step);
  for (const [index, semitones] of notes.entries()) {
    const frequency = 220 * 2 ** (semitones / 12);
    const strength = index % 8 === 0 ? amplitude * 1.2 : amplitude;
    for (let at = 0; at < decay; at += 1) {
      const place = (index * step + at) % samples.length;
      samples[place] = (samples[place] ?? 0) + strength * toneAt(frequency, at);
    }
  }
  return Int16Array.from(samples, (sample) => Math.round(Math.max(-32_000, Math.min(32_000, sample))));
}
