import { amountOf, type Money, moneyFromStore, zeroAmount } from '#schema/money.ts';
import { day, minute, second } from '#schema/time.ts';
import { balanceOf, type BalancePart, isCreditUsedUp, type LedgerDay } from '../../billing/schema/balance.ts';
import { type BillingProfile, deniesUnrated, inboundWhenExhausted } from '../../billing/schema/billing-profile.ts';
import { periodAt } from '../../billing/schema/period.ts';
import { balanceWithout, isAmple, reservable } from '../../billing/charging/account.ts';
import { directionOf, type AccountRead as Account, type Reservation } from '../../billing/reservations/reservation.ts';
import { readRecord } from '../../billing/cdr-ingest/cdr.ts';
import { chargesBySeconds, rateCall, type Rating, type Terms } from '../../billing/cdr-ingest/rating.ts';
import { tariffCache, type TariffCache } from '../../billing/cdr-ingest/tariff-cache.ts';
import type { Sent, SentNumber } from './sent-number.ts';

/** What an organization can pay for (functions/dialplan/README.md, "Credit and limits"). */

export type { Account };

/** Whether the balance or the credit is used up, so that new calls are denied. */
export const isCreditExhausted = (account: Account): boolean =>
  isCreditUsedUp(balanceWithout(account), account.profile);

/** Whether an account has so much left that another reservation of an amount does not matter. */
export const leavesAmple = ({ profile, balance }: Account, amount: Money): boolean => isAmple(profile, balance, amount);

/** Whether the charges of a day have reached the limit. @param limit decimal amount; null: no limit */
export const isSpendLimitReached = (limit: string | null, days: readonly Pick<LedgerDay, 'charges'>[]): boolean =>
  limit !== null && days.reduce((sum, { charges = 0 }) => sum + moneyFromStore(charges), 0n) >= amountOf(limit);

export const isPrepaid = ({ profile }: Pick<Account, 'profile'>): boolean => profile.accountType === 'prepaid';

/** Rates that a process keeps compiled, of all tariffs together. */
const maxRates = 200_000;
export const newTariffCache = (): TariffCache => tariffCache(maxRates);

/** A call to rate. */
export type PricedCall = {
  /** What it may send, of which the dearest counts: a caller does not choose which of its gateways takes the call. */
  readonly numbers: readonly string[];
  /** Start of the call, ISO 8601. */
  readonly at: string;
  readonly terms: Pick<Terms, 'country' | 'numbers' | 'customerSince' | 'tariff'>;
  /** `inbound`: it came to an own number. Absent: outbound. */
  readonly direction?: Reservation['direction'];
};

/** How calls to and from numbers are priced. */
type Pricing = Pick<PricedCall, 'at' | 'terms' | 'direction'>;

/** Where an account and its terms come from. */
export type AccountSource = {
  /** Null: the organization has no billing profile. */
  readonly profile: () => Promise<BillingProfile | null>;
  /** The item of credits, then the charges. @param credit the item, if it was read after the request's own */
  readonly balance: (profile: BillingProfile, credit?: BalancePart) => Promise<readonly BalancePart[]>;
  /** What the call has reserved already. @throws AppError if it may not be changed (`assertMayChange`) */
  readonly reservation: () => Promise<Reservation | null>;
  readonly terms: (profile: BillingProfile) => Promise<PricedCall['terms']>;
  /** What is sent, as the carriers read it: a text for each, in E.164 form if it is a number. */
  readonly numbers: (sent: Charged) => Promise<readonly string[]>;
  /** Positions of the texts that are numbers, or none that a carrier may take for one. */
  readonly possible: (sent: readonly SentNumber[]) => Promise<readonly number[]>;
  /** The reseller that is charged for the calls, too; null: there is none, or it limits no call. */
  readonly seller: () => Promise<Seller | null>;
};

/** A reseller as the calls of its customers see it. */
export type Seller = Limits & { readonly profile: BillingProfile; readonly terms: PricedCall['terms'] };

