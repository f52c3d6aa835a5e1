import { minute } from '#schema/time.ts';
import { scheduledPurge, startedEvent, type Purge } from '../schema/purge.ts';

/** A round over all organizations, of which there is one a day. */
export type Round = {
  /** The day (UTC) on which it began. */
  readonly day: string;
  /** The last organization that is done; null: it has not begun, or is at its end. */
  readonly after: string | null;
  readonly isDone: boolean;
};

/** The round to continue, or the one of a new day; undefined: that of today is done. */
export function roundOf(last: Round | undefined, now: Date): Round | undefined {
  const day = now.toISOString().slice(0, 10);
  if (last !== undefined && !last.isDone) return last;
  return last?.day === day ? undefined : { day, after: null, isDone: false };
}

/** Milliseconds without a turn after which the message of a purge is taken for lost. */
const stuckAfter = 10 * minute;

/** Whether a purge that runs has lost its message. */
export const isStuck = ({ turn_until, created_at }: Purge, now: Date): boolean =>
  Math.max(turn_until, Date.parse(created_at)) + stuckAfter < now.getTime();

/** A purge of the nightly run, with the event that starts the work on it. */
export function nightlyPurge(...of: Parameters<typeof scheduledPurge>) {
  const purge = scheduledPurge(...of);
  return { purge, started: startedEvent(purge) };
}
