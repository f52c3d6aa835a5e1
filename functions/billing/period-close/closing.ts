/** What the close of a period books (billing.md, "Periods"). */
import { amountOf, money, NOTHING, storedMoney } from '../../../shared/schema/money.ts';
import type { PhoneNumber } from '../../../shared/telephony/phone-number.ts';
import { usageOf, type BalancePart } from '../billing-profiles/balance.ts';
import { bookedOn, bookingId, feeBooking, type Booked } from '../billing-profiles/booking.ts';
import type { BillingProfile } from '../billing-profiles/billing-profile.ts';
import type { Booking } from '../billing-profiles/ledger.ts';
import { closesAt, graceIn, periodAfter, type PeriodName } from '../billing-profiles/period.ts';
import type { Tariff } from '../tariffs/tariff.ts';

/** What is to be closed, as it was read. */
export type Closing = {
  readonly period: PeriodName;
  readonly profile: BillingProfile;
  readonly tariff: Pick<Tariff, 'id' | 'name' | 'monthly_minimum'> | null;
  readonly balance: readonly BalancePart[];
};

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * When a period may be closed at the earliest, and the period whose closing is due then. @param now Unix milliseconds
 */
export const closingTime = (
  { period, profile }: Pick<Closing, 'period' | 'profile'>,
  environment: Environment,
  now: number,
) => {
  const grace = graceIn(environment);
  const isDue = now >= Date.parse(closesAt(period, profile.billingDays, grace));
  return { isDue, grace, next: isDue ? periodAfter(period, profile.billingDays).name : period };
};

/** What is missing to the tariff's minimum. */
function minimumOf({ period, profile, tariff, balance }: Closing): Booking[] {
  if (tariff === null) return [];
  const { charges } = usageOf(balance, period);
  const rest = money(amountOf(tariff.monthly_minimum) - charges);
  if (rest <= NOTHING) return [];
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

/** All that a closing books, and how the balance stands then. @param now ISO 8601 */
export const bookingsOf = (closing: Closing, now: string) => bookedOn(closing, minimumOf(closing), now);

/** Numbers that somebody holds for money. */
type Held = Pick<PhoneNumber, 'id' | 'number' | 'state' | 'org_id' | 'monthly_fee'>;

/**
 * The fees of numbers for the period behind a closed one, as one of those who pay them is charged. `holder`: who has
 * them.
 */
export function feesOf(
  numbers: readonly Held[],
  { holder, payer, period }: { readonly holder: number; readonly payer: number; readonly period: PeriodName },
): Booking[] {
  const held = numbers.filter(({ state, org_id }) => state === 'active' && org_id === holder);
  return held.flatMap(
    (number) => feeBooking(number, { organization: payer, period, fee: money(storedMoney(number.monthly_fee)) }) ?? [],
  );
}

/** What is not booked yet. */
export const unbooked = (bookings: readonly Booking[], present: ReadonlySet<string>): Booking[] =>
  bookings.filter(({ id }) => !present.has(id));

/** The period whose fees are charged when one is closed. */
export const feePeriod = (closed: PeriodName, { billingDays }: Pick<BillingProfile, 'billingDays'>): PeriodName =>
  periodAfter(closed, billingDays).name;

export { isCharged } from '../billing-profiles/booking.ts';

/** What is booked on one who pays. @param now ISO 8601 */
export const charge = (on: Booked, bookings: readonly Booking[], now: string) => bookedOn(on, bookings, now);
