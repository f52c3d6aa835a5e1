/** The part of DER (ITU-T X.690) that certificates need beyond what Node reads. */

/** A value with its tag. `bytes` are all of its bytes: a signature covers them. */
export type Der = { readonly tag: number; readonly content: Buffer; readonly bytes: Buffer };

/** Tags that are used here. */
export const tags = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  objectId: 0x06,
  utf8String: 0x0c,
  printableString: 0x13,
  ia5String: 0x16,
  utcTime: 0x17,
  generalizedTime: 0x18,
  sequence: 0x30,
  set: 0x31,
} as const;

/** A constructed tag of the context: `[0]`, `[3]`. */
export const contextTag = (number: number): number => 0xa0 | number;

/** The first value and where the next begins. @throws RangeError if the bytes end before */
function readOne(bytes: Buffer, at: number): { readonly value: Der; readonly end: number } {
  const tag = bytes.readUInt8(at);
  const short = bytes.readUInt8(at + 1);
  const lengthBytes = short < 0x80 ? 0 : short & 0x7f;
  if (lengthBytes > 3) throw new RangeError('a length of DER is too long');
  const length = lengthBytes === 0 ? short : bytes.readUIntBE(at + 2, lengthBytes);
  const start = at + 2 + lengthBytes;
  if (short === 0x80 || start + length > bytes.length) throw new RangeError('a value of DER is cut off');
  const end = start + length;
  return { value: { tag, content: bytes.subarray(start, end), bytes: bytes.subarray(at, end) }, end };
}

/** Values that follow each other at most: more than certificates of 32 KiB have. */
const maxValues = 10_000;

/** The values that follow each other. @throws RangeError if the bytes are no DER, or have more values than `max` */
export function readDer(bytes: Buffer, max = maxValues): Der[] {
  const values: Der[] = [];
  for (let at = 0; at < bytes.length;) {
    if (values.length >= max) throw new RangeError('there are too many values of DER');
    const { value, end } = readOne(bytes, at);
    values.push(value);
    at = end;
  }
  return values;
}

/** The values in a value with this tag. @throws RangeError if it has another, no DER in it, or more than `max` */
export function valuesIn(value: Der | undefined, tag: number, max = maxValues): Der[] {
  if (value?.tag !== tag) throw new RangeError(`a value of DER has not the tag ${tag}`);
  return readDer(value.content, max);
}

/** `1.2.840.…` @throws RangeError if the value is no object identifier */
export function objectIdOf(value: Der | undefined): string {
  if (value?.tag !== tags.objectId) throw new RangeError('a value of DER is no object identifier');
  const numbers: number[] = [];
  let number = 0;
  for (const byte of value.content) {
    number = number * 128 + (byte & 0x7f);
    if (byte >= 0x80) continue;
    numbers.push(number);
    number = 0;
  }
  const [first = 0, ...rest] = numbers;
  const root = Math.min(2, Math.floor(first / 40));
  return [root, first - root * 40, ...rest].join('.');
}

/** A non-negative integer. @throws RangeError if it is none, or has more than 6 bytes */
export function integerOf(value: Der | undefined): number {
  if (value?.tag !== tags.integer || value.content.length === 0 || value.content.length > 6)
    throw new RangeError('a value of DER is no small integer');
  const number = value.content.readIntBE(0, value.content.length);
  if (number < 0) throw new RangeError('an integer of DER is negative');
  return number;
}

/** Hexadecimal digits of a serial number, without leading zeros. @throws RangeError if the value is no integer */
export function serialOf(value: Der | undefined): string {
  if (value?.tag !== tags.integer) throw new RangeError('a value of DER is no integer');
  return value.content.toString('hex').replace(/^0+/, '');
}

const timeForms: ReadonlyMap<number, RegExp> = new Map([
  [tags.utcTime, /^(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})Z$/],
  [tags.generalizedTime, /^(\d{4})(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})Z$/],
]);

/** A year of two digits is one of 1950 to 2049. */
const fullYear = (year: string): string => (year.length === 2 ? `${Number(year) < 50 ? '20' : '19'}${year}` : year);

/**
 * A time in the forms of RFC 5280 §4.1.2.5, in milliseconds since the epoch.
 * @throws RangeError if the value is none
 */
export function timeOf(value: Der | undefined): number {
  const text = value?.content.toString('latin1') ?? '';
  const [, year = '', ...rest] = timeForms.get(value?.tag ?? 0)?.exec(text) ?? [];
  const [month, date, hours, minutes, seconds] = rest;
  const time = Date.parse(`${fullYear(year)}-${month}-${date}T${hours}:${minutes}:${seconds}Z`);
  if (Number.isNaN(time)) throw new RangeError('a value of DER is no time');
  return time;
}

function lengthOf(length: number): Buffer {
  if (length < 0x80) return Buffer.from([length]);
  const bytes = Buffer.from(length.toString(16).padStart(length < 0x1_00 ? 2 : 6, '0'), 'hex');
  const shortest = bytes.subarray(bytes.findIndex((byte) => byte !== 0));
  return Buffer.concat([Buffer.from([0x80 | shortest.length]), shortest]);
}

/** A value with its tag and length. */
export function writeDer(tag: number, ...contents: readonly (Buffer | string)[]): Buffer {
  const content = Buffer.concat(contents.map((part) => (typeof part === 'string' ? Buffer.from(part) : part)));
  return Buffer.concat([Buffer.from([tag]), lengthOf(content.length), content]);
}

function base128(number: number): number[] {
  const bytes = [number & 0x7f];
  for (let rest = Math.floor(number / 128); rest > 0; rest = Math.floor(rest / 128))
    bytes.unshift((rest & 0x7f) | 0x80);
  return bytes;
}

/** An object identifier. @param id `1.2.840.…` */
export function writeObjectId(id: string): Buffer {
  const [root = 0, second = 0, ...rest] = id.split('.').map(Number);
  return writeDer(tags.objectId, Buffer.from([root * 40 + second, ...rest].flatMap(base128)));
}

/** A non-negative integer below 2^31. */
export function writeInteger(number: number): Buffer {
  const bytes = Buffer.alloc(5);
  bytes.writeUInt32BE(number, 1);
  const start = bytes.findIndex((byte, at) => at === 4 || byte !== 0 || (bytes[at + 1] ?? 0) >= 0x80);
  return writeDer(tags.integer, bytes.subarray(start));
}
