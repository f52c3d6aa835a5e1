/** A tariff in memory, as rating uses it. The time of a lookup does not depend on the number of rates. */
import { amountOf, type Money } from '#schema/money.ts';
import { directions, type Direction, type Rate } from './rate.ts';
import type { Tariff } from './tariff.ts';
import { bandAt, type TimeBand } from './rate.ts';

/** The prices of a rate at one instant: those of the band that covers it, else its own. */
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
  /** Free seconds of each period, for rates with `included`. */
  readonly includedSeconds: number;
  /** Whether a rating depends on how many of them the period has used. */
  readonly includes: boolean;
  /**
   * The rate of a number: among the rates valid at the instant, the one with the longest matching prefix; of equal
   * prefixes the latest `valid_from`. Null without a match. @param digits of the number without + @param at Unix
   * milliseconds
   */
  lookup(direction: Direction, digits: string, at: number): AppliedRate | null;
  /** All matching rates that are valid at the instant, the one of `lookup` first. */
  matches(direction: Direction, digits: string, at: number): readonly Rate[];
};

/** The tariff as a rating cites it. */
export type TariffCitation = Pick<Tariff, 'id' | 'name' | 'version'>;

type CompiledRate = {
  readonly rate: Rate;
  /** Unix milliseconds; `to` is exclusive. */
  readonly from: number;
  readonly to: number;
  /** Prices outside of all bands, and in each band. Parsed on first use, as calls use few of 20,000 rates. */
  prices?: { readonly plain: AppliedRate; readonly banded: readonly AppliedRate[] };
};

/** The rates of one direction by prefix; of each prefix the latest `valid_from` first. */
type RateTable = { readonly byPrefix: Map<string, CompiledRate[]>; longest: number };

const apply = (rate: Rate, band: TimeBand | null): AppliedRate => ({
  rate,
  band,
  price: amountOf((band ?? rate).price_per_minute),
  connectFee: amountOf(band?.connect_fee ?? rate.connect_fee),
  minimumCharge: amountOf(rate.minimum_charge),
});

const compileRate = (rate: Rate): CompiledRate => ({
  rate,
  from: rate.valid_from === null ? -Infinity : Date.parse(rate.valid_from),
  to: rate.valid_to === null ? Infinity : Date.parse(rate.valid_to),
});

const pricesOf = (found: CompiledRate): NonNullable<CompiledRate['prices']> =>
  (found.prices ??= {
    plain: apply(found.rate, null),
    banded: found.rate.time_bands.map((band) => apply(found.rate, band)),
  });

function tableOf(rates: readonly Rate[], direction: Direction): RateTable {
  const table: RateTable = { byPrefix: new Map(), longest: 0 };
  for (const rate of rates) {
    if (rate.direction !== direction) continue;
    const others = table.byPrefix.get(rate.prefix);
    if (others === undefined) table.byPrefix.set(rate.prefix, [compileRate(rate)]);
    else others.push(compileRate(rate));
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

function findAll(table: RateTable, digits: string, at: number): readonly Rate[] {
  const rates: Rate[] = [];
  for (let length = Math.min(table.longest, digits.length); length >= 0; length--)
    for (const { rate, from, to } of table.byPrefix.get(digits.slice(0, length)) ?? [])
      if (from <= at && at < to) rates.push(rate);
  return rates;
}

/** Compiles a version of a tariff. @param rates all rates of the version */
export function compileTariff(tariff: Tariff, rates: readonly Rate[] = []): CompiledTariff {
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
    matches: (direction, digits, at) => findAll(tables[direction], digits, at),
  };
}
