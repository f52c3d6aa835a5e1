/** The bytes of an upload are no sound of their content type, or of one that is not known. */
export class UnreadableSound extends Error {}

/** A sound of a format that is known and not converted. */
export class UnconvertedSound extends Error {}

/** Samples of -1 to 1, in their order. `rate`: of them a second; 0: it is not known yet. */
export type DecodedSound = { readonly rate: number; readonly parts: readonly Float32Array[] };

/** Reads a sound in pieces. Its memory does not grow with the sound. @throws UnreadableSound */
export type SoundDecoder = {
  readonly decode: (piece: Uint8Array) => Promise<DecodedSound>;
  readonly end: () => Promise<DecodedSound>;
  readonly close: () => void;
};

/** All channels in one. */
export function mixed(channels: readonly Float32Array[]): Float32Array {
  const [first = new Float32Array(0)] = channels;
  if (channels.length < 2) return first;
  return first.map((_sample, at) => channels.reduce((sum, channel) => sum + (channel[at] ?? 0), 0) / channels.length);
}
