import { amountOf, moneyFromStore, zeroAmount, type Money } from '../../../shared/schema/money.ts';
import { day, minute, second } from '../../../shared/schema/time.ts';
import { isCreditUsedUp, type BalancePart } from '../../billing/billing-profiles/balance.ts';
import { deniesUnrated, type BillingProfile } from '../../billing/billing-profiles/billing-profile.ts';
import { periodAt } from '../../billing/billing-profiles/period.ts';
import type { LedgerDay } from '../../billing/billing-profiles/statement.ts';
import {
  balanceWithout,
  reservable,
  type AccountRead as Account,
  type Reservation,
} from '../../billing/reservations/reservation.ts';
import { chargesBySeconds, rateCall, type Rating, type Terms } from '../../billing/cdr-ingest/rating.ts';
import { tariffCache, type TariffCache } from '../../billing/cdr-ingest/tariff-cache.ts';

/** What an organization can pay for (functions/dialplan/README.md, "Credit and limits"). */

export type { Account };

/** Whether the balance or the credit is used up, so that new calls are denied. */
export const isCreditExhausted = (account: Account): boolean =>
  isCreditUsedUp(balanceWithout(account), account.profile);

/** Whether the charges of a day have reached the limit. @param limit decimal amount; null: no limit */
export const isSpendLimitReached = (limit: string | null, days: readonly Pick<LedgerDay, 'charges'>[]): boolean =>
  limit !== null && days.reduce((sum, { charges = 0 }) => sum + moneyFromStore(charges), 0n) >= amountOf(limit);

export const isPrepaid = ({ profile }: Pick<Account, 'profile'>): boolean => profile.accountType === 'prepaid';

/** Rates that a process keeps compiled, of all tariffs together. */
const maxRates = 200_000;
export const newTariffCache = (): TariffCache => tariffCache(maxRates);

/** A call to rate. */
export type PricedCall = {
  readonly called: string;
  /** Start of the call, ISO 8601. */
  readonly at: string;
  readonly terms: Pick<Terms, 'country' | 'numbers' | 'customerSince' | 'tariff'>;
};

/** Where an account and its terms come from. */
export type AccountSource = {
  /** Null: the organization has no billing profile. */
  readonly profile: () => Promise<BillingProfile | null>;
  /** The item of credits, then the charges. @param credit the item, if it was read after the request's own */
  readonly balance: (credit?: BalancePart) => Promise<readonly BalancePart[]>;
  /** What the call has reserved already. */
  readonly reservation: () => Promise<Reservation | null>;
  readonly terms: (profile: BillingProfile) => Promise<PricedCall['terms']>;
};

/** What a prepaid call may reserve, and from what it was computed. */
export type ReservationOffer = {
  readonly seconds: number;
  readonly amount: Money;
  readonly account: Account;
  readonly call: PricedCall;
  /** The limit of the policy in seconds; null: none. */
  readonly max: number | null;
};

/**
 * Seconds that an organization pays for; 0: none; null: nothing limits the call; `unrated`: it has no price. A prepaid
 * call over a gateway has an offer instead, unless it is free.
 */
export type PayableSeconds = number | null | 'unrated' | ReservationOffer;

/**
 * The longest call that the organization can pay for.
 * @param call `sent`: the number that a gateway is sent, by which the call is priced; null: it goes over no gateway
 * @param max the limit of the policy in seconds; null: none
 */
export async function payableSeconds(
  { sent, ...call }: Pick<PricedCall, 'called' | 'at'> & { readonly sent: string | null },
  max: number | null,
  source: AccountSource,
): Promise<PayableSeconds> {
  const profile = await source.profile();
  if (profile === null) return max;
  const denies = sent !== null && deniesUnrated(profile);
  const [account, terms] = await Promise.all([
    readAccount(profile, source, sent !== null),
    denies || isPrepaid({ profile }) ? source.terms(profile) : null,
  ]);
  if (isCreditExhausted(account)) return 0;
  if (terms === null) return max;
  const priced = { ...call, called: sent ?? call.called, terms };
  if (denies && rate(account, priced, 1).status === 'unrated') return 'unrated';
  if (!isPrepaid(account)) return max;
  return sent === null ? affordableSeconds(account, priced, max) : offerTo(account, priced, { max, source });
}

