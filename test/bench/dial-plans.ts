/** Dial plans and dialed strings to measure with: the same ones in each run. */

type Draw = (below: number) => number;

/** Knuth's linear congruence, its higher bits. */
function draws(seed: number): Draw {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
    return (state >>> 8) % below;
  };
}

const digits = (draw: Draw, count: number): string => Array.from({ length: count }, () => draw(10)).join('');

/**
 * 70 % prefixes, 20 % prefixes with a length, 10 % anything: alternatives, endings, ranges, options, patterns that
 * match anywhere.
 */
export function realisticPatterns(count: number): readonly string[] {
  const draw = draws(count);
  const anything = [
    () => `^(?:\\+|00)?${digits(draw, 3)}`,
    () => `^1?[2-9]${digits(draw, 2)}[2-9]\\d{6}$`,
    () => `${digits(draw, 4)}$`,
    () => digits(draw, 5),
    () => `^9(${digits(draw, 3)}[0-9]{7})$`,
  ];
  return Array.from({ length: count }, (_, index) => {
    const tenth = index % 10;
    if (tenth < 7) return `^${digits(draw, 3 + draw(6))}`;
    if (tenth < 9) return `^${digits(draw, 2 + draw(5))}\\d{${4 + draw(6)}}$`;
    return anything[draw(anything.length)]?.() ?? '';
  });
}

/** Rules on which automata that are made beforehand need a state for each combination. */
export const classHeavyPatterns = (count: number): readonly string[] =>
  Array.from({ length: count }, (_, index) => `^[2-9]\\d{${Math.floor(index / 100) % 30}}[1-5]\\d{${index % 100}}$`);

/** 60 % begin as one of the patterns says, the others are random numbers. `seed`: other strings. */
export function dialedStrings(patterns: readonly string[], count: number, seed: number): readonly string[] {
  const draw = draws(seed);
  const strings = Array.from({ length: count }, (_, index) => {
    const literal = index % 10 < 6 ? (/\d{2,}/.exec(patterns[draw(patterns.length)] ?? '')?.[0] ?? '') : '';
    return `${literal}${digits(draw, 11)}`.slice(0, 11);
  });
  // Strings as they come out of a request's JSON: not pieces of others.
  return JSON.parse(JSON.stringify(strings)) as string[];
}
