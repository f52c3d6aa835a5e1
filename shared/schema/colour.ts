/** Contrast of colours, each as `#rrggbb` (WCAG 2.2, "contrast ratio" and "relative luminance"). */

const channels = (colour: string): readonly number[] =>
  [1, 3, 5].map((at) => Number.parseInt(colour.slice(at, at + 2), 16));

function luminance(colour: string): number {
  const [red = 0, green = 0, blue = 0] = channels(colour).map((channel) => {
    const part = channel / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

/** @returns 1 (the same) to 21 (black and white) */
export function contrast(one: string, other: string): number {
  const [darker = 0, lighter = 0] = [luminance(one), luminance(other)].toSorted((left, right) => left - right);
  return (lighter + 0.05) / (darker + 0.05);
}

/** A colour with another one mixed in. @param part of the other, 0 to 1 */
export function mix(colour: string, other: string, part: number): string {
  const others = channels(other);
  const mixed = channels(colour).map((channel, at) => Math.round(channel + ((others[at] ?? channel) - channel) * part));
  return `#${mixed.map((channel) => channel.toString(16).padStart(2, '0')).join('')}`;
}

/** Parts of white in which a colour is made lighter. */
const steps = 20;

/** The colour, made lighter until its contrast on a dark background is at least `least`. */
export function lighten(colour: string, background: string, least: number): string {
  for (let step = 0; step < steps; step += 1) {
    const mixed = mix(colour, '#ffffff', step / steps);
    if (contrast(mixed, background) >= least) return mixed;
  }
  return '#ffffff';
}
