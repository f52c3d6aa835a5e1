import type { BillingProfile } from '../billing-profiles/billing-profile.ts';
import type { Reservation } from '../reservations/reservation.ts';
import type { Cdr } from './cdr.ts';

/** The reservations that CDRs end (functions/billing/README.md, "Reservations"). */

/** Reservations by call. */
export type ReservedCalls = ReadonlyMap<string, Reservation>;

type CallOfCdr = Pick<Cdr, 'call_id' | 'direction'>;

/** Only an outbound CDR ends the reservation of its call: other legs are free, and prove no end. */
const endsCall = ({ direction }: CallOfCdr): boolean => direction === 'outbound';

/** The calls whose reservations CDRs may end, each once; none for organizations that reserve nothing. */
export const callsToEnd = (
  profile: Pick<BillingProfile, 'accountType'> | null,
  cdrs: readonly CallOfCdr[],
): readonly string[] =>
  profile?.accountType === 'prepaid' ? [...new Set(cdrs.filter(endsCall).map(({ call_id }) => call_id))] : [];

/** Items that a CDR adds to its transaction at most, to end the reservation of its call. */
export const endingItems = (cdr: CallOfCdr, reserved: ReservedCalls): number =>
  endsCall(cdr) && reserved.has(cdr.call_id) ? 1 : 0;

/** The reservations that CDRs end, each once, however many legs its call has. */
export const endedBy = (cdrs: readonly CallOfCdr[], reserved: ReservedCalls): Reservation[] =>
  [...new Set(cdrs.filter(endsCall).map(({ call_id }) => call_id))].flatMap((call) => reserved.get(call) ?? []);
