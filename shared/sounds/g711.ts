/** G.711 in linear samples of 16 bits (ITU-T G.711, tables 1a and 2a). */

const bias = 0x84;

/** @param code of PCMU as it is sent: inverted */
export function linearOfMu(code: number): number {
  const value = ~code & 0xff;
  const magnitude = ((((value & 15) << 3) + bias) << ((value >> 4) & 7)) - bias;
  return (value & 0x80) === 0 ? magnitude : -magnitude;
}

/** PCMU of a sample of 16 bits, as it is sent. */
export function muOfLinear(sample: number): number {
  const magnitude = Math.min(32_635, Math.abs(sample)) + bias;
  const exponent = 24 - Math.clz32(magnitude);
  const code = (sample < 0 ? 0x80 : 0) | (exponent << 4) | ((magnitude >> (exponent + 3)) & 15);
  return ~code & 0xff;
}

/** @param code of PCMA as it is sent: each second bit is inverted */
export function linearOfA(code: number): number {
  const value = code ^ 0x55;
  const exponent = (value >> 4) & 7;
  const mantissa = ((value & 15) << 4) + 8;
  const magnitude = exponent === 0 ? mantissa : (mantissa + 0x100) << (exponent - 1);
  return (value & 0x80) === 0 ? -magnitude : magnitude;
}

const tableOf = (decode: (code: number) => number): Int16Array =>
  Int16Array.from({ length: 256 }, (_, code) => decode(code));

/** The tables of the codecs by their payload types (RFC 3551 §6): PCMU and PCMA. */
const tables: ReadonlyMap<number, Int16Array> = new Map([
  [0, tableOf(linearOfMu)],
  [8, tableOf(linearOfA)],
]);

/** Whether a payload type is PCMU or PCMA. */
export const isG711 = (payloadType: number): boolean => tables.has(payloadType);

/** The samples of a payload; none of another type. */
export function decodeG711(payloadType: number, payload: Uint8Array): Int16Array {
  const table = tables.get(payloadType);
  return table === undefined ? new Int16Array(0) : Int16Array.from(payload, (code) => table[code] ?? 0);
}
