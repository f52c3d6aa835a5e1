import { LocalCloudError } from '../templates/resource.ts';

/** Probability of a fault (0–1), and its max duration; for `held` its exact duration. Milliseconds. */
type FaultRate = { readonly rate: number; readonly milliseconds: number };

/** Faults that happen on AWS and never in the local stores. `FAULTS` may override each rate. */
const rates = {
  /** ProvisionedThroughputExceededException, or the throttling error of another service. */
  throttle: { rate: 0.01, milliseconds: 0 },
  /** A write or a transaction is rejected, as another transaction holds one of its items. */
  conflict: { rate: 0.01, milliseconds: 0 },
  /** Time for which a transaction holds its items after it has committed, as on AWS. */
  held: { rate: 1, milliseconds: 15 },
  /** The operation is done, but the caller gets a 500. */
  failedAnswer: { rate: 0.003, milliseconds: 0 },
  /** The operation is done, but the connection breaks before the answer. */
  lostAnswer: { rate: 0.003, milliseconds: 0 },
  /** A query of an index returns an earlier answer, at most this old. */
  staleIndex: { rate: 0.05, milliseconds: 100 },
  /** A message in progress becomes visible again at once. */
  duplicateDelivery: { rate: 0.02, milliseconds: 0 },
  /** The first delivery of a message is delayed. */
  lateDelivery: { rate: 0.02, milliseconds: 2000 },
  /** A function is killed within this time after it began. */
  killedFunction: { rate: 0.003, milliseconds: 200 },
} as const satisfies Record<string, FaultRate>;

export type FaultName = keyof typeof rates;

/** Decisions drawn from a seed. Each fault has its own sequence, so that one kind does not shift another. */
export type Faults = {
  /** Whether this fault happens this time. */
  chance(name: FaultName): boolean;
  /** Duration this time, in milliseconds. */
  delay(name: FaultName): number;
};

/**
 * Reads `FAULTS`: a seed (`7`), or a JSON object with a seed and rates, each a number or
 * `{"rate","milliseconds"}` (`{"seed":7,"throttle":0.2,"held":{"milliseconds":40}}`).
 *
 * @throws LocalCloudError if it is neither
 */
export function faultsFrom(setting: string): Faults {
  const { seed, ...changes } = parse(setting);
  if (typeof seed !== 'number') throw unreadable(setting);
  const unknownName = Object.keys(changes).find((name) => !(name in rates));
  if (unknownName !== undefined)
    throw new LocalCloudError(`FAULTS names ${unknownName}, but the faults are ${faultNames.join(', ')}.`);
  const row = (name: FaultName) => ({
    ...rates[name],
    ...changeOf(setting, changes[name]),
    draw: generator(seed, name),
  });
  const rows = Object.fromEntries(faultNames.map((name) => [name, row(name)])) as Record<
    FaultName,
    ReturnType<typeof row>
  >;
  return {
    chance: (name) => rows[name].draw() < rows[name].rate,
    delay: (name) =>
      name === 'held' ? rows.held.milliseconds : Math.ceil(rows[name].draw() * rows[name].milliseconds),
  };
}

const faultNames = Object.keys(rates) as FaultName[];

function parse(setting: string): Readonly<Record<string, unknown>> {
  try {
    const parsed: unknown = JSON.parse(setting);
    return typeof parsed === 'object' && parsed !== null ? (parsed as Record<string, unknown>) : { seed: parsed };
  } catch {
    throw unreadable(setting);
  }
}

function changeOf(setting: string, change: unknown): Partial<FaultRate> {
  if (change === undefined) return {};
  if (typeof change === 'number') return { rate: change };
  if (typeof change !== 'object' || change === null) throw unreadable(setting);
  return change;
}

const unreadable = (setting: string) =>
  new LocalCloudError(
    `FAULTS is ${setting}, but must be a seed such as 7, or JSON such as {"seed":7,"throttle":0.02}.`,
  );

/** mulberry32 (Tommy Ettinger, public domain): small, fast, good enough for choosing faults. */
function generator(seed: number, name: string): () => number {
  let state = Buffer.from(name).reduce((mixed, byte) => Math.imul(mixed ^ byte, 0x01000193), seed | 0);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
