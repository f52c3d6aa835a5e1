/** What the close of a period books (billing.md, "Periods"). */
import { createHash } from 'node:crypto';
import { amountOf, money, NOTHING, type Money } from '../../shared/schema/money.ts';
import {
  balanceOf, creditPart, crossingEvent, crossings, currentBalance, standingOf, toldStanding, usageOf, type BalancePart,
} from '../billing-profiles/balance.ts';
import type { BillingProfile } from '../billing-profiles/billing-profile.ts';
import { entriesOf, totalOf, type Booking } from '../billing-profiles/ledger.ts';
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

/** The id of what is booked of itself: the same for the same thing of the same period, so that it is booked once. */
export const bookingId = (organization: number, period: PeriodName, kind: string, thing: string): string =>
  `led_${createHash('sha256').update(`${organization}\n${period}\n${kind}\n${thing}`).digest('base64url').slice(0, 32)}`;

/** When a period may be closed at the earliest, and the period whose closing is due then. @param now Unix milliseconds */
export const closingTime = ({ period, profile }: Pick<Closing, 'period' | 'profile'>, environment: Environment, now: number) => {
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
  return [{
    id: bookingId(profile.organization, period, 'minimum', tariff.id), type: 'minimum', amount: money(-rest), reference: tariff.id, period, note: `Rest of the minimum of ${tariff.name}`,
  }];
}

/** All that a closing books, and how the balance stands then. @param now ISO 8601 */
export function bookingsOf(closing: Closing, now: string) {
  const { profile, balance } = closing;
  const sums = balanceOf(balance);
  const entries = entriesOf(minimumOf(closing), { balance: currentBalance(sums), currency: profile.currency, created_at: now });
  const credits: Money = money(sums.credits + totalOf(entries));
  const read = creditPart(balance);
  const standing = standingOf({ ...sums, credits }, profile);
  const events = crossings(toldStanding(read), standing).map((crossing) => ({ crossing, event: crossingEvent(crossing, profile) }));
  return { entries, told: { read, standing }, events };
}
