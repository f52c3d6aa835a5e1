import type { Table } from '#dynamodb/table.ts';
import { inOrganization, type Write } from '#dynamodb/write.ts';
import type { Recorder } from '#runtime/event-record.ts';
import { ledgerBookings, type Booking, type PayerAccount } from './booking.ts';
import { bookingWrites, currencyWrite, readBalance, readBooked, readProfile, standingWrite } from './row.ts';
import { isNotified, standingAfter, standingChange } from './standing.ts';

/** Changes of a balance with the events that they cause (functions/billing/README.md, "Charging"). */

type Crossed = ReturnType<typeof standingAfter>['events'];

/** Records an event for each limit that a balance has crossed. */
const recordCrossings = (events: Crossed, record: Recorder) =>
  events.map(({ crossing, event }) => record(crossing, event));

type ReportWrite = 'balance' | 'event:balance.low' | 'event:balance.exhausted';

/** What a consumer that charges organizations reads, records and commits. */
type Reporting = {
  readonly tableOf: (organization: number) => Pick<Table<'billingprofile' | 'balance'>, 'get' | 'query'>;
  readonly recorderOf: (organization: number) => Recorder;
  readonly transact: (organization: number, decide: () => Promise<readonly Write<ReportWrite>[]>) => Promise<void>;
};

/**
 * Records an event if charges have made a balance cross one of its limits, once for each crossing. Every consumer that
 * charges an organization calls it after its transactions.
 */
export async function reportBalance(organization: number, { tableOf, recorderOf, transact }: Reporting): Promise<void> {
  await transact(organization, async () => {
    const table = tableOf(organization);
    const [profile, parts] = await Promise.all([readProfile(table), readBalance(table)]);
    const change = profile === null ? null : standingChange(parts, profile);
    if (change === null) return [];
    return [standingWrite(change.stored), ...recordCrossings(change.events, recorderOf(organization))];
  });
}

/**
 * What a new or changed profile changes of the balance: its standing, as limits may be others, and the currency.
 * @param setsCurrency whether the profile is new or has another currency, which no charge has fixed yet
 */
export function profileChangeWrites(
  { profile, balance }: PayerAccount,
  record: Recorder,
  setsCurrency: boolean,
): Write<ReportWrite>[] {
  const { stored, events } = standingAfter(balance, profile);
  const own = setsCurrency ? [currencyWrite(stored, profile.currency)] : [standingWrite(stored)];
  return [
    ...(setsCurrency || !isNotified(stored) ? inOrganization(profile.organization, own) : []),
    ...recordCrossings(events, record),
  ];
}

type BookingTable = Pick<Table<'balance' | 'ledger'>, 'getAll' | 'query'>;

/**
 * What a booking is decided on: the account of the organization that pays, and those of the bookings that are not
 * booked yet. @param table of the organization
 */
export async function readBooking(
  profile: PayerAccount['profile'],
  bookings: readonly Booking[],
  table: BookingTable,
): Promise<{ readonly account: PayerAccount; readonly due: readonly Booking[] }> {
  const booked = await readBooked(table, bookings);
  return {
    account: { profile, balance: await readBalance(table) },
    due: bookings.filter(({ id }) => !booked.has(id)),
  };
}

/** @param record of the organization that pays */
type Booked = { readonly record: Recorder; readonly now: Date };

/** Books on an account as it was read, if there is something to book, with the events of the limits that it crosses. */
export function book(account: PayerAccount, bookings: readonly Booking[], { record, now }: Booked) {
  const { events, ...booked } = ledgerBookings(account, bookings, now.toISOString());
  return {
    entries: booked.entries,
    writes:
      bookings.length === 0
        ? []
        : [...bookingWrites(account.profile.organization, booked), ...recordCrossings(events, record)],
  };
}
