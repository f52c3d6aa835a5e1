import { pairCount, type Pair } from '../support/pairs.ts';

/** Microseconds for one of the strings: how long half of them, and 99 of 100, take at most. */
export type Spread = { readonly p50: number; readonly p99: number };

/** Strings that are timed at once: the clock is no finer. */
const block = 64;

/**
 * Times some rounds of work on each of the strings, by blocks, after as many rounds that are not timed. Of each block
 * the median counts: what else runs on the machine now and then is not the work's.
 */
export function warm(strings: readonly string[], rounds: number, work: (text: string) => unknown): Spread {
  const blocks = Array.from({ length: Math.ceil(strings.length / block) }, (_, index) =>
    strings.slice(index * block, (index + 1) * block),
  );
  const round = (): readonly number[] =>
    blocks.map((texts) => elapsed(() => texts.forEach((text) => void work(text))) / texts.length);
  for (let unmeasured = 0; unmeasured < rounds; unmeasured += 1) round();
  return spreadOf(medians(Array.from({ length: rounds }, round)));
}

/** Times work on each string alone, once. */
export const once = (strings: readonly string[], work: (text: string) => unknown): readonly number[] =>
  strings.map((text) => elapsed(() => work(text)));

/** Microseconds. */
export function elapsed(work: () => unknown): number {
  const start = performance.now();
  work();
  return (performance.now() - start) * 1_000;
}

/** Microseconds of asynchronous work. */
export async function elapsedAsync(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return (performance.now() - start) * 1_000;
}

/** Microseconds of CPU of this thread so far: what else runs on the machine takes the clock, not these. */
function threadCpu(): number {
  const { user, system } = process.threadCpuUsage();
  return user + system;
}

/** Microseconds of CPU for which work is repeated: its clock ticks every 4 ms on some machines. */
const enough = 100_000;

/** Microseconds of CPU that synchronous work takes once: it is repeated until it takes enough. */
export function cpuOf(work: () => unknown): number {
  const began = threadCpu();
  let used = 0;
  let times = 0;
  while (used < enough) {
    work();
    times += 1;
    used = threadCpu() - began;
  }
  return used / times;
}

/**
 * Measures two sides ten times, in pairs, after one pair that does not count. Either side is first in every second
 * pair.
 * @param ours @param theirs what a side costs, in the same unit: CPU time of far more than a tick of 4 ms
 */
export async function pairsOf(
  ours: () => number | Promise<number>,
  theirs: () => number | Promise<number>,
): Promise<readonly Pair[]> {
  const pairs: Pair[] = [];
  for (let at = 0; at <= pairCount; at += 1) {
    const early = at % 2 === 0 ? await ours() : undefined;
    const their = await theirs();
    pairs.push({ ours: early ?? (await ours()), theirs: their });
  }
  return pairs.slice(1);
}

/** Of several rounds the median of each place. */
export const medians = (rounds: readonly (readonly number[])[]): readonly number[] =>
  (rounds[0] ?? []).map((_, index) => median(rounds.map((times) => times[index] ?? Number.NaN)));

export const median = (values: readonly number[]): number => ascending(values)[values.length >> 1] ?? Number.NaN;

export function spreadOf(times: readonly number[]): Spread {
  const sorted = ascending(times);
  const at = (share: number): number =>
    sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
  return { p50: at(0.5), p99: at(0.99) };
}

/** The value below which a share of them lies. */
export const quantile = (values: readonly number[], share: number): number =>
  ascending(values)[Math.floor(values.length * share)] ?? Number.NaN;

const ascending = (values: readonly number[]): readonly number[] => values.toSorted((one, other) => one - other);
