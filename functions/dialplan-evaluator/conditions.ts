import { DateTime, IANAZone } from 'luxon';
import { type PolicyConditions, type TimeOfDay, weekdays } from '../dialplan-policies/policy.ts';
import { groupKey, type GroupDirectory, membership } from './groups.ts';

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
  /** IANA; null: the organization's. */
  readonly zone: string | null;
  /** Minutes of the day; `start` after `end` runs over midnight. */
  readonly start: number;
  readonly end: number;
  /** Whether the window opens, Monday first. */
  readonly opensOn: readonly boolean[];
};

/** What the wall shows in some zone: the day counted from Monday = 0, the minute of that day. */
type WallClock = { readonly day: number; readonly minute: number };

/** What the conditions ask of a call; each is found out once, and only when a condition asks. */
export type Circumstances = {
  answersTo(groupKey: string): boolean;
  wallClock(zone: string | null): WallClock;
  readonly callerIsKnown: boolean;
};

/** Prepares conditions; `groupIds` are the remembered ids of `user_groups`, by the lower-case entry. */
export const compileConditions = (conditions: PolicyConditions, groupIds: Readonly<Record<string, string>>): CompiledConditions => ({
  groupKeys: conditions.user_groups?.map((entry) => groupKey(entry, rememberedId(entry, groupIds))) ?? null,
  window: conditions.time_of_day === undefined ? null : compileWindow(conditions.time_of_day),
  callerIdRequired: conditions.caller_id_required ?? false,
});

/** A group may be called `constructor`: what every object inherits is no id. */
const rememberedId = (entry: string, groupIds: Readonly<Record<string, string>>): string | undefined =>
  Object.hasOwn(groupIds, entry.toLowerCase()) ? groupIds[entry.toLowerCase()] : undefined;

/** The first condition that a call does not meet, or null. */
export function failureOf(conditions: CompiledConditions, call: Circumstances): Failure | null {
  if (conditions.groupKeys !== null && !conditions.groupKeys.some((key) => call.answersTo(key))) return 'NOT_IN_GROUP';
  if (conditions.window !== null && !isOpen(conditions.window, call.wallClock(conditions.window.zone))) return 'OUTSIDE_HOURS';
  if (conditions.callerIdRequired && !call.callerIsKnown) return 'CALLER_ID_REQUIRED';
  return null;
}

/** `caller` is a number, or absent, empty or `anonymous`: withheld. */
export const isWithheld = (caller: string | undefined): boolean => ['', 'anonymous'].includes((caller ?? '').trim().toLowerCase());

/** The circumstances of a call of members of `groups` at an instant (milliseconds since 1970, UTC). */
export function circumstances(
  call: { readonly caller?: string | undefined; readonly groups?: readonly string[] | undefined },
  plan: { readonly groups: GroupDirectory; readonly timezone: string },
  at: number,
): Circumstances {
  let keys: ReadonlySet<string> | undefined;
  const clocks = new Map<string, WallClock>();
  return {
    callerIsKnown: !isWithheld(call.caller),
    answersTo(key) {
      keys ??= membership(call.groups ?? [], plan.groups);
      return keys.has(key);
    },
    wallClock(zone) {
      const name = zone ?? plan.timezone;
      const clock = clocks.get(name) ?? readClock(name, at);
      clocks.set(name, clock);
      return clock;
    },
  };
}

/** Windows follow the wall clock: an hour that daylight saving skips does not happen, one that it repeats happens twice. */
function readClock(zone: string, at: number): WallClock {
  const local = DateTime.fromMillis(at, { zone: IANAZone.create(zone) });
  return { day: local.weekday - 1, minute: local.hour * 60 + local.minute };
}

const compileWindow = (window: TimeOfDay): TimeWindow => ({
  zone: window.timezone ?? null,
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
