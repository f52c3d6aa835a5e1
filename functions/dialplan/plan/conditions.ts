import { type PolicyConditions, type TimeOfDay, weekdays } from '../schema/policy.ts';
import type { Attestation, Verstat } from '#telephony/caller-identity.ts';
import { groupKey, type GroupDirectory, membership } from './groups.ts';
import { resolvedId } from '../schema/policy.ts';
import { type WallClock, type ZoneClock, zoneClock } from './zone-clock.ts';

/** The conditions of a policy besides its pattern (functions/dialplan/README.md, "Conditions"). */

/** Why a matching policy does not apply. Of several failures the first in this order counts. */
export type Failure = 'NOT_IN_GROUP' | 'OUTSIDE_HOURS' | 'CALLER_ID_REQUIRED' | 'CALLER_NOT_VERIFIED';

/** Conditions, prepared before any call. */
export type CompiledConditions = {
  /** Keys of the groups, of which the caller must be in one; null: any caller. */
  readonly groupKeys: readonly string[] | null;
  readonly window: TimeWindow | null;
  readonly callerIdRequired: boolean;
  /** One of which the verification, and the attestation, of the caller must be; null: any. */
  readonly verstats: readonly Verstat[] | null;
  readonly attestations: readonly Attestation[] | null;
};

type TimeWindow = {
  /** Null: the clock of the organization. */
  readonly clock: ZoneClock | null;
  /** Minutes of the day; a window with `start` after `end` runs over midnight. */
  readonly start: number;
  readonly end: number;
  /** Whether the window opens on a day, Monday first. */
  readonly opensOn: readonly boolean[];
};

/** What conditions use of a call. */
type Caller = {
  readonly caller?: string | undefined;
  readonly groups?: readonly string[] | undefined;
  readonly verstat?: Verstat | undefined;
  readonly attestation?: Attestation | undefined;
};

/** What conditions use of a plan. */
type PlanFacts = { readonly groups: GroupDirectory; readonly timezone: string };

/** What conditions ask about a call, computed when a condition asks. */
class CallFacts {
  readonly #call: Caller;
  readonly #plan: PlanFacts;
  readonly #at: number;
  #keys: ReadonlySet<string> | undefined;

  constructor(call: Caller, plan: PlanFacts, at: number) {
    this.#call = call;
    this.#plan = plan;
    this.#at = at;
  }

  get isCallerKnown(): boolean {
    return !isWithheld(this.#call.caller);
  }

  /** Whether the caller was verified as the conditions want. */
  isVerified({ verstats, attestations }: Pick<CompiledConditions, 'verstats' | 'attestations'>): boolean {
    const { verstat = 'No-TN-Validation', attestation } = this.#call;
    return (
      (verstats === null || verstats.includes(verstat)) &&
      (attestations === null || (attestation !== undefined && attestations.includes(attestation)))
    );
  }

  isInGroup(key: string): boolean {
    const { groups } = this.#call;
    if (groups === undefined || groups.length === 0) return false;
    this.#keys ??= membership(groups, this.#plan.groups);
    return this.#keys.has(key);
  }

  /** Wall-clock time by a clock; null: by the clock of the organization. */
  wallClock(clock: ZoneClock | null): WallClock {
    return (clock ?? zoneClock(this.#plan.timezone)).read(this.#at);
  }
}

/** Prepares conditions. @param groupIds the resolved ids of `user_groups`, by the lower-case entry */
export const compileConditions = (
  conditions: PolicyConditions,
  groupIds: Readonly<Record<string, string>>,
): CompiledConditions => ({
  groupKeys: conditions.user_groups?.map((entry) => groupKey(entry, resolvedId(groupIds, entry.toLowerCase()))) ?? null,
  window: conditions.time_of_day === undefined ? null : compileWindow(conditions.time_of_day),
  callerIdRequired: conditions.caller_id_required ?? false,
  verstats: conditions.verstat ?? null,
  attestations: conditions.attestation ?? null,
});

/** The first condition that a call fails, or null. */
export function failureOf(conditions: CompiledConditions, call: CallFacts): Failure | null {
  if (conditions.groupKeys !== null && !conditions.groupKeys.some((key) => call.isInGroup(key))) return 'NOT_IN_GROUP';
  if (conditions.window !== null && !isOpen(conditions.window, call.wallClock(conditions.window.clock)))
    return 'OUTSIDE_HOURS';
  if (conditions.callerIdRequired && !call.isCallerKnown) return 'CALLER_ID_REQUIRED';
  return call.isVerified(conditions) ? null : 'CALLER_NOT_VERIFIED';
}

/** An absent, empty or `anonymous` caller is withheld. */
const isWithheld = (caller: string | undefined): boolean =>
  ['', 'anonymous'].includes((caller ?? '').trim().toLowerCase());

/** The facts of a call at an instant. @param at milliseconds since 1970 (UTC) */
export const callFacts = (call: Caller, plan: PlanFacts, at: number): CallFacts => new CallFacts(call, plan, at);

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
  // Over midnight, the part after midnight belongs to the day on which the window opened.
  return openedToday || (opensOn[(day + 6) % 7] === true && minute < end);
}
