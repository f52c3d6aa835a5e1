import { Contention, tryCommit } from '../../../shared/dynamodb/commit.ts';
import type { Store } from '../../../shared/dynamodb/client.ts';
import { notFound } from '../../../shared/errors.ts';
import { second } from '../../../shared/schema/time.ts';
import type { Reserved } from './call-limits.ts';
import { isPrepaid, offerReservation, type AccountSource, type ReservationOffer } from './credit.ts';
import type { OrganizationRequest, Process } from './process-session.ts';
import { reservationOf, reserved } from './offered-reservation.ts';
import { accountSource, reservationEndWrites, reservationWrites, whatFailed } from './store.ts';

/** The reservations of calls (functions/billing/README.md, "Reservations"). */

/** How often a reservation is decided while others of the same organization are made. */
const maxDecisions = 8;

/** The account that pays for a call. @param call its id as the request names it, and the gateway that it goes over */
export const sourceOf = (
  call: Pick<Parameters<typeof accountSource>[0], 'callId' | 'gateway'>,
  { tariffs }: Pick<Process, 'tariffs'>,
  { organization }: OrganizationRequest,
  { table, tableOf }: Pick<Parameters<typeof accountSource>[0], 'table' | 'tableOf'>,
): AccountSource => accountSource({ table, tableOf, organization, tariffs, ...call });

type Payer = { readonly store: Store; readonly organization: number; readonly account: AccountSource };

/**
 * Reserves what was offered. If the account or the call has got other reservations since, it is decided again what can
 * be reserved.
 * @throws Contention after 8 decisions, or while other transactions hold the account; nothing is reserved then
 */
export async function reserveOffer(offer: ReservationOffer, callId: string, payer: Payer): Promise<Reserved> {
  let current = offer;
  for (let decision = 1; decision <= maxDecisions; decision += 1) {
    const { account, call, max } = current;
    const reservation = reservationOf(current, callId);
    const writes = reservationWrites(payer.organization, reservation, account);
    const failed = await tryCommit(payer.store, payer.organization, writes);
    if (failed.length === 0) return reserved(reservation);
    const { replaced = account.replaced, credit } = whatFailed(failed);
    const balance = credit === undefined ? account.balance : await payer.account.balance(credit);
    const next = offerReservation({ ...account, balance, replaced }, call, max);
    if (next === null || typeof next === 'number') return { duration: next, reservation: null };
    current = next;
  }
  throw new Contention();
}

/** Ends the reservation of a call, if it has one. */
export async function endCall(account: AccountSource) {
  const reservation = await account.reservation();
  return { released: reservation !== null, writes: reservation === null ? [] : reservationEndWrites(reservation) };
}

/**
 * Raises the reservation of a call that is up, so that it lasts `reservationMinutes` from now as far as the money goes.
 * It never becomes less.
 * @throws AppError NOT_FOUND if the call has none
 */
export async function extendCall(source: AccountSource, organization: number, now: Date) {
  const replaced = await source.reservation();
  if (replaced === null) throw notFound('Reservation');
  const profile = await source.profile();
  const unchanged = { reservation: replaced, writes: [] };
  if (profile === null || !isPrepaid({ profile })) return unchanged;
  const account = { profile, balance: await source.balance(), replaced };
  const call = { called: replaced.number, at: replaced.at, terms: await source.terms(profile) };
  const lasted = Math.ceil((now.getTime() - Date.parse(replaced.at)) / second);
  const offer = offerReservation(account, call, replaced.limit, lasted);
  if (offer === null || typeof offer === 'number' || offer.seconds <= replaced.seconds) return unchanged;
  const reservation = reservationOf(offer, replaced.call_id);
  return { reservation, writes: reservationWrites(organization, reservation, account) };
}
