import type { DurationLimit, Side } from './call-state.ts';

/**
 * How long a call may last: each of its sides may be charged, by its own decision and reservation
 * (functions/billing/README.md, "Reservations").
 */

/** The id of the reservation of the source's side, which no CDR ends. */
export const sourceReservation = (call: string): string => `${call}/source`;

/** The id of the reservation of a party to which the call is transferred, which no CDR ends. @param count from 1 */
export const transferReservation = (call: string, count: number): string => `${call}/transfer-${count}`;

/** What limits one side of a call. */
export type LimitedSide = {
  readonly side: Side;
  readonly reservation: string;
  /** In seconds from when the side is charged. */
  readonly limit: DurationLimit;
  /** When it is charged from at the earliest, in seconds after the answer of the call; negative: before it. */
  readonly from: number;
};

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
