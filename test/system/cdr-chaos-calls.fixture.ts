import { callees, message, wrongs, type Call } from './cdr.fixture.ts';

/** The calls of a storm and their messages, drawn from a seed. */

/** mulberry32 (Tommy Ettinger, public domain). */
export function randomGenerator(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** `longest`: seconds of the longest call. */
export type Draw = { readonly longest: number; readonly random: () => number };

/** Calls to any of the numbers, and for every fiftieth one that must be rejected. */
export function callsOf(count: number, { longest, random }: Draw): { readonly calls: Call[]; readonly wrong: Call[] } {
  const any = (id: string): Call => ({
    id,
    callee: callees[Math.floor(random() * callees.length)] ?? callees[0],
    seconds: 1 + Math.floor(random() * longest),
  });
  return {
    calls: Array.from({ length: count }, (_, at) => any(`call-${at}`)),
    wrong: Array.from({ length: Math.ceil(count / 50) }, (_, at) => ({
      ...any(`wrong-${at}`),
      wrong: wrongs[at % wrongs.length] ?? wrongs[0],
    })),
  };
}

export const shuffle = <T>(all: readonly T[], random: () => number): T[] =>
  all
    .map((each) => ({ each, at: random() }))
    .toSorted((one, other) => one.at - other.at)
    .map(({ each }) => each);

/** Each call one to five times, shuffled, in messages of one to ten records. `wrong`: records to be rejected. */
export function messagesOf(
  calls: readonly Call[],
  organization: string,
  random: () => number,
): { readonly bodies: string[]; readonly records: number; readonly wrong: number } {
  const copies = shuffle(
    calls.flatMap((call) => Array.from({ length: 1 + Math.floor(random() * 5) }, () => call)),
    random,
  );
  const bodies: string[] = [];
  for (let at = 0; at < copies.length;) {
    const size = 1 + Math.floor(random() * 10);
    bodies.push(message({ organization, batch: 'storm' }, ...copies.slice(at, at + size)));
    at += size;
  }
  return { bodies, records: copies.length, wrong: copies.filter((call) => call.wrong !== undefined).length };
}
