/** The wave form of a sound: what is drawn of it. */

/** The loudest sample of each part of a sound, from 0 to 1, by channel. */
export type Wave = readonly (readonly number[])[];

/** The loudest samples of so many parts. A sound of fewer samples has as many parts. */
export function waveOf(channels: readonly Float32Array[], parts: number): Wave {
  return channels.map((samples) => {
    const count = Math.min(parts, samples.length);
    return Array.from({ length: count }, (_part, at) => {
      const [from, to] = [at, at + 1].map((edge) => Math.floor((edge * samples.length) / count));
      return Math.min(1, loudest(samples, from ?? 0, to ?? 0));
    });
  });
}

function loudest(samples: Float32Array, from: number, to: number): number {
  let most = 0;
  for (let at = from; at < to; at += 1) most = Math.max(most, Math.abs(samples[at] ?? 0));
  return most;
}

/** Height of half a wave form, and width of a part, in units of the drawing. */
export const halfHeight = 50;
/** A part that is silent is drawn, too. */
const least = 1;

/**
 * The parts of a wave form as an SVG path of vertical lines. The first channel is above the middle, and the second one
 * below; one alone is both.
 */
export function pathOf(wave: Wave, from: number, to: number): string {
  const [upper = [], lower = upper] = wave;
  const heightOf = (peak: number | undefined): number => Math.max(least, Math.round((peak ?? 0) * halfHeight));
  return Array.from({ length: Math.max(0, to - from) }, (_part, index) => {
    const at = from + index;
    return `M${at + 0.5} ${halfHeight - heightOf(upper[at])}V${halfHeight + heightOf(lower[at])}`;
  }).join('');
}

/** Minutes and seconds. */
export function clockText(seconds: number): string {
  const whole = Math.floor(Number.isFinite(seconds) ? seconds : 0);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, '0')}`;
}

/** How far an arrow key moves in a sound of this length, in seconds. */
export const stepOf = (duration: number): number => Math.min(5, duration / 10);
