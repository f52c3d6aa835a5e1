import type { Call } from '#telephony/call.ts';
import { callCdrs, forwardCdr, transferCdr } from './cdr.ts';
import type { EndedLeg } from '#functions/dialplan/dialplan-evaluator/decider-steps.ts';
import { second } from '#schema/time.ts';
import type { CallCommand, DurationLimit, Side } from './state.ts';

/**
 * How long a call may last: each of its sides may be charged, by its own decision and reservation
 * (functions/billing/README.md, "Reservations").
 */

/** The id of the reservation of the source's side, which the CDR of leg `b` ends. */
export const sourceReservation = (call: string): string => `${call}/source`;

/** The id of the reservation of a party to which the call is transferred, which its CDR ends. @param count from 1 */
export const transferReservation = (call: string, count: number): string => `${call}/transfer-${count}`;

/** The id of the reservation of a forward, which its CDR ends. @param count from 1 */
export const forwardReservation = (call: string, count: number): string => `${call}/forward-${count}`;

/** The reservations of a call that its CDRs end, with these CDRs. */
export function settledLegs(call: Call): readonly EndedLeg[] {
  const cdrs = callCdrs(call);
  const cdrOf = (name: string) => cdrs.find(({ leg }) => leg === name);
  const main = cdrOf('a');
  const others = call.legs.flatMap((leg) => {
    if (leg.is_reserved !== true) return [];
    const gateway = leg.gateway_id;
    if (leg.forward !== undefined) {
      const { number } = leg.forward;
      return [{ reservation: forwardReservation(call.id, number), gateway, cdr: cdrOf(forwardCdr(number)) }];
    }
    if (leg.transfer !== undefined)
      return [
        { reservation: transferReservation(call.id, leg.transfer), gateway, cdr: cdrOf(transferCdr(leg.transfer)) },
      ];
    return leg.role === 'source' ? [{ reservation: sourceReservation(call.id), gateway, cdr: cdrOf('b') }] : [];
  });
  return [
    ...(call.reserved_until === null ? [] : [{ reservation: call.id, gateway: main?.gateway_id ?? null, cdr: main }]),
    ...others,
  ];
}

/** Whether a reservation of a call, or of a party that has left it, ends with a CDR. */
export const endsByCdr = (reservation: string, call: Call): boolean =>
  reservation === call.id ||
  reservation === sourceReservation(call.id) ||
  settledLegs(call).some((leg) => leg.reservation === reservation && leg.cdr !== undefined);

/** What limits one side of a call. */
export type LimitedSide = {
  readonly side: Side;
  readonly reservation: string;
  /** In seconds from when the side is charged. */
  readonly limit: DurationLimit;
  /** When it is charged from at the earliest, in seconds after the answer of the call; negative: before it. */
  readonly from: number;
};

/** The charged side of a call that came to us: of an inbound call the caller's leg, by whomever it is answered. */
export const routedSide = (
  call: string,
  { direction, limit }: { readonly direction: Call['direction']; readonly limit: DurationLimit },
): LimitedSide => ({
  side: direction === 'inbound' ? 'source' : 'destination',
  ...{ reservation: call, limit, from: 0 },
});

/** The sides of a call of the API. @param ringTime seconds that the destination rings while the source is charged */
export const placedSides = (
  call: string,
  { source, destination }: Readonly<Record<Side, DurationLimit>>,
  ringTime: number,
): readonly LimitedSide[] => [
  { side: 'source', reservation: sourceReservation(call), limit: source, from: -ringTime },
  { side: 'destination', reservation: call, limit: destination, from: 0 },
];

const noLimit = Infinity;
const least = (...seconds: readonly number[]): number | null => {
  const lowest = Math.min(...seconds);
  return lowest === noLimit ? null : Math.max(0, lowest);
};

/** The limit of the call, in seconds from the answer of its destination. */
export const limitOfSides = (sides: readonly LimitedSide[]): DurationLimit => ({
  seconds: least(...sides.map(({ limit, from }) => (limit.seconds ?? noLimit) + from)),
  isReserved: sides.some(({ limit }) => limit.isReserved),
});

/** The sides after the party of one was replaced. */
export const replaceSide = (sides: readonly LimitedSide[], by: LimitedSide): readonly LimitedSide[] => [
  ...sides.filter(({ side }) => side !== by.side),
  by,
];

/**
 * Renews what the sides of a call have reserved.
 * @param renew renews a reservation, and returns its seconds; null: it has ended
 * @returns the seconds that the call may last now; null: no more than before
 */
export async function renewSides(
  sides: readonly LimitedSide[],
  renew: (reservation: string) => Promise<number | null>,
): Promise<number | null> {
  const seconds = await Promise.all(
    sides.map(async ({ reservation, limit, from }) => {
      const lasts = limit.isReserved ? await renew(reservation) : (limit.seconds ?? noLimit);
      return lasts === null ? null : lasts + from;
    }),
  );
  const known = seconds.filter((each) => each !== null);
  return known.length < seconds.length ? null : least(...known);
}

/** A reservation is renewed so long before it ends, in seconds, or at half of its time. */
const renewalMargin = 30;

/** The timers of a limit. @param passed seconds since the answer */
export function limitTimers({ seconds, isReserved }: DurationLimit, passed: number): CallCommand<never>[] {
  if (seconds === null) return [];
  const left = Math.max(0, seconds - passed);
  const renewal = left - Math.min(renewalMargin, left / 2);
  return [
    { type: 'set timer', timer: 'limit', milliseconds: left * second },
    ...(isReserved ? [{ type: 'set timer' as const, timer: 'renewal' as const, milliseconds: renewal * second }] : []),
  ];
}
