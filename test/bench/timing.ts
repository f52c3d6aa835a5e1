/** Microseconds for one of the strings: how long half of them, and 99 of 100, take at most. */
export type Spread = { readonly p50: number; readonly p99: number };

const spreadOf = (microseconds: readonly number[]): Spread => {
  const sorted = microseconds.toSorted((one, other) => one - other);
  const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
  return { p50: at(0.5), p99: at(0.99) };
};

/** Strings that are timed at once: the clock is no finer. */
const block = 64;

/** Times some rounds of work on each of the strings, by blocks, after as many rounds that are not timed. */
export function warm(strings: readonly string[], rounds: number, work: (text: string) => unknown): Spread {
  const all = Array.from({ length: 2 * rounds }, () => blocksOf(strings).map((texts) => elapsed(() => texts.forEach((text) => void work(text))) / texts.length));
  return spreadOf(all.slice(rounds).flat());
}

/** Times work on each string alone, once. */
export const once = (strings: readonly string[], work: (text: string) => unknown): Spread => spreadOf(strings.map((text) => elapsed(() => work(text))));

/** Microseconds. */
export function elapsed(work: () => unknown): number {
  const start = performance.now();
  work();
  return (performance.now() - start) * 1_000;
}

const blocksOf = (strings: readonly string[]): readonly (readonly string[])[] =>
  Array.from({ length: Math.ceil(strings.length / block) }, (_, index) => strings.slice(index * block, (index + 1) * block));