/** What a prepaid call may reserve, and from what it was computed. */
export type ReservationOffer = {
  readonly seconds: number;
  readonly amount: Money;
  readonly account: Account;
  readonly call: PricedCall;
  /** The limit of the policy in seconds; null: none. */
  readonly max: number | null;
};

/** What an organization can pay for. */
export type Payable = {
  /**
   * Seconds that it pays for; 0: none; null: nothing limits the call. A prepaid call over a gateway has an offer
   * instead, unless it is free.
   */
  readonly seconds: number | null | ReservationOffer;
  /** Whether the call is denied because it has no price. */
  readonly isUnrated: boolean;
  /** Positions of the routes that may be tried; null: all. */
  readonly routes: readonly number[] | null;
};

type Charged = Exclude<Sent, { readonly to: 'inside' }>;

/** What is asked of an account. `max`: the limit of the policy in seconds; null: none. */
export type CallToPay = { readonly sent: Sent; readonly at: string; readonly max: number | null };
type ChargedCall = Omit<CallToPay, 'sent'> & { readonly sent: Charged };

const payable = (seconds: Payable['seconds'], routes: Payable['routes'] = null): Payable => ({
  seconds,
  isUnrated: false,
  routes,
});

/**
 * The longest call that the organization can pay for. A call that costs nothing is never denied for money. Whatever the
 * seller permits, no carrier gets an impossible number, as it would connect another one that has no rate.
 */
export async function payableSeconds(call: CallToPay, source: AccountSource): Promise<Payable> {
  const { sent } = call;
  if (sent.to !== 'gateways') return payableOf(call, source);
  const [possible, found] = await Promise.all([source.possible(sent.numbers), payableOf(call, source)]);
  if (possible.length === sent.numbers.length) return found;
  const routes = possible.filter((at) => found.routes === null || found.routes.includes(at));
  return routes.length > 0 ? { ...found, routes } : { ...payable(found.seconds === 0 ? 0 : call.max), isUnrated: true };
}

async function payableOf({ sent, at, max }: CallToPay, source: AccountSource): Promise<Payable> {
  if (sent.to === 'inside') return payable(max);
  const profile = await source.profile();
  if (profile === null) return payable(max);
  const call = { sent, at, max };
  const denies = sent.to === 'gateways' && deniesUnrated(profile);
  const [account, known] = await Promise.all([
    readAccount(profile, source, sent.to === 'gateways'),
    denies || isPrepaid({ profile }) ? priceCall(call, profile, source) : null,
  ]);
  const limits = { denies, isExhausted: isCreditExhausted(account) };
  if (known === null && !limits.isExhausted) return payable(max);
  const priced = known ?? (await priceCall(call, profile, source));
  return payablePrice(account, priced, { ...limits, max, reserves: sent.to === 'gateways', source });
}

/** An inbound call: the own number that is called, in E.164 form, and its start, ISO 8601. */
export type InboundCall = { readonly number: string; readonly at: string };

/**
 * What an organization can pay of an inbound call, as its seller has it: without a rate such a call is free, and one
 * that is answered whatever it costs reserves nothing.
 */
export async function payableInbound({ number, at }: InboundCall, source: AccountSource): Promise<Payable['seconds']> {
  const profile = await source.profile();
  if (profile === null || inboundWhenExhausted(profile) === 'answer') return null;
  const [account, terms] = await Promise.all([readAccount(profile, source, true), source.terms(profile)]);
  const limits = { denies: false, isExhausted: isCreditExhausted(account), max: null, reserves: true, source };
  const priced = { numbers: [number], at, terms, direction: 'inbound' } as const;
  return (await payablePrice(account, priced, limits)).seconds;
}

/** Whether the reseller, who is charged for the calls of its customers, cannot pay for an inbound call. */
export async function isInboundDeniedBySeller(
  { number, at }: InboundCall,
  source: Pick<AccountSource, 'seller'>,
): Promise<boolean> {
  const seller = await source.seller();
  if (seller?.isExhausted !== true || inboundWhenExhausted(seller.profile) === 'answer') return false;
  const rateOf = ratingsOf(seller, { terms: seller.terms, at, direction: 'inbound' });
  return routesWithin({ denies: false, isExhausted: true }, [number], rateOf).length === 0;
}