type Offer = ReturnType<typeof offerReservation>;

/** An offer; if what is left pays for no call, the call may still replace what it has reserved itself. */
async function offerTo(
  account: Account,
  call: PricedCall,
  { max, source }: { readonly max: number | null; readonly source: AccountSource },
): Promise<Offer> {
  const offer = offerReservation(account, call, max);
  if (offer !== 0 || account.replaced !== null) return offer;
  const replaced = await source.reservation();
  return replaced === null ? offer : offerReservation({ ...account, replaced }, call, max);
}

/** The account; if it is used up, the call may still replace what it has reserved itself. */
async function readAccount(profile: BillingProfile, source: AccountSource, isOverGateway: boolean): Promise<Account> {
  const account: Account = { profile, balance: await source.balance(), replaced: null };
  const reserves = isPrepaid(account) && isOverGateway;
  return reserves && isCreditExhausted(account) ? { ...account, replaced: await source.reservation() } : account;
}

/** The longest `max_duration` of a policy, in seconds. */
const longestCall = day / second;
const secondsPerMinute = minute / second;

/** What a call of so many seconds costs at most. */
type ChargeFor = (seconds: number) => Money;

const chargesOf = ({ profile }: Account, { called, at, terms }: PricedCall): ChargeFor =>
  chargesBySeconds(answeredCall(called, at), { ...terms, profile }, dearestUsage);

/** The seconds, up to `max`, that an amount pays for. */
function paidSeconds(chargeFor: ChargeFor, amount: Money, max: number): number {
  if (chargeFor(max) <= amount) return max;
  let [paid, unpaid] = [0, max];
  while (unpaid - paid > 1) {
    const middle = Math.floor((paid + unpaid) / 2);
    if (chargeFor(middle) <= amount) paid = middle;
    else unpaid = middle;
  }
  return paid;
}

/**
 * The seconds, up to `max`, that a prepaid balance pays for.
 * @param max seconds; null: no limit
 * @returns null if the balance pays for the longest possible call
 */
export function affordableSeconds(account: Account, call: PricedCall, max: number | null): number | null {
  const longest = max ?? longestCall;
  const paid = paidSeconds(chargesOf(account, call), reservable(account), longest);
  return paid === longest ? max : paid;
}

/**
 * What a call may reserve: the cost of the lesser of `reservationMinutes`, the limit of its policy, and what is left.
 * @param max seconds; null: no limit
 * @param lasted seconds that the call may have lasted already, to which `reservationMinutes` are added
 * @returns 0 if not even a call of one second is left after the second that the switch needs to hang up; `max` for a
 * call that costs nothing
 */
export function offerReservation(
  account: Account,
  call: PricedCall,
  max: number | null,
  lasted = 0,
): number | null | ReservationOffer {
  const chargeFor = chargesOf(account, call);
  const longest = max ?? longestCall;
  if (chargeFor(longest) === zeroAmount) return max;
  const wanted = Math.min(longest, longestCall, lasted + account.profile.reservationMinutes * secondsPerMinute);
  const seconds = paidSeconds(chargeFor, reservable(account), wanted);
  return seconds <= 1 ? 0 : { seconds, amount: chargeFor(seconds), account, call, max };
}

/**
 * The usage by which a call is charged most. Other calls are rated before it, so the included minutes may be used up by
 * then; and a discount by volume may not hold, because the call may be charged in the next period.
 */
const dearestUsage = { seconds: 0, includedSeconds: Infinity } as const;

/** A call as rating reads it, but for its seconds. */
const answeredCall = (called: string, at: string) =>
  ({ direction: 'outbound', callee: called, start_time: at, disposition: 'ANSWERED', cost: null }) as const;

/** The call as rating charges it at most. */
function rate({ profile }: Account, { called, at, terms }: PricedCall, seconds: number): Rating {
  const { name } = periodAt(Date.parse(at), profile.billingDays);
  const call = { ...answeredCall(called, at), billable_seconds: seconds };
  return rateCall(call, { ...terms, profile }, { name, late: false, usage: dearestUsage }, at);
}
