/**
 * Money that a call of a prepaid organization holds until its CDR is charged (functions/billing/README.md,
 * "Reservations").
 */
import { decimalText, money, zeroAmount, type Money } from '#schema/money.ts';
import { AppError } from '#errors.ts';
import { isCallId } from '#telephony/call.ts';
import { minute, second } from '#schema/time.ts';
import type { Account } from '../charging/account.ts';
import { billingErrors } from '../schema/errors.ts';

/** What one call has reserved. */
export type Reservation = {
  /** As in the CDR of the call. */
  readonly call_id: string;
  readonly amount: Money;
  readonly currency: string;
  /** The number by which the call is priced, in E.164 form: of several gateways that of the first. */
  readonly number: string;
  /** Of several gateways what each is sent, of which the dearest was reserved. */
  readonly numbers?: readonly string[];
  /** Length of the call that the amount pays for. */
  readonly seconds: number;
  /** Longest call by its policy, in seconds; null: no limit. */
  readonly limit: number | null;
  /** ISO 8601: when the call was evaluated, and when the reservation ends unless its CDR or a release ends it. */
  readonly at: string;
  readonly expires_at: string;
  /** Who evaluated the call: {@link sipService}, or a credential (`Evaluator`). Absent: an earlier version did. */
  readonly owner?: string;
  /** Whether its call has ended: it holds what the CDR charges at most. Absent: no. */
  readonly has_ended?: true;
  /** `inbound`: the call came to an own number, by which it is priced. Absent: it is outbound. */
  readonly direction?: 'inbound';
};

/** Which calls a reservation pays for. */
export const directionOf = ({ direction }: { readonly direction?: 'inbound' | undefined }): 'inbound' | 'outbound' =>
  direction ?? 'outbound';

/** The owner of the reservations of calls that the SIP service carries. */
export const sipService = 'sip-service';

/** Who evaluates a call, or asks to change its reservation. */
export type Evaluator = {
  /** {@link sipService}, the id of an access key or temporary token, or that of the account of a session. */
  readonly owner: string;
  /** Whether it may change the reservations of other credentials. */
  readonly changesOthers: boolean;
};

/** Whether the SIP service carries the call. Those that it carried before reservations had owners have its ids. */
export const isCarried = ({ owner, call_id }: Pick<Reservation, 'owner' | 'call_id'>): boolean =>
  owner === undefined ? isCallId(call_id.split('/')[0] ?? '') : owner === sipService;

/**
 * Who carries a call decides on its reservation: another one would spend money that the call still uses.
 * @throws AppError CALL_IN_PROGRESS, INSUFFICIENT_SCOPE
 */
export function assertMayChange(reservation: Pick<Reservation, 'owner' | 'call_id'>, by: Evaluator): void {
  if (by.owner === sipService) return;
  const { owner, call_id } = reservation;
  if (isCarried(reservation))
    throw new AppError(
      billingErrors.CALL_IN_PROGRESS,
      `The SIP service carries the call ${call_id}, and ends its reservation`,
    );
  if (owner === undefined || owner === by.owner || by.changesOthers) return;
  throw new AppError(
    'INSUFFICIENT_SCOPE',
    `Another credential has evaluated the call ${call_id}: to change its reservation needs the scope dialplan:write`,
    { details: [{ path: 'scope', message: 'dialplan:write' }] },
  );
}

/** Longest ringing, and the time that a CDR takes to arrive. */
const ringing = 5 * minute;
const settling = 5 * minute;

/** Seconds after which the switch ends a call: one less than are paid for, because it does so after the second. */
export const maxDurationOf = ({ seconds }: Pick<Reservation, 'seconds'>): number => seconds - 1;

/** When a reservation ends by itself. */
export const expiryOf = ({ at, seconds }: Pick<Reservation, 'at' | 'seconds'>): string =>
  new Date(Date.parse(at) + ringing + maxDurationOf({ seconds }) * second + settling).toISOString();

/** @param now Unix milliseconds */
export const isExpired = ({ expires_at: end }: Reservation, now: number): boolean => Date.parse(end) <= now;

/** A reservation as answers show it. */
export const presentReservation = ({ call_id, amount, currency, expires_at }: Reservation) => ({
  call_id,
  amount: decimalText(amount),
  currency,
  expires_at,
});

/** An account as it was read for a decision about a call, with the reservation that the call has already. */
export type AccountRead = Account & { readonly replaced: Reservation | null };

/** What reservations release together. */
export const releasedBy = (ended: readonly Reservation[]): Money =>
  ended.reduce((sum, { amount }) => money(sum + amount), zeroAmount);