type OwnLimits = Limits & {
  /** The limit of the policy in seconds; null: none. */
  readonly max: number | null;
  /** Whether a prepaid account reserves the cost. */
  readonly reserves: boolean;
  readonly source: AccountSource;
};

/** What the account can pay of a call whose price is known. */
async function payablePrice(account: Account, priced: PricedCall, limits: OwnLimits): Promise<Payable> {
  const { max, reserves, source, isExhausted } = limits;
  const routes = routesWithin(limits, priced.numbers, ratingsOf(account, priced));
  if (routes.length === 0) return isExhausted ? payable(0) : { ...payable(max), isUnrated: true };
  if (isExhausted || !isPrepaid(account)) return payable(max, routes);
  const permitted = { ...priced, numbers: numbersAt(routes, priced.numbers) };
  return payable(
    reserves ? await offerTo(account, permitted, { max, source }) : affordableSeconds(account, permitted, max),
    routes,
  );
}

/** What limits the calls that are charged to an account. */
export type Limits = {
  /** Whether calls without a rate are denied. */
  readonly denies: boolean;
  /** Whether only calls that cost nothing are permitted. */
  readonly isExhausted: boolean;
};

/** The positions of the numbers that may be called. A call without a rate is no free call: it can be rated later. */
const routesWithin = (
  { denies, isExhausted }: Limits,
  numbers: readonly string[],
  rateOf: (number: string, seconds: number) => Pick<Rating, 'status' | 'charge'>,
): readonly number[] =>
  numbers.flatMap((number, at) => {
    const { status, charge } = rateOf(number, longestCall);
    const mayBeUnrated = !denies && !isExhausted;
    const isDenied = status === 'unrated' ? !mayBeUnrated : isExhausted && amountOf(charge) > zeroAmount;
    return isDenied ? [] : [at];
  });

const numbersAt = (routes: readonly number[], numbers: readonly string[]): readonly string[] =>
  numbers.filter((_number, at) => routes.includes(at));

/** The call as it is rated. */
async function priceCall(
  { sent, at }: Pick<ChargedCall, 'sent' | 'at'>,
  profile: BillingProfile,
  source: AccountSource,
): Promise<PricedCall> {
  const [terms, numbers] = await Promise.all([source.terms(profile), source.numbers(sent)]);
  return { terms, numbers, at };
}

/** Whether a call costs nothing, over whichever route. */
export async function isFree({ sent, at }: Omit<CallToPay, 'max'>, source: AccountSource): Promise<boolean> {
  const profile = sent.to === 'inside' ? null : await source.profile();
  if (sent.to === 'inside' || profile === null) return true;
  const priced = await priceCall({ sent, at }, profile, source);
  const free = routesWithin({ denies: true, isExhausted: true }, priced.numbers, ratingsOf({ profile }, priced));
  return free.length === priced.numbers.length;
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
  const account: Account = { profile, balance: await source.balance(profile), replaced: null };
  const reserves = isPrepaid(account) && isOverGateway;
  return reserves && isCreditExhausted(account) ? { ...account, replaced: await source.reservation() } : account;
}

/** An ended call as rating reads its record; null: it is not of the direction of the reservation, and ends none. */
export function endedCall(record: unknown, organization: number, reservation: Pick<Reservation, 'direction'>) {
  const read = readRecord(record, organization);
  if (!('cdr' in read) || read.cdr.direction !== directionOf(reservation)) return null;
  const { callee: called, start_time: at, billable_seconds: seconds } = read.cdr;
  return { called, at, seconds };
}

/** What an ended call is charged at most. */
export const highestCharge = (
  profile: BillingProfile,
  { seconds, ...call }: PricedCall & { readonly seconds: number },
): Money => chargesOf({ profile }, call)(seconds);

/** The longest `max_duration` of a policy, in seconds. */
const longestCall = day / second;
const secondsPerMinute = minute / second;

/** What a call of so many seconds costs at most. */
type ChargeFor = (seconds: number) => Money;

