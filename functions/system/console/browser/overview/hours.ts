import { amountText } from '../kit/amounts.ts';
import { locale } from '../texts/language.ts';
import type { Summary } from './steps.ts';

/** The calls of the organization, of today and hour by hour in its time zone. */

export type Calls = NonNullable<Summary['calls']>;
export type Hour = Calls['hours'][number];

/** What calls of a time have. */
type Summed = Calls['today'];

/** What is summed of calls. */
export type Sums = {
  readonly calls: number;
  readonly answered: number;
  readonly talkSeconds: number;
  readonly charges: Summed['charges'];
};

const sumBy = (parts: readonly Summed[], of: (part: Summed) => number): number =>
  parts.reduce((sum, part) => sum + of(part), 0);

/** Amounts of the same currency are one. */
const chargesOf = (parts: readonly Pick<Summed, 'charges'>[]): Summed['charges'] =>
  [
    ...Map.groupBy(
      parts.flatMap(({ charges }) => charges),
      ({ currency }) => currency,
    ),
  ].map(([currency, charges]) => ({
    currency,
    amount: charges.reduce((sum, { amount }) => sum + Number(amount), 0).toFixed(4),
  }));

export const sumOf = (parts: readonly Summed[]): Sums => ({
  calls: sumBy(parts, ({ calls }) => calls),
  answered: sumBy(parts, ({ answered }) => answered),
  talkSeconds: sumBy(parts, ({ talk_seconds: seconds }) => seconds),
  charges: chargesOf(parts),
});

/** The part of the calls that was answered, from 0 to 1. Null: there were no calls. */
export const answerRate = ({ calls, answered }: Pick<Sums, 'calls' | 'answered'>): number | null =>
  calls === 0 ? null : answered / calls;

/** By how much a figure differs from that of a week before: `+25 %`. Null: there is nothing to compare with. */
export function differenceText(now: number, before: number): string | null {
  if (before === 0) return null;
  return (now / before - 1).toLocaleString(locale, { style: 'percent', signDisplay: 'exceptZero' });
}

/** By how much charges differ from those of a week before, by currency. Null: there is nothing to compare with. */
export function chargesDifferenceText(
  { charges: now }: Pick<Sums, 'charges'>,
  { charges: before }: Pick<Sums, 'charges'>,
): string | null {
  const currencies = [...new Set([...now, ...before].map(({ currency }) => currency))];
  const amountIn = (charges: Sums['charges'], of: string): number =>
    Number(charges.find(({ currency }) => currency === of)?.amount ?? 0);
  const differences = currencies.flatMap((currency) => {
    const difference = differenceText(amountIn(now, currency), amountIn(before, currency));
    if (difference === null) return [];
    return currencies.length === 1 ? difference : `${difference} ${currency}`;
  });
  return differences.length === 0 ? null : differences.join(', ');
}

/** What calls are charged, by currency; `–` if none was charged. */
export const chargesText = ({ charges }: Pick<Sums, 'charges'>): string =>
  charges.length === 0 ? '–' : charges.map(({ amount, currency }) => amountText(amount, currency)).join(', ');

/** Least figure of an axis that ends above all of the values: 1, 2 or 5 times a power of ten, in two even parts. */
export function axisEnd(values: readonly number[]): number {
  const largest = Math.max(2, ...values);
  const power = 10 ** Math.floor(Math.log10(largest));
  return [1, 2, 4, 6, 8, 10].map((times) => times * power).find((end) => end >= largest && end % 2 === 0) ?? largest;
}
