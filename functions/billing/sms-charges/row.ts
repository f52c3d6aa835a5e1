import { inOrganization, type Write } from '#dynamodb/write.ts';
import { moneyFromStore, zeroAmount } from '#schema/money.ts';
import type { SmsPrice } from '#schema/sms.ts';
import { chargeWrites, includedSmsWrite, reserveWrite, settleWrites, type Charge } from '../charging/row.ts';
import { fixesCurrency, totalOf, type SmsTotal } from './sms-price.ts';

type AccountRead = Parameters<typeof reserveWrite>[0];
type PeriodName = SmsPrice['period'];

/**
 * Reserves what messages cost, and uses their included SMS: once, when they are accepted. @param includedOf the tariff:
 * included SMS of a period
 */
export const reserveSmsWrites = (
  account: AccountRead,
  { amount, included }: SmsTotal,
  { period, includedOf }: { readonly period: PeriodName; readonly includedOf: number },
): Write<'balance' | 'usage'>[] => [
  ...(amount === zeroAmount
    ? []
    : [reserveWrite(account, amount, fixesCurrency(account) ? account.profile.currency : null)]),
  ...(included === 0 ? [] : [includedSmsWrite(period, included, includedOf - included)]),
];

/** Gives back what messages reserved and the included SMS that they used, each item once. */
export const returnSmsWrites = (prices: readonly SmsPrice[]): Write<'balance' | 'usage'>[] => [
  ...settleWrites({ released: totalOf(prices).amount }),
  ...[...Map.groupBy(prices, ({ period }) => period)]
    .map(([period, own]) => ({ period, included: totalOf(own).included }))
    .filter(({ included }) => included > 0)
    .map(({ period, included }) => includedSmsWrite(period, -included)),
];

/** Where and when something is charged. */
export type SmsDate = { readonly period: PeriodName; /** UTC. */ readonly day: string };

type Charged = { readonly price: SmsPrice; readonly segments: number };

const chargeOf = ({ price, segments }: Charged, { period, day }: SmsDate): Charge => {
  const sums = { charges: moneyFromStore(price.amount), sms: segments };
  return { periods: [{ period, ...sums }], days: [{ day, ...sums }] };
};

/** Charges a message: its reservation ends in the same transaction, so that charges grow by no more than that. */
export const chargeSmsWrites = (charged: Charged, date: SmsDate): Write<'balance' | 'chargeday'>[] =>
  chargeWrites(chargeOf(charged, date), { released: moneyFromStore(charged.price.amount) });

/** Charges a reseller for a message of its customer. Nothing was reserved for it. */
export const wholesaleSmsWrites = (
  reseller: number,
  charged: Charged,
  { includedOf, currencyFixed, ...date }: SmsDate & { readonly includedOf: number; readonly currencyFixed: boolean },
): Write<'balance' | 'chargeday' | 'usage'>[] => {
  const { included, period, currency } = charged.price;
  return inOrganization<'balance' | 'chargeday' | 'usage'>(reseller, [
    ...chargeWrites(chargeOf(charged, date), { currency: currencyFixed ? null : currency }),
    ...(included === 0 ? [] : [includedSmsWrite(period, included, includedOf - included)]),
  ]);
};
