/** Prices a request and takes it, or not (functions/messaging/README.md, "Acceptance"). */
import { AppError } from '#errors.ts';
import { decimalText, zeroAmount } from '#schema/money.ts';
import type { SmsError } from '#schema/sms.ts';
import type { SmsBatch } from '#schema/sms-batch.ts';
import type { BalancePart, UsedOfPeriod } from '../../billing/schema/balance.ts';
import type { BillingProfile } from '../../billing/schema/billing-profile.ts';
import { covers, type Account } from '../../billing/charging/account.ts';
import {
  accountOf,
  defaultPriceIn,
  includedLeft,
  priceSms,
  smsPeriod,
  totalOf,
  type SmsTerms,
  type SmsTotal,
} from '../../billing/sms-charges/sms-price.ts';
import type { Tariff } from '../../billing/tariffs/tariff.ts';

/** The account that pays, as it was read. */
export type Payer = {
  readonly terms: SmsTerms;
  readonly account: Account;
  readonly period: string;
  readonly used: UsedOfPeriod | undefined;
};

type Environment = Readonly<Record<string, string | undefined>>;

/** What prices of an organization depend on. @throws AppError INSUFFICIENT_CREDITS without a billing profile */
export function termsOf(profile: BillingProfile | null, tariff: Tariff | null, environment: Environment): SmsTerms {
  if (profile === null) throw new AppError('INSUFFICIENT_CREDITS', 'The organization has no billing profile');
  return { profile, tariff, defaultPrice: defaultPriceIn(environment) };
}

/** The period whose included SMS messages of now use. @param now Unix milliseconds */
export const periodOf = (terms: SmsTerms, now: number): string => smsPeriod(terms, now);

/** @param balance as `readBalanceAfter` reads it */
export const payerOf = (
  terms: SmsTerms,
  balance: readonly BalancePart[],
  { period, used }: Pick<Payer, 'period' | 'used'>,
): Payer => ({ terms, account: accountOf(terms.profile, balance), period, used });

export type WantedRecipient = { readonly to: string; readonly error: SmsError | null };

/**
 * The batch of a request, with the price of each message, and what they cost together.
 * @throws AppError INSUFFICIENT_CREDITS if the available credit does not cover it
 */
export function acceptBatch(
  draft: Omit<SmsBatch, 'recipients' | 'expanded' | 'kind'>,
  recipients: readonly WantedRecipient[],
  { terms, account, period, used }: Payer,
): { readonly batch: SmsBatch; readonly total: SmsTotal } {
  const wanted = recipients.filter(({ error }) => error === null);
  const prices = priceSms(
    wanted.map(({ to }) => ({ to, segments: draft.segments })),
    terms,
    { period, left: includedLeft(terms, used) },
  );
  const total = totalOf(prices);
  if (!covers(account, total.amount)) {
    const cost = `${decimalText(total.amount)} ${terms.profile.currency}`;
    throw new AppError('INSUFFICIENT_CREDITS', `The messages cost ${cost}, which the available credit does not cover`);
  }
  const priceOf = new Map(wanted.map(({ to }, at) => [to, prices[at] ?? null]));
  return {
    total,
    batch: {
      ...draft,
      kind: 'sms',
      expanded: false,
      recipients: recipients.map(({ to, error }) => ({ to, error, price: priceOf.get(to) ?? null })),
    },
  };
}

/** Whether nothing is to be reserved. */
export const isFree = ({ amount, included }: SmsTotal): boolean => amount === zeroAmount && included === 0;

/** Messages of a request that are stored in its own transaction; those of larger ones are stored after it. */
export const maxDirect = 20;

/** Where the recipients of a day are counted, and until when (Unix seconds). */
export function dayOf(now: Date): { readonly day: number; readonly ends: number } {
  const day = Math.floor(now.getTime() / 86_400_000);
  return { day, ends: (day + 1) * 86_400 };
}

/**
 * Too many recipients in a minute or a day. The endpoint has its own name of the code.
 * @param ends Unix seconds at which the window ends
 */
export const tooMany = (limit: number, window: 'minute' | 'day', ends: number, now: Date): AppError =>
  new AppError('RATE_LIMITED', `More than ${limit} recipients of SMS per ${window}`, {
    retryAfter: Math.max(1, Math.ceil(ends - now.getTime() / 1_000)),
  });
