import type { LegalHold } from '#schema/legal-hold.ts';
import { classesOf, isHeld, type RecordClass, type RecordFacts } from '#schema/record-class.ts';
import { minute } from '#schema/time.ts';
import type { TurnState } from '#schema/turn.ts';

/** How the records that a legal hold keeps are counted (functions/system/retention/README.md, "Legal holds"). */

/** A count that has not ended. */
export type HoldCount = TurnState & {
  /** Id of the hold. */
  readonly id: string;
  /** The version of the hold that is counted. */
  readonly version: number;
  /** ISO 8601 UTC: what is stored later is not counted. */
  readonly began_at: string;
  /** Records so far. */
  readonly counted: number;
  /** Classes that are left: the first one is being read. */
  readonly classes: readonly RecordClass[];
  /** The source of the class that is being read, and the cursor of its next page; null at its beginning. */
  readonly source: number;
  readonly after: string | null;
};

/** The turn of a count that no process has begun. */
const noTurn: TurnState = { turn: '', turn_until: 0 };

/** Whether the count is stored: the first turn stores it. */
export const isStored = ({ turn }: TurnState): boolean => turn !== noTurn.turn;

const beginCount = (hold: LegalHold, { turn, turn_until }: TurnState, now: Date): HoldCount => ({
  id: hold.id,
  version: hold.version,
  began_at: now.toISOString(),
  counted: 0,
  classes: classesOf(hold),
  source: 0,
  after: null,
  turn,
  turn_until,
});

/** Whether a hold is still as it is counted. */
export const isCounted = (hold: LegalHold | undefined, { version }: Pick<HoldCount, 'version'>): hold is LegalHold =>
  hold?.status === 'active' && hold.version === version;

/**
 * The count that a message continues. A hold that was changed is counted from the beginning, after the turn of the
 * process that counts it as it was.
 * @param version of the hold, for which the message is
 * @returns undefined if nothing is left to do; of a hold that is released, the count that must be deleted
 */
export function countOf(
  { hold, count }: { readonly hold: LegalHold | undefined; readonly count: HoldCount | undefined },
  version: number,
  now: Date,
): HoldCount | undefined {
  if (hold?.status !== 'active') return count;
  if (!isCounted(hold, { version })) return undefined;
  if (count?.version === version) return count;
  return hold.held_estimate === null ? beginCount(hold, count ?? noTurn, now) : undefined;
}

/** Milliseconds by which a record may be stored under a later time than its own: the longest request. */
const delay = minute;

/**
 * The times between which a source has all records that a hold may mean. `isHeld` decides about each of them.
 * @param isByTime whether the source has its records by their own time
 * @returns null: there are none
 */
export function timesToRead(
  { filter }: Pick<LegalHold, 'filter'>,
  { began_at }: Pick<HoldCount, 'began_at'>,
  isByTime: boolean,
): { readonly from: string | null; readonly before: string } | null {
  if (!isByTime) return { from: null, before: began_at };
  const [from, to] = [Date.parse(filter.from ?? ''), Date.parse(filter.to ?? '')];
  const since = from > 0 ? from : 0;
  const before = Math.min(Date.parse(began_at), Number.isNaN(to) ? Infinity : to + delay);
  if (before <= since) return null;
  return { from: since === 0 ? null : new Date(since).toISOString(), before: new Date(before).toISOString() };
}

/** Records of the first class that is left. */
export type FactsPage = {
  readonly facts: readonly RecordFacts[];
  /** Where the next page begins; null after the last one. */
  readonly cursor: string | null;
};

/** The count after a page, of which it counts what the hold keeps, whatever other holds do. */
export function countedAfter(count: HoldCount, hold: LegalHold, { facts, cursor }: FactsPage): HoldCount {
  const [of] = count.classes;
  const held = of === undefined ? [] : facts.filter((each) => isHeld(of, each, [hold]));
  const position = cursor === null ? { source: count.source + 1, after: null } : { after: cursor };
  return { ...count, ...position, counted: count.counted + held.length };
}

/** The count after all sources of a class. */
export const nextClass = (count: HoldCount): HoldCount => ({
  ...count,
  classes: count.classes.slice(1),
  source: 0,
  after: null,
});