/** The charges of the dearest of its numbers. */
function chargesOf({ profile }: Pick<Account, 'profile'>, { numbers, terms, ...call }: PricedCall): ChargeFor {
  const charges = [...new Set(numbers)].map((number) =>
    chargesBySeconds(answeredCall(number, call), { ...terms, profile }, dearestUsage),
  );
  return (seconds) => charges.reduce((dearest, chargeFor) => maxOf(dearest, chargeFor(seconds)), zeroAmount);
}

const maxOf = (one: Money, other: Money): Money => (one > other ? one : other);

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

/** Minutes of an inbound call that are reserved at once: strangers who let it ring hold no more of the money. */
const inboundMinutes = 10;

const reservedMinutes = ({ reservationMinutes }: BillingProfile, { direction }: PricedCall): number =>
  direction === 'inbound' ? Math.min(reservationMinutes, inboundMinutes) : reservationMinutes;

/**
 * What a call may reserve: the cost of the lesser of `reservationMinutes`, the limit of its policy, and what is left.
 * @param max seconds; null: no limit
 * @param lasted seconds that the call may have lasted already, to which these minutes are added
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
  const minutes = reservedMinutes(account.profile, call);
  const wanted = Math.min(longest, longestCall, lasted + minutes * secondsPerMinute);
  const seconds = paidSeconds(chargeFor, reservable(account), wanted);
  return seconds <= 1 ? 0 : { seconds, amount: chargeFor(seconds), account, call, max };
}

/**
 * The usage by which a call is charged most. Other calls are rated before it, so the included minutes may be used up by
 * then; and a discount by volume may not hold, because the call may be charged in the next period.
 */
const dearestUsage = { seconds: 0, includedSeconds: Infinity } as const;

/** A call as rating reads it, but for its seconds. */
const answeredCall = (called: string, call: Pick<PricedCall, 'at' | 'direction'>) =>
  ({
    ...{ direction: directionOf(call), callee: called, start_time: call.at },
    disposition: 'ANSWERED',
    cost: null,
  }) as const;

/** Rates calls to a number as they are charged at most. @param at start of the calls, ISO 8601 */
const ratingsOf =
  ({ profile }: Pick<Account, 'profile'>, { terms, ...of }: Pricing) =>
  (called: string, seconds: number): Rating => {
    const { name } = periodAt(Date.parse(of.at), profile.billingDays);
    const call = { ...answeredCall(called, of), billable_seconds: seconds };
    return rateCall(call, { ...terms, profile }, { name, late: false, usage: dearestUsage }, of.at);
  };

/**
 * What the reseller of an organization can pay for, as it is charged for each call of its customers.
 * @param parts the balance of the reseller
 */
export const sellerLimits = (profile: BillingProfile, parts: readonly BalancePart[]): Limits => ({
  denies: deniesUnrated(profile),
  isExhausted: isCreditUsedUp(balanceOf(parts), profile),
});

/** What a reseller denies of a call, and the positions of the routes that it permits; null: all. */
export type SellerDenial = {
  readonly reason: 'NO_CREDIT' | 'NO_RATE' | null;
  readonly routes: readonly number[] | null;
};

const permitted = (routes: SellerDenial['routes']): SellerDenial => ({ reason: null, routes });

/** What the reseller denies of a call. As for its customer, a call that costs it nothing is never denied for money. */
export async function deniedBySeller(
  { sent, at }: Pick<CallToPay, 'sent' | 'at'>,
  source: Pick<AccountSource, 'seller' | 'numbers'>,
): Promise<SellerDenial> {
  if (sent.to === 'inside') return permitted(null);
  const seller = await source.seller();
  if (seller === null) return permitted(null);
  const limits = { denies: seller.denies && sent.to === 'gateways', isExhausted: seller.isExhausted };
  const priced = { terms: seller.terms, at };
  const routes = routesWithin(limits, await source.numbers(sent), ratingsOf(seller, priced));
  return routes.length > 0 ? permitted(routes) : { reason: seller.isExhausted ? 'NO_CREDIT' : 'NO_RATE', routes: null };
}
