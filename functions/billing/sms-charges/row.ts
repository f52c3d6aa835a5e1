import { change, inOrganization, shardedWrite, type Write } from '../../../shared/dynamodb/write.ts';
import { moneyFromStore, zeroAmount, type Money } from '../../../shared/schema/money.ts';
import type { SmsPrice } from '../../../shared/schema/sms.ts';
import { chargesRow, creditRow, fixCurrencyWrite, ledgerDayRow, usageRow } from '../billing-profiles/row.ts';
import { coveredCondition } from '../reservations/row.ts';
import { fixesCurrency, totalOf, type SmsTotal } from './sms-price.ts';

type AccountRead = Parameters<typeof coveredCondition>[0];
type PeriodName = SmsPrice['period'];

/**
 * Uses included SMS of a period (negative: gives them back). Stale if the period has not that many left. @param most
 * that may be used before
 */
const includedWrite = (period: PeriodName, included: number, most?: number): Write<'usage'> =>
  change(
    usageRow,
    { period },
    {
      set: { period },
      add: { included_sms: included },
      ...(most === undefined
        ? {}
        : {
            onlyIf: {
              expression: 'attribute_not_exists(included_sms) OR included_sms <= :most',
              values: { ':most': most },
            },
          }),
    },
  );

/** Reserves an amount on an account, whose currency is fixed with the first one; stale if it no longer covers it. */
function amountWrite(account: AccountRead, amount: Money): Write<'balance'> {
  const { currency } = account.profile;
  const covered = coveredCondition(account, amount);
  if (!fixesCurrency(account)) return change(creditRow, {}, { add: { reserved: amount }, onlyIf: covered });
  return change(
    creditRow,
    {},
    {
      set: { currency, fixed: true },
      add: { reserved: amount },
      onlyIf: {
        expression: `${covered.expression} AND (attribute_not_exists(#currency) OR #currency = :currency)`,
        names: { ...covered.names, '#currency': 'currency' },
        values: { ...covered.values, ':currency': currency },
      },
    },
  );
}

/**
 * Reserves what messages cost, and uses their included SMS: once, when they are accepted. @param includedOf the tariff:
 * included SMS of a period
 */
export const reserveSmsWrites = (
  account: AccountRead,
  { amount, included }: SmsTotal,
  { period, includedOf }: { readonly period: PeriodName; readonly includedOf: number },
): Write<'balance' | 'usage'>[] => [
  ...(amount === zeroAmount ? [] : [amountWrite(account, amount)]),
  ...(included === 0 ? [] : [includedWrite(period, included, includedOf - included)]),
];

const released = (amount: Money): Write<'balance'>[] =>
  amount === zeroAmount ? [] : [change(creditRow, {}, { add: { released: amount } })];

/** Gives back what messages reserved and the included SMS that they used, each item once. */
export const returnSmsWrites = (prices: readonly SmsPrice[]): Write<'balance' | 'usage'>[] => [
  ...released(totalOf(prices).amount),
  ...[...Map.groupBy(prices, ({ period }) => period)]
    .map(([period, own]) => ({ period, included: totalOf(own).included }))
    .filter(({ included }) => included > 0)
    .map(({ period, included }) => includedWrite(period, -included)),
];

/** Where and when something is charged. */
export type SmsPlace = { readonly period: PeriodName; /** UTC. */ readonly day: string };

type Charged = { readonly price: SmsPrice; readonly segments: number };

/** The sums of a period and of a day that a charge raises. */
const chargeWrites = ({ price, segments }: Charged, { period, day }: SmsPlace): Write<'balance' | 'chargeday'>[] => {
  const add = { charges: price.amount, sms: segments };
  return [
    shardedWrite((shard) => change(chargesRow, { period, shard }, { set: { period, shard }, add })),
    shardedWrite((shard) => change(ledgerDayRow, { day, shard }, { set: { day, shard }, add })),
  ];
};

/** Charges a message: its reservation ends in the same transaction, so that charges grow by no more than that. */
export const chargeSmsWrites = (charged: Charged, place: SmsPlace): Write<'balance' | 'chargeday'>[] => [
  ...released(moneyFromStore(charged.price.amount)),
  ...chargeWrites(charged, place),
];

/** Charges a reseller for a message of its customer. Nothing was reserved for it. */
export const wholesaleSmsWrites = (
  reseller: number,
  charged: Charged,
  { includedOf, currencyFixed, ...place }: SmsPlace & { readonly includedOf: number; readonly currencyFixed: boolean },
): Write<'balance' | 'chargeday' | 'usage'>[] => {
  const { included, period, currency } = charged.price;
  return inOrganization<'balance' | 'chargeday' | 'usage'>(reseller, [
    ...chargeWrites(charged, place),
    ...(included === 0 ? [] : [includedWrite(period, included, includedOf - included)]),
    ...(currencyFixed ? [] : [fixCurrencyWrite(currency)]),
  ]);
};
