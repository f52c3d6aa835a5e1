import {
  assertMayChange,
  expiryOf,
  maxDurationOf,
  presentReservation,
  sipService,
  type Evaluator,
  type Reservation,
} from '../../billing/reservations/reservation.ts';
import type { Reserved } from './call-limits.ts';
import type { ReservationOffer } from './credit.ts';

/** The SIP service, which changes the reservations of all calls that it carries. */
export const carryingService: Evaluator = { owner: sipService, changesOthers: true };

/** @throws AppError CALL_IN_PROGRESS, INSUFFICIENT_SCOPE if a reservation may not be changed (`assertMayChange`) */
export const assertChangeable = (reservation: Reservation, by: Evaluator): void => assertMayChange(reservation, by);

/** The reservation of a call that takes an offer. */
export const reservationOf = (
  { seconds, amount, account, call: { numbers, at, direction }, max: limit }: ReservationOffer,
  { call_id, owner }: Pick<Reservation, 'call_id' | 'owner'>,
): Reservation => ({
  call_id,
  ...(owner === undefined ? {} : { owner }),
  amount,
  currency: account.profile.currency,
  number: numbers[0] ?? '',
  ...(numbers.length > 1 ? { numbers } : {}),
  seconds,
  limit,
  at,
  expires_at: expiryOf({ at, seconds }),
  ...(direction === undefined ? {} : { direction }),
});

/** The answer for a call that has reserved. */
export const reserved = (reservation: Reservation) => ({
  duration: maxDurationOf(reservation),
  reservation: presentReservation(reservation),
});

/** The answer for a call that only looks at an offer. */
export const notReserved = ({ seconds }: ReservationOffer): Reserved => ({
  duration: maxDurationOf({ seconds }),
  reservation: null,
});
