import type { Cdr } from './charge.ts';
import { amountText } from '../kit/amounts.ts';
import { numberText } from '../kit/format.ts';
import { t } from '../texts/texts.ts';
import { lengthText } from './story.ts';

/** Why a call costs what it costs. */

type Priced = Pick<Cdr, 'direction' | 'disposition' | 'billable_seconds' | 'number' | 'rating'>;

type Rating = Priced['rating'];
type Rate = NonNullable<Rating['rate']>;

/** A line of the explanation, such as `Per minute: 0.10 EUR`. */
export type PriceLine = { readonly label: string; readonly value: string };

/** Why nothing is charged; undefined: the call has a price. */
export function whyFree({ direction, disposition, billable_seconds: seconds, rating }: Priced): string | undefined {
  switch (rating.status) {
    case 'rated':
      return undefined;
    case 'void':
      return t('The record of this call was voided: nothing is charged.');
    case 'unrated':
      return unratedTexts[rating.reason ?? 'NO_RATE'];
    case 'free':
      if (direction === 'internal') return t('Calls within the organization are free.');
      if (disposition !== 'ANSWERED' || seconds === 0) return t('Calls that no one answers are free.');
      return t('The price list has no price for incoming calls to this number: they are free.');
  }
}

const unratedTexts = {
  NOT_E164: t('The called number is no telephone number, so no price applies to it.'),
  NO_RATE: t('The price list has no price for this number.'),
  NO_PROFILE: t('The organization has no billing yet, so no price applies.'),
} as const;

const isSet = (amount: string): boolean => Number(amount) !== 0;

/** What is charged of the talk: `8:43, in steps of 60 s`. */
function stepsText({
  initial_seconds: first,
  increment_seconds: step,
}: Pick<Rate, 'initial_seconds' | 'increment_seconds'>): string {
  if (first <= 1 && step <= 1) return t('by the second');
  if (first === step) return t('in steps of {step} s', { step });
  return t('the first {first} s whole, then in steps of {step} s', { first, step });
}

/** What is not there is not shown. */
const present = (lines: readonly (PriceLine | false)[]): readonly PriceLine[] => lines.filter((line) => line !== false);

/** Which price applies, and why it does. */
function rateLines({ tariff, band, currency }: Rating, rate: Rate): readonly PriceLine[] {
  const numbers = rate.prefix === '' ? t('all numbers') : t('numbers from {prefix}', { prefix: rate.prefix });
  const price = amountText(band?.price_per_minute ?? rate.price_per_minute, currency, 'price');
  return present([
    { label: t('Price list'), value: tariff?.name ?? t('Prices of the organization itself') },
    { label: t('Destination'), value: rate.name === null ? numbers : `${rate.name}, ${numbers}` },
    band !== null && { label: t('Time of day'), value: `${band.name}, ${band.start}–${band.end}` },
    { label: t('Per minute'), value: price },
  ]);
}

/** What else changes the charge. */
function extraLines({ band, ...rating }: Rating, rate: Rate, money: (amount: string) => string): readonly PriceLine[] {
  const fee = band?.connect_fee ?? rate.connect_fee;
  const percent = numberText(Number(rating.discount_percent), 2);
  return present([
    rating.included_seconds > 0 && {
      label: t('Included minutes'),
      value: t('{time} of it are included', { time: lengthText(rating.included_seconds) }),
    },
    isSet(fee) && { label: t('Per call'), value: money(fee) },
    isSet(rate.minimum_charge) && { label: t('At least'), value: money(rate.minimum_charge) },
    isSet(rating.discount_percent) && { label: t('Discount'), value: t('{percent} %', { percent }) },
  ]);
}

/** The lines that lead from the price to the charge; none of a call without one. */
export function priceLines({ billable_seconds: talk, number, rating }: Priced, payer: string): readonly PriceLine[] {
  const { rate, currency } = rating;
  if (rating.status !== 'rated' || rate === null) return [];
  const money = (amount: string): string => amountText(amount, currency, 'charge');
  return [
    ...rateLines(rating, rate),
    { label: t('Talk time'), value: lengthText(talk) },
    { label: t('Charged time'), value: `${lengthText(rating.billed_seconds)}, ${stepsText(rate)}` },
    ...extraLines(rating, rate, money),
    { label: t('Charge'), value: money(rating.charge) },
    { label: t('Paid by'), value: number === null ? payer : t('{payer}, for {number}', { payer, number }) },
  ];
}
