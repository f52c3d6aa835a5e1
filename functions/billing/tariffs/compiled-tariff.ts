/** A tariff as rating uses it: in memory, looked up in the same time however many rates it has. */
import { amountOf, type Money } from '../../../shared/schema/money.ts';
import { directions, type Direction, type Rate } from './rate.ts';
import type { Tariff } from './tariff.ts';
import { bandAt, type TimeBand } from './time-band.ts';

/** A rate's prices at one instant: those of its band, if one covers it, else its own. */
export type AppliedRate = {
  readonly rate: Rate;
  readonly band: TimeBand | null;
  /** Per minute. */
  readonly price: Money;
  readonly connectFee: Money;
  readonly minimumCharge: Money;
};

export type CompiledTariff = {
  readonly tariff: TariffCitation;
  readonly currency: string;
  /** Free seconds of a period, for rates with `included`. */
  readonly includedSeconds: number;
  /** Whether a rating depends on what the period has used of them. */
  readonly includes: boolean;
  /**
   * The rate that holds for a number (digits without +) at an instant (ms): of those valid then, the one with
   * the longest matching prefix; of equal ones the latest `valid_from`. Null if there is none.
   */
  lookup(direction: Direction, digits: string, at: number): AppliedRate | null;
  /** All rates whose prefix matches and that are valid then, the one that holds first. */
  matches(direction: Direction, digits: string, at: number): readonly Rate[];
};

/** How a rating names the tariff that it used. */
export type TariffCitation = Pick<Tariff, 'id' | 'name' | 'version'>;

type CompiledRate = {
  readonly rate: Rate;
  /** Milliseconds; `to` is exclusive. */
  readonly from: number;
  readonly to: number;
  /** The rate outside of its bands, and in each: made when a call first asks for it, as few of 20,000 ever are. */
  prices?: { readonly plain: AppliedRate; readonly banded: readonly AppliedRate[] };
};

/** The rates of one direction: by prefix, the latest `valid_from` first. */
type RateTable = { readonly byPrefix: Map<string, CompiledRate[]>; longest: number };

const applied = (rate: Rate, band: TimeBand | null): AppliedRate => ({
  rate,
  band,
  price: amountOf((band ?? rate).price_per_minute),
  connectFee: amountOf(band?.connect_fee ?? rate.connect_fee),
  minimumCharge: amountOf(rate.minimum_charge),
});

const compiled = (rate: Rate): CompiledRate => ({
  rate,
  from: rate.valid_from === null ? -Infinity : Date.parse(rate.valid_from),
  to: rate.valid_to === null ? Infinity : Date.parse(rate.valid_to),
});

const pricesOf = (found: CompiledRate): NonNullable<CompiledRate['prices']> =>
  (found.prices ??= {
    plain: applied(found.rate, null),
    banded: found.rate.time_bands.map((band) => applied(found.rate, band)),
  });

function tableOf(rates: readonly Rate[], direction: Direction): RateTable {
  const table: RateTable = { byPrefix: new Map(), longest: 0 };
  for (const rate of rates) {
    if (rate.direction !== direction) continue;
    const others = table.byPrefix.get(rate.prefix);
    if (others === undefined) table.byPrefix.set(rate.prefix, [compiled(rate)]);
    else others.push(compiled(rate));
    table.longest = Math.max(table.longest, rate.prefix.length);
  }
  for (const versions of table.byPrefix.values())
    if (versions.length > 1) versions.sort((one, other) => other.from - one.from);
  return table;
}

function find(table: RateTable, digits: string, at: number): CompiledRate | null {
  for (let length = Math.min(table.longest, digits.length); length >= 0; length--) {
    const versions = table.byPrefix.get(digits.slice(0, length));
    const valid = versions?.find(({ from, to }) => from <= at && at < to);
    if (valid !== undefined) return valid;
  }
  return null;
}

function all(table: RateTable, digits: string, at: number): readonly Rate[] {
  const lengths = Array.from(
    { length: Math.min(table.longest, digits.length) + 1 },
    (_, shorter) => Math.min(table.longest, digits.length) - shorter,
  );
  return lengths.flatMap((length) =>
    (table.byPrefix.get(digits.slice(0, length)) ?? [])
      .filter(({ from, to }) => from <= at && at < to)
      .map(({ rate }) => rate),
  );
}

/** Compiles a version of a tariff with all of its rates. */
export function compileTariff(tariff: Tariff, rates: readonly Rate[]): CompiledTariff {
  const tables = Object.fromEntries(directions.map((direction) => [direction, tableOf(rates, direction)])) as Record<
    Direction,
    RateTable
  >;
  return {
    tariff: { id: tariff.id, name: tariff.name, version: tariff.version },
    currency: tariff.currency,
    includedSeconds: tariff.included_minutes * 60,
    includes: tariff.included_minutes > 0 && rates.some((rate) => rate.included),
    lookup(direction, digits, at) {
      const found = find(tables[direction], digits, at);
      if (found === null) return null;
      const { plain, banded } = pricesOf(found);
      return banded.length === 0 ? plain : (banded[bandAt(found.rate.time_bands, tariff.timezone, at)] ?? plain);
    },
    matches: (direction, digits, at) => all(tables[direction], digits, at),
  };
}
