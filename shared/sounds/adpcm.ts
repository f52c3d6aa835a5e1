/** ADPCM of 4 bits without a header or blocks (IMA Digital Audio Focus and Technical Working Groups, 1992). */

/** Sizes of steps: each is a tenth greater than the one before. */
const steps = [
  7, 8, 9, 10, 11, 12, 13, 14, 16, 17, 19, 21, 23, 25, 28, 31, 34, 37, 41, 45, 50, 55, 60, 66, 73, 80, 88, 97, 107, 118,
  130, 143, 157, 173, 190, 209, 230, 253, 279, 307, 337, 371, 408, 449, 494, 544, 598, 658, 724, 796, 876, 963, 1060,
  1166, 1282, 1411, 1552, 1707, 1878, 2066, 2272, 2499, 2749, 3024, 3327, 3660, 4026, 4428, 4871, 5358, 5894, 6484,
  7132, 7845, 8630, 9493, 10442, 11487, 12635, 13899, 15289, 16818, 18500, 20350, 22385, 24623, 27086, 29794, 32767,
] as const;

/** What a code, without its sign, adds to the index of the step. */
const indexChanges = [-1, -1, -1, -1, 2, 4, 6, 8] as const;

/** Samples of 16 bits, two of each byte: the first one in its upper half, as sox writes them (`-t ima`). */
export function decodeAdpcm(bytes: Uint8Array): Int16Array {
  const samples = new Int16Array(bytes.length * 2);
  let value = 0;
  let index = 0;
  for (let at = 0; at < samples.length; at++) {
    const code = ((bytes[at >> 1] ?? 0) >> (at % 2 === 0 ? 4 : 0)) & 15;
    const magnitude = code & 7;
    const change = ((2 * magnitude + 1) * (steps[index] ?? 0)) >> 3;
    value = Math.max(-32_768, Math.min(32_767, code < 8 ? value + change : value - change));
    index = Math.max(0, Math.min(steps.length - 1, index + (indexChanges[magnitude] ?? 0)));
    samples[at] = value;
  }
  return samples;
}
