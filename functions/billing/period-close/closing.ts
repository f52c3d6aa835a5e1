/** What the close of a period books (functions/billing/README.md, "Periods"). */
import { amountOf, money, zeroAmount, moneyFromStore } from '../../../shared/schema/money.ts';
import type { PhoneNumber } from '../../../shared/telephony/phone-number.ts';
import { usageOf, type BalancePart } from '../billing-profiles/balance.ts';
import type { ServiceList } from '../../../shared/schema/service-list.ts';
import { serviceBookings } from './service-charge.ts';
import { ledgerBookings, bookingId, feeBooking, isCharged, type PayerAccount } from '../billing-profiles/booking.ts';
import type { BillingProfile } from '../billing-profiles/billing-profile.ts';
import type { Booking } from '../billing-profiles/ledger.ts';
import { closesAt, gracePeriod, periodAfter, type PeriodName } from '../billing-profiles/period.ts';
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
function minimumBookings({ period, profile, tariff, balance }: Closing): Booking[] {
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

/** The ledger entries of a closing, and the standing of the balance after them. @param now ISO 8601 */
export const closingBookings = (closing: Closing, now: string) =>
  ledgerBookings(closing, minimumBookings(closing), now);

type FeeNumber = Pick<PhoneNumber, 'id' | 'number' | 'state' | 'org_id' | 'monthly_fee'>;

/** The fees of a holder's active numbers for a period, as one payer is charged for them. */
export function feeBookings(
  numbers: readonly FeeNumber[],
  { holder, payer, period }: { readonly holder: number; readonly payer: number; readonly period: PeriodName },
): Booking[] {
  const active = numbers.filter(({ state, org_id }) => state === 'active' && org_id === holder);
  return active.flatMap(
    (number) =>
      feeBooking(number, { organization: payer, period, fee: money(moneyFromStore(number.monthly_fee)) }) ?? [],
  );
}

/** Whether an organization pays fees of numbers: they are in the operator's currency. */
export const paysFees = (profile: BillingProfile | null, currency: string | undefined): profile is BillingProfile =>
  isCharged(profile, currency);

/**
 * The ledger entries of fees that are not booked yet, and the standing of the payer's balance after them.
 * @param present ids of entries that are booked @param now ISO 8601
 */
export const bookFees = (payer: PayerAccount, fees: readonly Booking[], present: ReadonlySet<string>, now: string) =>
  ledgerBookings(
    payer,
    fees.filter(({ id }) => !present.has(id)),
    now,
  );

/** The period whose fees are charged when another is closed: the one after it. */
export const feePeriod = (closed: PeriodName, { billingDays }: Pick<BillingProfile, 'billingDays'>): PeriodName =>
  periodAfter(closed, billingDays).name;

/** The payers of an organization's number fees: itself, and its seller if that is a reseller. */
export const feePayers = (organization: number, reseller: number | null): number[] => [
  organization,
  ...(reseller === null ? [] : [reseller]),
];

/** The bookings of services for the period after a closed one. */
export const servicesAfter = (
  closed: PeriodName,
  { organization, currency, billingDays }: BillingProfile,
  lists: readonly ServiceList[],
): Booking[] => serviceBookings(lists, { organization, currency, period: periodAfter(closed, billingDays) });
