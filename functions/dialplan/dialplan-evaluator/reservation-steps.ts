import { isDeepStrictEqual } from 'node:util';
import { Contention, tryCommit } from '#dynamodb/commit.ts';
import type { Store } from '#dynamodb/client.ts';
import { notFound } from '#errors.ts';
import { zeroAmount, money, type Money } from '#schema/money.ts';
import { minute, second } from '#schema/time.ts';
import type { Evaluator, Reservation } from '../../billing/reservations/reservation.ts';
import type { Reserved } from './call-limits.ts';
import {
  endedCall,
  highestCharge,
  isPrepaid,
  offerReservation,
  type Account,
  type AccountSource,
  type ReservationOffer,
} from './credit.ts';
import type { OrganizationRequest, Process } from './process-steps.ts';
import { assertChangeable, reservationOf, reserved } from './offered-reservation.ts';
import { accountSource, reservationEndWrites, reservationReduceWrite, reservationWrites, whatFailed } from './store.ts';

/** The reservations of calls (functions/billing/README.md, "Reservations"). */

/** How often a reservation is decided while others of the same organization are made. */
const maxDecisions = 8;

/**
 * How often a reservation is decided while other evaluations of the same call replace it: each time one of them has
 * succeeded, and a switch that repeats a request gets its answer.
 */
const maxReplacements = 128;

/** Milliseconds between two evaluations of a call that belong together, as a switch repeats one. */
const repeatTime = minute;

/** The account that pays for a call. @param call its id, as the request names it */
export const sourceOf = (
  call: Pick<Parameters<typeof accountSource>[0], 'callId' | 'by'>,
  { tariffs, formats, sellers }: Pick<Process, 'tariffs' | 'formats' | 'sellers'>,
  { organization }: Pick<OrganizationRequest, 'organization'>,
  { table, tableOf }: Pick<Parameters<typeof accountSource>[0], 'table' | 'tableOf'>,
): AccountSource => accountSource({ table, tableOf, organization, tariffs, formats, sellers, ...call });

type Payer = {
  readonly store: Store;
  readonly organization: number;
  readonly account: AccountSource;
  readonly by: Evaluator;
  /** Gets what the call has reserved. */
  readonly onReserved?: ((reservation: Reservation, account: Account) => void) | undefined;
};

/** Whether a reservation was made by another evaluation of the same call at the same time. */
const isSameCall = (found: Reservation, wanted: Reservation): boolean =>
  found.has_ended !== true &&
  found.number === wanted.number &&
  isDeepStrictEqual(found.numbers, wanted.numbers) &&
  found.currency === wanted.currency &&
  found.limit === wanted.limit &&
  found.direction === wanted.direction &&
  found.owner === wanted.owner &&
  Math.abs(Date.parse(found.at) - Date.parse(wanted.at)) < repeatTime;

/** What others have changed since the account was read. */
type Changed = ReturnType<typeof whatFailed>;

/**
 * Reserves once. @param hasRace whether another evaluation of the call is known to run at the same time
 * @returns what the call has reserved now, by this evaluation or another one at the same time; else what has changed
 * @throws Contention while others hold the account
 * @throws AppError if the reservation that the call has got may not be changed (`assertMayChange`)
 */
async function tryReserve(
  reservation: Reservation,
  { account, payer, hasRace }: { readonly account: Account; readonly payer: Payer; readonly hasRace: boolean },
): Promise<{ readonly made: Reservation } | { readonly changed: Changed }> {
  try {
    const writes = reservationWrites(payer.organization, reservation, account);
    const failed = await tryCommit(payer.store, payer.organization, writes);
    if (failed.length === 0) return { made: reservation };
    const changed = whatFailed(failed);
    const { replaced = null } = changed;
    if (replaced !== null) assertChangeable(replaced, payer.by);
    return replaced !== null && hasRace && isSameCall(replaced, reservation) ? { made: replaced } : { changed };
  } catch (error) {
    const found = error instanceof Contention ? await payer.account.reservation() : null;
    if (found !== null && isSameCall(found, reservation)) return { made: found };
    throw error;
  }
}

