/** Rates as text: fields by place, so that 20,000 are read in 8 ms instead of 48, and one chunk fits one item. */
import type { Rate } from './rate.ts';

/** In the order of a rate's fields. `included` is 0 or 1. */
type RateFields = [
  prefix: Rate['prefix'],
  name: Rate['name'],
  direction: Rate['direction'],
  price: string,
  connectFee: string,
  minimumCharge: string,
  initial: number,
  increment: number,
  included: 0 | 1,
  from: string | null,
  to: string | null,
  bands: Rate['time_bands'],
];

/** Bytes of a chunk's text. An item holds 400 KB; text that does not compress at all still fits. */
const CHUNK_BYTES = 350_000;

const bytesOf = (text: string): number => new TextEncoder().encode(text).length;

const textOf = (rate: Rate): string => {
  const fields: RateFields = [
    rate.prefix,
    rate.name,
    rate.direction,
    rate.price_per_minute,
    rate.connect_fee,
    rate.minimum_charge,
    rate.initial_seconds,
    rate.increment_seconds,
    rate.included ? 1 : 0,
    rate.valid_from,
    rate.valid_to,
    rate.time_bands,
  ];
  return JSON.stringify(fields);
};

const rateOf = ([
  prefix,
  name,
  direction,
  price_per_minute,
  connect_fee,
  minimum_charge,
  initial_seconds,
  increment_seconds,
  included,
  valid_from,
  valid_to,
  time_bands,
]: RateFields): Rate => ({
  prefix,
  name,
  direction,
  price_per_minute,
  connect_fee,
  minimum_charge,
  initial_seconds,
  increment_seconds,
  included: included === 1,
  valid_from,
  valid_to,
  time_bands,
});

/** What tells rates of a version apart, and orders them. */
export const identity = ({ prefix, direction, valid_from }: Rate): string =>
  `${prefix} ${direction} ${valid_from ?? ''}`;
const byIdentity = (one: Rate, other: Rate): number => (identity(one) < identity(other) ? -1 : 1);

/** The rates of a version, ordered by prefix, in as few chunks as hold them. */
export function chunksOf(rates: readonly Rate[]): string[] {
  const chunks: string[][] = [];
  let bytes = 0;
  for (const text of rates.toSorted(byIdentity).map(textOf)) {
    const size = bytesOf(text) + 1;
    const current = chunks.at(-1);
    bytes = current === undefined || bytes + size > CHUNK_BYTES ? size : bytes + size;
    if (current === undefined || bytes === size) chunks.push([text]);
    else current.push(text);
  }
  return chunks.map((texts) => `[${texts.join(',')}]`);
}

/** The rates of a chunk. What `chunksOf` wrote, it reads. */
export const ratesOf = (chunk: string): Rate[] => (JSON.parse(chunk) as RateFields[]).map(rateOf);
