import type { BillingProfile } from '../schema/billing-profile.ts';
import { directionOf, isCarried, type Reservation } from '../reservations/reservation.ts';
import type { CdrOrigin } from './cdr-message.ts';
import { isCallId } from '#telephony/call.ts';
import type { FiledCdr } from './filed-cdr.ts';

/** The reservations that CDRs end (functions/billing/README.md, "Reservations"). */

/** Reservations by call. */
export type ReservedCalls = ReadonlyMap<string, Reservation>;

type CallOfCdr = Pick<FiledCdr, 'call_id' | 'leg' | 'direction'> & { readonly origin: CdrOrigin };

/** Internal legs are free: they reserve nothing, and prove no end. */
const endsCall = ({ direction }: Pick<CallOfCdr, 'direction'>): boolean => direction !== 'internal';

/** The leg of a party to which a call of the SIP service is transferred (`t`) or forwarded (`f`). */
const furtherLeg = /^([tf])([1-9][0-9]*)$/;

/**
 * The reservation of a leg of a call of the SIP service besides its own one: of the caller's side of a call of the API,
 * or of a party to which the call is transferred or forwarded.
 */
function ofLeg({ call_id, leg }: Pick<CallOfCdr, 'call_id' | 'leg'>): string | undefined {
  if (!isCallId(call_id)) return undefined;
  if (leg === 'b') return `${call_id}/source`;
  const [, kind, count] = furtherLeg.exec(leg) ?? [];
  if (count === undefined) return undefined;
  return `${call_id}/${kind === 'f' ? 'forward' : 'transfer'}-${count}`;
}

/**
 * The reservations that a CDR may end: that of its call, and that of its leg. Only the SIP service reserves for inbound
 * calls.
 */
function candidatesOf(cdr: CallOfCdr): readonly string[] {
  if (cdr.direction === 'inbound') return cdr.origin === 'platform' && cdr.leg === 'a' ? [cdr.call_id] : [];
  return [cdr.call_id, ...[ofLeg(cdr) ?? []].flat()];
}

/** Of calls that the SIP service carries, its own CDRs end the reservations, each that of its leg. */
function isEndedBy(reservation: Reservation, cdr: CallOfCdr): boolean {
  // The other direction is of another leg.
  if (directionOf(reservation) !== cdr.direction) return false;
  const isMain = reservation.call_id === cdr.call_id;
  if (!isCarried(reservation)) return isMain;
  return cdr.origin === 'platform' && (!isMain || cdr.leg === 'a');
}

/** The calls whose reservations CDRs may end, each once; none for organizations that reserve nothing. */
export const callsToEnd = (
  profile: Pick<BillingProfile, 'accountType'> | null,
  cdrs: readonly CallOfCdr[],
): readonly string[] =>
  profile?.accountType === 'prepaid' ? [...new Set(cdrs.filter(endsCall).flatMap(candidatesOf))] : [];

const reservationsOf = (cdr: CallOfCdr, reserved: ReservedCalls): readonly Reservation[] =>
  endsCall(cdr)
    ? candidatesOf(cdr)
        .flatMap((call) => reserved.get(call) ?? [])
        .filter((each) => isEndedBy(each, cdr))
    : [];

/** Items that a CDR adds to its transaction at most, to end the reservation of its call. */
export const endingItems = (cdr: CallOfCdr, reserved: ReservedCalls): number => reservationsOf(cdr, reserved).length;

/** The reservations that CDRs end, each once, however many legs its call has. */
export const endedBy = (cdrs: readonly CallOfCdr[], reserved: ReservedCalls): readonly Reservation[] => [
  ...new Set(cdrs.flatMap((cdr) => reservationsOf(cdr, reserved))),
];