/**
 * Reserves what was offered. If the account or the call has got other reservations since, it is decided again what can
 * be reserved. Of evaluations of one call at the same time, those that come too late have the answer of another one.
 * A loop of its own rather than `transact`: a failed condition returns the item that it found, so that nothing is read
 * again, and how often it is repeated depends on which one failed.
 * @throws Contention after 8 decisions, or while other transactions hold the account; nothing is reserved then
 * @throws AppError CALL_IN_PROGRESS, INSUFFICIENT_SCOPE if the call has the reservation of another one
 */
export async function reserveOffer(offer: ReservationOffer, callId: string, payer: Payer): Promise<Reserved> {
  let current = offer;
  for (let [decisions, replacements] = [0, 0]; decisions < maxDecisions && replacements < maxReplacements;) {
    const { account, call, max } = current;
    const reservation = reservationOf(current, { call_id: callId, owner: payer.by.owner });
    // What the first attempt finds may be the reservation of an earlier evaluation.
    const attempt = await tryReserve(reservation, { account, payer, hasRace: replacements > 0 });
    if ('made' in attempt) {
      payer.onReserved?.(attempt.made, account);
      return reserved(attempt.made);
    }
    const { replaced = account.replaced, credit } = attempt.changed;
    if (attempt.changed.replaced === undefined) decisions += 1;
    else replacements += 1;
    const balance = credit === undefined ? account.balance : await payer.account.balance(account.profile, credit);
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
  if (replaced === null || replaced.has_ended === true) throw notFound('Reservation');
  const profile = await source.profile();
  const unchanged = { reservation: replaced, writes: [] };
  if (profile === null || !isPrepaid({ profile })) return unchanged;
  const account = { profile, balance: await source.balance(profile), replaced };
  const numbers = replaced.numbers ?? [replaced.number];
  const { at, direction } = replaced;
  const call = { numbers, at, terms: await source.terms(profile), ...(direction && { direction }) };
  const lasted = Math.ceil((now.getTime() - Date.parse(replaced.at)) / second);
  const offer = offerReservation(account, call, replaced.limit, lasted);
  if (offer === null || typeof offer === 'number' || offer.seconds <= replaced.seconds) return unchanged;
  const reservation = reservationOf(offer, replaced);
  return { reservation, writes: reservationWrites(organization, reservation, account) };
}

/** What the reservation of an ended call gives back, with the writes of its row. */
export type Settlement = { readonly writes: ReturnType<typeof reservationReduceWrite>[]; readonly released: Money };

export const noSettlement: Settlement = { writes: [], released: zeroAmount };

/** `cdr`: the record of the leg, as the consumer of CDRs gets it. `gateway`: which it went over, if it is managed. */
type SettledLeg = { readonly cdr: unknown; readonly gateway: string | null };

/**
 * Reduces the reservation of a call that has ended to what its CDR will charge at most, so that the rest is available
 * at once. The CDR ends it. One that no CDR ends is released whole.
 */
export async function settleCall(source: AccountSource, organization: number, leg: SettledLeg): Promise<Settlement> {
  const reservation = await source.reservation();
  if (reservation === null || reservation.has_ended === true) return noSettlement;
  const charge = await chargeOf(source, organization, leg, reservation);
  const kept = charge < reservation.amount ? charge : reservation.amount;
  return { writes: [reservationReduceWrite(reservation, kept)], released: money(reservation.amount - kept) };
}

async function chargeOf(
  source: AccountSource,
  organization: number,
  { cdr, gateway }: SettledLeg,
  reservation: Reservation,
): Promise<Money> {
  const call = endedCall(cdr, organization, reservation);
  const profile = await source.profile();
  if (call === null || profile === null || !isPrepaid({ profile })) return zeroAmount;
  const { direction } = reservation;
  const [terms, numbers] = await Promise.all([
    source.terms(profile),
    direction === 'inbound'
      ? [reservation.number]
      : source.numbers({ to: 'gateways', numbers: [{ text: call.called, gateway }] }),
  ]);
  return highestCharge(profile, { ...call, terms, numbers, ...(direction && { direction }) });
}
