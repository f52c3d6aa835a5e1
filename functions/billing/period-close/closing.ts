/** What the close of a period books (functions/billing/README.md, "Periods"). */
import { amountOf, money, zeroAmount, moneyFromStore } from '#schema/money.ts';
import type { PhoneNumber } from '#telephony/phone-number.ts';
import { usageOf, type BalancePart } from '../schema/balance.ts';
import type { ServiceList } from '#schema/service-list.ts';
import { partialBookings, serviceBookings } from './service-charge.ts';
import { bookingId, feeBooking, isCharged, type Booking } from '../charging/booking.ts';
import type { BillingProfile } from '../schema/billing-profile.ts';
import { closesAt, gracePeriod, periodAfter, periodNamed, type Period, type PeriodName } from '../schema/period.ts';
import type { Tariff } from '../tariffs/tariff.ts';

/** The period to close, with what was read of its organization. */
export type Closing = {
  readonly period: PeriodName;
  readonly profile: BillingProfile;
  readonly tariff: Pick<Tariff, 'id' | 'name' | 'monthly_minimum'> | null;
  readonly balance: readonly BalancePart[];
};

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Whether a period may be closed, and the period to close next: the same again if it is too early, else the one after
 * it. @param now Unix milliseconds
 */
export const closingTime = (
  { period, profile }: Pick<Closing, 'period' | 'profile'>,
  environment: Environment,
  now: number,
) => {
  const grace = gracePeriod(environment);
  const isDue = now >= Date.parse(closesAt(period, profile.billingDays, grace));
  return { isDue, grace, next: isDue ? periodAfter(period, profile.billingDays).name : period };
};

/** The difference between the tariff's minimum and the charges of the period, if they are less. */
export function minimumBookings({ period, profile, tariff, balance }: Closing): Booking[] {
  if (tariff === null) return [];
  const { charges } = usageOf(balance, period);
  const rest = money(amountOf(tariff.monthly_minimum) - charges);
  if (rest <= zeroAmount) return [];
  return [
    {
      id: bookingId(profile.organization, period, 'minimum', tariff.id),
      type: 'minimum',
      amount: money(-rest),
      reference: tariff.id,
      period,
      note: `Rest of the minimum of ${tariff.name}`,
    },
  ];
}

type FeeNumber = Pick<PhoneNumber, 'id' | 'number' | 'state' | 'org_id' | 'monthly_fee' | 'activated_at'>;

/**
 * The fees of a holder's active numbers for a period, as one payer is charged for them. A closing may come months late:
 * numbers that were activated after the period owe nothing for it.
 */
export function feeBookings(
  numbers: readonly FeeNumber[],
  { holder, payer, period }: { readonly holder: number; readonly payer: number; readonly period: Period },
): Booking[] {
  const active = numbers.filter(
    ({ state, org_id, activated_at: since }) =>
      state === 'active' && org_id === holder && (since === null || Date.parse(since) < period.end),
  );
  return active.flatMap((number) => {
    const fee = money(moneyFromStore(number.monthly_fee));
    return feeBooking(number, { organization: payer, period: period.name, fee }) ?? [];
  });
}

/** Whether an organization pays fees of numbers: they are in the operator's currency. */
export const paysFees = (profile: BillingProfile | null, currency: string | undefined): profile is BillingProfile =>
  isCharged(profile, currency);

/** The period whose fees are charged when another is closed: the one after it. */
export const feePeriod = (closed: PeriodName, { billingDays }: Pick<BillingProfile, 'billingDays'>): Period =>
  periodAfter(closed, billingDays);

/** The payers of an organization's number fees: itself, and its seller if that is a reseller. */
export const feePayers = (organization: number, reseller: number | null): number[] => [
  organization,
  ...(reseller === null ? [] : [reseller]),
];

/**
 * The bookings of services at the close of a period: for the one after it, and of those that have begun in it by a date
 * of their own, for the rest of it.
 */
export function servicesAfter(
  closed: PeriodName,
  { organization, currency, billingDays }: BillingProfile,
  lists: readonly ServiceList[],
): Booking[] {
  const payer = { organization, currency };
  return [
    ...partialBookings(lists, { ...payer, period: periodNamed(closed, billingDays) }, ({ booked }) => !booked),
    ...serviceBookings(lists, { ...payer, period: periodAfter(closed, billingDays) }),
  ];
}
