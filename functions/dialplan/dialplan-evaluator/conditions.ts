import { type PolicyConditions, type TimeOfDay, weekdays } from '../dialplan-policies/policy.ts';
import { groupKey, type GroupDirectory, membership } from './groups.ts';
import { rememberedId } from './remembered-id.ts';
import { type WallClock, type ZoneClock, zoneClock } from './zone-clock.ts';

/** The conditions of a policy besides its pattern (dialplan.md, step 2). */

/** Why a matching policy does not apply; of several the first in this order is told (step 4). */
export type Failure = 'NOT_IN_GROUP' | 'OUTSIDE_HOURS' | 'CALLER_ID_REQUIRED';

/** Conditions as far as they can be prepared before a call. */
export type CompiledConditions = {
  /** The caller must answer to one of them; null: whoever calls. */
  readonly groupKeys: readonly string[] | null;
  readonly window: TimeWindow | null;
  readonly callerIdRequired: boolean;
};

type TimeWindow = {
  /** null: the organization's. */
  readonly clock: ZoneClock | null;
  /** Minutes of the day; `start` after `end` runs over midnight. */
  readonly start: number;
  readonly end: number;
  /** Whether the window opens, Monday first. */
  readonly opensOn: readonly boolean[];
};

/** What of a call the conditions ask about. */
type Caller = { readonly caller?: string | undefined; readonly groups?: readonly string[] | undefined };

/** What of a plan they ask about. */
type Surroundings = { readonly groups: GroupDirectory; readonly timezone: string };

/** What the conditions ask of a call, found out only when a condition asks. */
class Circumstances {
  readonly #call: Caller;
  readonly #plan: Surroundings;
  readonly #at: number;
  #keys: ReadonlySet<string> | undefined;

  constructor(call: Caller, plan: Surroundings, at: number) {
    this.#call = call;
    this.#plan = plan;
    this.#at = at;
  }

  get callerIsKnown(): boolean {
    return !isWithheld(this.#call.caller);
  }

  answersTo(key: string): boolean {
    const { groups } = this.#call;
    if (groups === undefined || groups.length === 0) return false;
    this.#keys ??= membership(groups, this.#plan.groups);
    return this.#keys.has(key);
  }

  /** What the wall shows where a clock hangs; null: where the organization is. */
  wallClock(clock: ZoneClock | null): WallClock {
    return (clock ?? zoneClock(this.#plan.timezone)).read(this.#at);
  }
}

/** Prepares conditions; `groupIds` are the remembered ids of `user_groups`, by the lower-case entry. */
export const compileConditions = (
  conditions: PolicyConditions,
  groupIds: Readonly<Record<string, string>>,
): CompiledConditions => ({
  groupKeys:
    conditions.user_groups?.map((entry) => groupKey(entry, rememberedId(groupIds, entry.toLowerCase()))) ?? null,
  window: conditions.time_of_day === undefined ? null : compileWindow(conditions.time_of_day),
  callerIdRequired: conditions.caller_id_required ?? false,
});

/** The first condition that a call does not meet, or null. */
export function failureOf(conditions: CompiledConditions, call: Circumstances): Failure | null {
  if (conditions.groupKeys !== null && !conditions.groupKeys.some((key) => call.answersTo(key))) return 'NOT_IN_GROUP';
  if (conditions.window !== null && !isOpen(conditions.window, call.wallClock(conditions.window.clock)))
    return 'OUTSIDE_HOURS';
  if (conditions.callerIdRequired && !call.callerIsKnown) return 'CALLER_ID_REQUIRED';
  return null;
}

/** `caller` is a number, or absent, empty or `anonymous`: withheld. */
const isWithheld = (caller: string | undefined): boolean =>
  ['', 'anonymous'].includes((caller ?? '').trim().toLowerCase());

/** The circumstances of a call of members of `groups` at an instant (milliseconds since 1970, UTC). */
export const circumstances = (call: Caller, plan: Surroundings, at: number): Circumstances =>
  new Circumstances(call, plan, at);

const compileWindow = (window: TimeOfDay): TimeWindow => ({
  clock: window.timezone === undefined ? null : zoneClock(window.timezone),
  start: minuteOf(window.start),
  end: minuteOf(window.end),
  opensOn: weekdays.map((day) => window.days?.includes(day) ?? true),
});

/** `24:00` is minute 1440. */
function minuteOf(time: string): number {
  const [hour, minute] = time.split(':');
  return Number(hour) * 60 + Number(minute);
}

function isOpen({ start, end, opensOn }: TimeWindow, { day, minute }: WallClock): boolean {
  const openedToday = opensOn[day] === true && minute >= start;
  if (start < end) return openedToday && minute < end;
  // Over midnight: the part after it belongs to the day before.
  return openedToday || (opensOn[(day + 6) % 7] === true && minute < end);
}
