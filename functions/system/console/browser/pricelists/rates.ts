import type { AnswerOf } from '../kit/answer-of.ts';

/** Rates of a price list: what a number costs, what a change does, and what is sent. */

export type PriceList = AnswerOf<'get', '/tariffs/{id}'>['data'];
export type Rate = PriceList['rates'][number];

/** An instant as the API writes it; what is none stays as it is. */
const instantOf = (text: string): string => {
  const at = new Date(text);
  return Number.isNaN(at.getTime()) ? text : at.toISOString();
};

/** By what a rate is found: there is at most one for each. */
export const keyOf = ({ direction, prefix, valid_from: from }: Rate): string =>
  `${direction} ${prefix} ${instantOf(from ?? '')}`;

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

/** Decimals of amounts in the API. */
const amounts: Readonly<Partial<Record<keyof Rate, number>>> = {
  price_per_minute: 6,
  connect_fee: 4,
  minimum_charge: 4,
};

/** A value as the API writes it, so that `0.1` and `0.100000` are the same. */
function normal(name: keyof Rate, value: unknown): unknown {
  if ((name === 'valid_from' || name === 'valid_to') && typeof value === 'string') return instantOf(value);
  const digits = amounts[name];
  const number = Number(value);
  return digits === undefined || Number.isNaN(number) ? value : number.toFixed(digits);
}

const isDefault = (name: keyof Rate, value: unknown): boolean =>
  JSON.stringify(normal(name, value)) === JSON.stringify(freshRate[name]);

/** A rate as it is sent: without what the API adds. */
export const sentOf = (rate: Rate): object =>
  Object.fromEntries(
    (Object.keys(freshRate) as (keyof Rate)[])
      .filter((name) => name === 'prefix' || name === 'price_per_minute' || !isDefault(name, rate[name]))
      .map((name) => [name, normal(name, rate[name])]),
  );

/** A part of a change: what is put, and what is removed. */
export type RatesPage = { readonly rates: readonly Rate[]; readonly gone: readonly Rate[] };

/** Characters of the rates of a page; a body has at most 4 MiB, in which a character of a name has up to 3 bytes. */
const pageLength = 1_300_000;
const maxRates = 100_000;

/** Rates in pages that a body has room for. @param lengthOf characters of one */
function pagesBy(rates: readonly Rate[], lengthOf: (rate: Rate) => number): readonly (readonly Rate[])[] {
  const pages: Rate[][] = [];
  let left = 0;
  for (const rate of rates) {
    const length = lengthOf(rate);
    if (length > left) {
      pages.push([]);
      left = pageLength;
    }
    pages.at(-1)?.push(rate);
    left -= length;
  }
  return pages;
}

const removalOf = ({ prefix, direction, valid_from }: Rate): object => ({ prefix, direction, valid_from });
const lengthOf = (value: object): number => JSON.stringify(value).length;

/**
 * A change in pages, each of which makes a version: one if a body has room for it. Rates that go are removed last, so
 * that no call is without a price in between, but for those whose room is needed.
 *
 * @param before rates of the list before it
 */
export function pagesOf(difference: Difference, before: number): readonly RatesPage[] {
  const { added, dearer, cheaper, other, gone } = difference;
  const changes = [...dearer, ...cheaper, ...other].map(({ after }) => after);
  const put = pagesBy([...changes, ...added], (rate) => lengthOf(sentOf(rate)));
  const removals = [...pagesBy(gone, (rate) => lengthOf(removalOf(rate)))];
  if (put.length <= 1 && removals.length <= 1) return [{ rates: put.flat(), gone }];
  const isNew = new Set(added);
  let count = before;
  const pages = put.flatMap((rates) => {
    count += rates.filter((rate) => isNew.has(rate)).length;
    const made: RatesPage[] = [];
    while (count > maxRates && removals.length > 0) {
      const page = removals.shift() ?? [];
      count -= page.length;
      made.push({ rates: [], gone: page });
    }
    return [...made, { rates, gone: [] }];
  });
  return [...pages, ...removals.map((page) => ({ rates: [], gone: page }))];
}

/** The body of a page. @param version the one that is changed */
export const bodyOf = ({ rates, gone }: RatesPage, version: number): object => ({
  version,
  rates: rates.map(sentOf),
  remove: gone.map(removalOf),
});

/** The rates after a page. */
export function appliedTo(before: readonly Rate[], { rates, gone }: RatesPage): readonly Rate[] {
  const after = new Map(before.map((rate) => [keyOf(rate), rate]));
  for (const rate of gone) after.delete(keyOf(rate));
  for (const rate of rates) after.set(keyOf(rate), rate);
  return [...after.values()];
}
