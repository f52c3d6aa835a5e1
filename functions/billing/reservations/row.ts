import type { FailedCondition } from '#dynamodb/commit.ts';
import { AppError } from '#errors.ts';
import { fromAttributes, row } from '#dynamodb/row.ts';
import { scheduleDue } from '#dynamodb/rows/due.ts';
import type { Table } from '#dynamodb/table.ts';
import { change, create, overwrite, removeIf, type Write } from '#dynamodb/write.ts';
import { moneyFromStore, zeroAmount, type Money, type StoredMoney } from '#schema/money.ts';
import { creditRow, releaseWrite, reserveWrite, settleWrites } from '../charging/row.ts';
import { billingErrors } from '../schema/errors.ts';
import { releasedBy, type AccountRead, type Reservation } from './reservation.ts';

type CreditItem = AccountRead['balance'][number];
type ReservationItem = Omit<Reservation, 'amount'> & { readonly amount: StoredMoney };
type ReservationKey = Pick<Reservation, 'call_id'>;

/** `reservation#1001#<call_id>`. It exists exactly as long as its amount is in `reserved` and not in `released`. */
export const reservationRow = row<'reservation', ReservationItem, ReservationKey, ReservationKey>('reservation', {
  afterClosing: 'an organization with calls is not closed',
  partition: ({ call_id }) => [call_id],
  sort: () => 'reservation',
});

const reservationOf = (item: ReservationItem): Reservation => ({ ...item, amount: moneyFromStore(item.amount) });

/** The reservation of a call; null if it has none. */
export async function readReservation(
  table: Pick<Table<'reservation'>, 'get'>,
  call_id: string,
): Promise<Reservation | null> {
  const item = await table.get(reservationRow, { call_id });
  return item === undefined ? null : reservationOf(item);
}

/** The reservations of those calls that have one, by call. */
export async function readReservations(
  table: Pick<Table<'reservation'>, 'getAll'>,
  calls: readonly string[],
): Promise<ReadonlyMap<string, Reservation>> {
  const keys = [...new Set(calls)].map((call_id) => ({ call_id }));
  const items = await table.getAll(reservationRow, keys);
  return new Map(items.flatMap((item) => (item === undefined ? [] : [[item.call_id, reservationOf(item)] as const])));
}

/** The reservation still is the one that was read. */
const isUnchanged = ({ amount, expires_at }: Reservation) => ({
  expression: '#amount = :amount AND #expires = :expires',
  names: { '#amount': 'amount', '#expires': 'expires_at' },
  values: { ':amount': amount, ':expires': expires_at },
});

/** The timer that ends a reservation for which no CDR comes. */
export const expiryDue = (organization: number, { call_id, expires_at }: Reservation): Write<'due'> =>
  scheduleDue({ kind: 'reservation.expire', org_id: organization, subject: call_id, at: expires_at });

/**
 * Reserves the amount of a reservation for its call, in place of the one that the account was read with. The first
 * write fails if the call has got another reservation since, the last one if the account no longer covers the amount.
 */
export const reserveWrites = (
  organization: number,
  reservation: Reservation,
  account: AccountRead,
): [Write<'reservation'>, Write<'due'>, Write<'balance'>] => {
  const { replaced } = account;
  return [
    replaced === null
      ? create(reservationRow, reservation)
      : overwrite(reservationRow, reservation, isUnchanged(replaced)),
    expiryDue(organization, reservation),
    reserveWrite(account, reservation.amount),
  ];
};

/** What failed conditions of `reserveWrites` found: the reservation of the call, or the item of credits. */
export function findingsOf(failed: readonly FailedCondition[]): {
  readonly replaced?: Reservation | null;
  readonly credit?: CreditItem;
} {
  const found = new Map(failed.map(({ at, stored }) => [at, stored]));
  const [call, credit] = [found.get(0), found.get(2)];
  return {
    ...(found.has(0)
      ? { replaced: call === undefined ? null : reservationOf(fromAttributes<ReservationItem>(reservationRow, call)) }
      : {}),
    ...(found.has(2) ? { credit: credit === undefined ? {} : fromAttributes<CreditItem>(creditRow, credit) } : {}),
  };
}

/** Deletes a reservation as it was read; stale if it has ended or was replaced. Its amount must be released with it. */
const endReservation = (reservation: Reservation): Write<'reservation'> =>
  removeIf(reservationRow, reservation, isUnchanged(reservation));

/** Ends a reservation and releases its amount. */
export const releaseWrites = (reservation: Reservation): Write<'reservation' | 'balance'>[] => [
  endReservation(reservation),
  releaseWrite(reservation.amount),
];

/**
 * The reservation of a call that has ended, which keeps what its CDR will charge at most: nothing is left of it then,
 * or a part that is not raised any more. The rest must be released with it.
 * @throws AppError CALL_IN_PROGRESS at the commit if the reservation has changed since it was read
 */
export function reduceWrite(reservation: Reservation, amount: Money): Write<'reservation'> {
  const onConflict = new AppError(billingErrors.CALL_IN_PROGRESS, 'The reservation of the call has changed; try again');
  if (amount === zeroAmount) return { ...endReservation(reservation), onConflict };
  const set = { amount, has_ended: true };
  return change(
    reservationRow,
    { call_id: reservation.call_id },
    { set, onlyIf: isUnchanged(reservation), conflict: onConflict },
  );
}

/** Ends reservations with the charges of CDRs. @param currency of a balance that has none yet, else null */
export const settlementWrites = (
  ended: readonly Reservation[],
  currency: string | null,
): Write<'reservation' | 'balance'>[] => [
  ...ended.map(endReservation),
  ...settleWrites({ released: releasedBy(ended), currency }),
];
