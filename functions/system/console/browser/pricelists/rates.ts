import type { AnswerOf } from '../kit/answer-of.ts';

/** Rates of a price list: what a number costs, what a change does, and what is sent. */

export type PriceList = AnswerOf<'get', '/tariffs/{id}'>['data'];
export type Rate = PriceList['rates'][number];

/** By what a rate is found: there is at most one for each. */
export const keyOf = ({ direction, prefix, valid_from: from }: Rate): string => `${direction} ${prefix} ${from ?? ''}`;

/** Digits of what is typed: `+44 7…` is `447`. */
const digitsOf = (text: string): string => text.replaceAll(/\D/g, '').replace(/^00/, '');

/**
 * The rates that are of interest for a search: those by which a number that begins with the digits is charged, the
 * most precise first, then those of longer prefixes; or those with the text in their name.
 */
export function findRates(rates: readonly Rate[], text: string): readonly Rate[] {
  const wanted = text.trim().toLowerCase();
  if (wanted === '') return rates;
  const digits = digitsOf(wanted);
  if (digits === '' || /[a-z]/i.test(wanted))
    return rates.filter(({ name }) => (name ?? '').toLowerCase().includes(wanted));
  const shorter = rates.filter(({ prefix }) => digits.startsWith(prefix));
  const longer = rates.filter(({ prefix }) => prefix.length > digits.length && prefix.startsWith(digits));
  return [...shorter.toSorted((one, other) => other.prefix.length - one.prefix.length), ...longer];
}

export type Difference = {
  readonly added: readonly Rate[];
  readonly dearer: readonly Change[];
  readonly cheaper: readonly Change[];
  /** The same price, but something else is changed. */
  readonly other: readonly Change[];
  readonly gone: readonly Rate[];
};

export type Change = { readonly before: Rate; readonly after: Rate };

const isSame = (one: Rate, other: Rate): boolean => JSON.stringify(sentOf(one)) === JSON.stringify(sentOf(other));

const priceOf = ({ price_per_minute: price }: Rate): number => Number(price);

/** What becomes of a price list. */
export function differenceOf(before: readonly Rate[], after: readonly Rate[]): Difference {
  const known = new Map(before.map((rate) => [keyOf(rate), rate]));
  const kept = new Set(after.map(keyOf));
  const changes = after.flatMap((rate): readonly Change[] => {
    const old = known.get(keyOf(rate));
    return old === undefined || old === rate || isSame(old, rate) ? [] : [{ before: old, after: rate }];
  });
  return {
    added: after.filter((rate) => !known.has(keyOf(rate))),
    dearer: changes.filter((change) => priceOf(change.after) > priceOf(change.before)),
    cheaper: changes.filter((change) => priceOf(change.after) < priceOf(change.before)),
    other: changes.filter((change) => priceOf(change.after) === priceOf(change.before)),
    gone: before.filter((rate) => !kept.has(keyOf(rate))),
  };
}

export const countOfDifference = ({ added, dearer, cheaper, other, gone }: Difference): number =>
  added.length + dearer.length + cheaper.length + other.length + gone.length;

/** What a rate has if the body does not say it (functions/billing/README.md, "Tariffs"). */
export const freshRate: Rate = {
  prefix: '',
  name: null,
  direction: 'outbound',
  price_per_minute: '0.000000',
  connect_fee: '0.0000',
  minimum_charge: '0.0000',
  initial_seconds: 1,
  increment_seconds: 1,
  included: false,
  valid_from: null,
  valid_to: null,
  time_bands: [],
};

/** An amount without the zeros that a person does not read: `0.021000` is `0.0210`. */
const shortAmount = (text: string): string => text.replace(/(\.\d{4}\d*?)0+$/, '$1');

/** A rate as it is shown and edited. */
export const shortened = (rate: Rate): Rate => ({ ...rate, price_per_minute: shortAmount(rate.price_per_minute) });

/** A number with the decimals of the API, so that `0.1` and `0.100000` are the same. */
const amounts: Readonly<Partial<Record<keyof Rate, number>>> = {
  price_per_minute: 6,
  connect_fee: 4,
  minimum_charge: 4,
};

function normal(name: keyof Rate, value: unknown): unknown {
  const digits = amounts[name];
  const number = Number(value);
  return digits === undefined || Number.isNaN(number) ? value : number.toFixed(digits);
}

const isDefault = (name: keyof Rate, value: unknown): boolean =>
  JSON.stringify(normal(name, value)) === JSON.stringify(freshRate[name]);

/** A rate as it is sent: without what the API adds, as 20,000 whole ones would be more than it takes (4 MB). */
export const sentOf = (rate: Rate): object =>
  Object.fromEntries(
    (Object.keys(freshRate) as (keyof Rate)[])
      .filter((name) => name === 'prefix' || name === 'price_per_minute' || !isDefault(name, rate[name]))
      .map((name) => [name, normal(name, rate[name])]),
  );

/** Fields of a price list that a new version repeats. */
const repeated = [
  ...['name', 'description', 'currency', 'timezone', 'monthly_minimum', 'included_minutes', 'included_sms'],
  ...['sms_rates', 'services', 'trunk_ids'],
] as const;

/** The body of the version after one that was read. @param rates all of them */
export const bodyOf = (list: Omit<PriceList, 'rates' | 'next_page_token'>, rates: readonly Rate[]): object => ({
  ...Object.fromEntries(repeated.map((name) => [name, list[name as keyof typeof list]])),
  version: list.version,
  rates: rates.map(sentOf),
});
