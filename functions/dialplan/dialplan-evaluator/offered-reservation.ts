import { readNumber } from '../../../shared/telephony/dialed-number.ts';
import {
  expiryOf,
  maxDurationOf,
  presentReservation,
  type Reservation,
} from '../../billing/reservations/reservation.ts';
import type { Reserved } from './call-limits.ts';
import type { ReservationOffer } from './credit.ts';

/** The reservation of a call that takes an offer. */
export const reservationOf = (
  { seconds, amount, account, call: { called, at, terms }, max: limit }: ReservationOffer,
  call_id: string,
): Reservation => ({
  call_id,
  amount,
  currency: account.profile.currency,
  // In E.164, so that a later look at it does not depend on the format of a trunk.
  number: readNumber(called, terms) ?? called,
  seconds,
  limit,
  at,
  expires_at: expiryOf({ at, seconds }),
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
