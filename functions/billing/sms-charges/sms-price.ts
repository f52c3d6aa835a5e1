/** What an SMS costs (functions/billing/README.md, "SMS"). */
import { amountOf, money, moneyFromStore, roundAmount, zeroAmount, type Money } from '#schema/money.ts';
import type { SmsPrice } from '#schema/sms.ts';
import type { BillingProfile } from '../schema/billing-profile.ts';
import { periodAt, type PeriodName } from '../schema/period.ts';
import type { Account } from '../charging/account.ts';
import { creditPart, type BalancePart, type UsedOfPeriod } from '../schema/balance.ts';
import type { Tariff } from '../tariffs/tariff.ts';

/** By what an organization's SMS are priced. */
export type SmsTerms = {
  readonly profile: BillingProfile;
  readonly tariff: Tariff | null;
  /** `SMS_DEFAULT_PRICE`: per segment, where neither tariff nor profile has a price. */
  readonly defaultPrice: Money;
};

const defaultPrice = '0.0075';

/** The price of a segment that neither tariff nor profile prices. */
export const defaultPriceIn = (environment: Readonly<Record<string, string | undefined>>): Money =>
  amountOf(environment['SMS_DEFAULT_PRICE'] ?? defaultPrice);

type Rate = Pick<SmsPrice, 'source' | 'tariff'> & { readonly rate: Money };

/** The rate of the longest matching prefix; else that of the profile; else the default. @param to E.164 */
export function smsRateOf(to: string, { profile, tariff, defaultPrice: price }: SmsTerms): Rate {
  const digits = to.slice(1);
  const [longest] = (tariff?.sms_rates ?? [])
    .filter(({ prefix }) => digits.startsWith(prefix))
    .toSorted((one, other) => other.prefix.length - one.prefix.length);
  if (tariff !== null && longest !== undefined) {
    const { id, name, version } = tariff;
    return { rate: amountOf(longest.price), source: 'tariff', tariff: { id, name, version } };
  }
  const { defaultSmsRate } = profile.rates;
  return defaultSmsRate === null
    ? { rate: price, source: 'default', tariff: null }
    : { rate: defaultSmsRate, source: 'profile', tariff: null };
}

/** Segments that a period's included SMS still cover. @param used the usage item of the period */
export const includedLeft = ({ tariff }: Pick<SmsTerms, 'tariff'>, used: UsedOfPeriod | undefined): number =>
  Math.max(0, (tariff?.included_sms ?? 0) - (used?.included_sms ?? 0));

/** The period whose included SMS messages of now use. @param now Unix milliseconds */
export const smsPeriod = ({ profile }: Pick<SmsTerms, 'profile'>, now: number): PeriodName =>
  periodAt(now, profile.billingDays).name;

type Priced = { readonly to: string; readonly segments: number };

/** Prices of messages in their order: each uses what the ones before it left of the included SMS. */
export function priceSms(
  messages: readonly Priced[],
  terms: SmsTerms,
  { period, left }: { readonly period: PeriodName; readonly left: number },
): SmsPrice[] {
  let remaining = left;
  return messages.map(({ to, segments }) => {
    const included = Math.min(remaining, segments);
    remaining -= included;
    const { rate, source, tariff } = smsRateOf(to, terms);
    const amount = roundAmount(money(rate * BigInt(segments - included)));
    return { currency: terms.profile.currency, rate, amount, included, period, source, tariff };
  });
}

/** What messages cost and use together. */
export type SmsTotal = { readonly amount: Money; readonly included: number };

export const totalOf = (prices: readonly SmsPrice[]): SmsTotal => ({
  amount: prices.reduce((sum, { amount }) => money(sum + moneyFromStore(amount)), zeroAmount),
  included: prices.reduce((sum, { included }) => sum + included, 0),
});

/** The account as it is for a reservation of SMS: none of them replaces another. */
export const accountOf = (profile: BillingProfile, balance: readonly BalancePart[]): Account => ({
  profile,
  balance,
  replaced: null,
});

/** Whether the currency of the balance is still to be fixed. */
export const fixesCurrency = ({ balance }: Pick<Account, 'balance'>): boolean => creditPart(balance).fixed !== true;
