import type { DeliveryPreferences } from '#schema/notifier/notifier-settings.ts';
import { hour } from '#schema/time.ts';
import { firstOpen, windowDays } from '#schema/wall-clock.ts';

/** When notices may be sent (functions/system/notifier/README.md, "Quiet hours"). */

type Preferences = Pick<DeliveryPreferences, 'quiet_hours'>;
type Organization = { /** IANA. */ readonly timezone: string };

/** The end of the quiet hours that an instant is in, by the wall clock of their zone; undefined: it is in none. */
export function quietUntil(
  { quiet_hours: { enabled, start, end, timezone } }: Preferences,
  organization: Organization,
  now: Date,
): Date | undefined {
  if (!enabled) return undefined;
  const waking = { start: end, end: start, days: windowDays };
  const open = firstOpen([timezone ?? organization.timezone], waking, now);
  return open === undefined || open.getTime() <= now.getTime() ? undefined : open;
}

/** The hour of an instant, as limits count: Unix hours. */
export const hourOf = (now: Date): number => Math.floor(now.getTime() / hour);

/** When what is held back now is sent: as the quiet hours end, else as the hour ends, if that is not quiet. */
export function releaseTime(preferences: Preferences, organization: Organization, now: Date): Date {
  const quiet = quietUntil(preferences, organization, now);
  if (quiet !== undefined) return quiet;
  const next = new Date((hourOf(now) + 1) * hour);
  return quietUntil(preferences, organization, next) ?? next;
}

/** Which notices are sent at once, and which are held back (functions/system/notifier/README.md). */

/** What an organization holds back. */
export type Held = {
  /** When it is sent (ISO 8601 UTC). */
  readonly until: string;
  /** Since when something is held back (ISO 8601 UTC). */
  readonly since: string;
  /** Notices that are kept, to be sent one by one. */
  readonly kept: number;
  /** Notices that the digest counts: all, and by rule. */
  readonly counted: number;
  readonly counts: Readonly<Record<string, number>>;
};

/** The item by which the notices of an organization are decided one after the other. Its size is bounded. */
export type NoticeState = {
  /** Unix hour in which `sent` notices were sent. */
  readonly hour: number;
  readonly sent: number;
  readonly held: Held | null;
  readonly version: number;
};

/** Rules that a digest counts by name. Those of later rules are under `other`. */
export const maxCounts = 60;
/** Where notices of rules beyond these are counted. */
export const otherRules = 'other';

/** Terms of an organization at an instant. */
export type Terms = {
  /** Notices in an hour. */
  readonly cap: number;
  /** End of the quiet hours; undefined: it is in none. */
  readonly quietUntil: Date | undefined;
  /** When what is held back now is sent. */
  readonly release: Date;
  readonly now: Date;
};

/** What happens to a notice: it is sent, kept until the quiet hours end, or counted by the digest. */
export type Outcome = 'send' | 'keep' | 'count';
/** What happens to a kept notice: `drop` if its rule is gone. */
type ReleaseOutcome = Exclude<Outcome, 'keep'> | 'drop';

const emptyState: NoticeState = { hour: 0, sent: 0, held: null, version: 0 };

/** The state in the hour of an instant. */
function inHour(state: NoticeState | undefined, now: Date): NoticeState {
  const { hour, ...rest } = state ?? emptyState;
  const current = hourOf(now);
  return hour === current ? { ...rest, hour } : { ...rest, hour: current, sent: 0 };
}

const countIn = (counts: Held['counts'], rule: string): Held['counts'] => {
  const name = Object.hasOwn(counts, rule) || Object.keys(counts).length < maxCounts ? rule : otherRules;
  return { ...counts, [name]: (Object.hasOwn(counts, name) ? (counts[name] ?? 0) : 0) + 1 };
};

const heldOf = ({ held }: NoticeState, { release, now }: Terms): Held =>
  held ?? { until: release.toISOString(), since: now.toISOString(), kept: 0, counted: 0, counts: {} };

const keep = (held: Held): Held => ({ ...held, kept: held.kept + 1 });
const count = (held: Held, rule: string): Held => ({
  ...held,
  counted: held.counted + 1,
  counts: countIn(held.counts, rule),
});

type Wanted = {
  readonly rule: string;
  readonly isCritical: boolean;
  /** Whether it is of a call for help, which is never held back. */
  readonly isEmergency: boolean;
};

function admitNotice(
  state: NoticeState,
  { rule, isCritical, isEmergency }: Wanted,
  terms: Terms,
): [Outcome, NoticeState] {
  const isQuiet = terms.quietUntil !== undefined && !isCritical;
  if (isEmergency || (!isQuiet && state.sent < terms.cap)) return ['send', { ...state, sent: state.sent + 1 }];
  const held = heldOf(state, terms);
  return isQuiet && held.kept < terms.cap
    ? ['keep', { ...state, held: keep(held) }]
    : ['count', { ...state, held: count(held, rule) }];
}

/** What happens to new notices, in their order, and the state after them. */
export function admitNotices(
  before: NoticeState | undefined,
  wanted: readonly Wanted[],
  terms: Terms,
): { readonly outcomes: readonly Outcome[]; readonly after: NoticeState } {
  let state = inHour(before, terms.now);
  const outcomes = wanted.map((each) => {
    const [outcome, next] = admitNotice(state, each, terms);
    state = next;
    return outcome;
  });
  return { outcomes, after: { ...state, version: state.version + 1 } };
}

/** Whether something is held back whose time has come. */
export const isDue = (state: NoticeState | undefined, now: Date): boolean =>
  state?.held != null && Date.parse(state.held.until) <= now.getTime();

/**
 * What is to be done with what is held back: nothing yet; to wait, as it is in quiet hours; to send kept notices while
 * the hour has room, and count the others; or to send the digest, which ends it.
 */
export type Release = 'nothing' | 'wait' | 'kept' | 'digest';

export function nextRelease(state: NoticeState | undefined, { quietUntil: quiet, now }: Terms): Release {
  if (state?.held == null || !isDue(state, now)) return 'nothing';
  if (quiet !== undefined) return 'wait';
  return state.held.kept > 0 ? 'kept' : 'digest';
}

const bump = (state: NoticeState, held: Held | null): NoticeState => ({ ...state, held, version: state.version + 1 });

/** What is held back, until a later time. */
export const postpone = (state: NoticeState, until: Date): NoticeState =>
  bump(state, state.held === null ? null : { ...state.held, until: until.toISOString() });

/**
 * Takes a slice of the kept notices.
 * @param rules those of the notices, whose rule still exists and is enabled; null: it is not, and nothing is sent
 * @param taken notices in the slice; 0: there are no more
 */
export function releaseKept(
  before: NoticeState,
  rules: readonly (string | null)[],
  { cap, now }: Pick<Terms, 'cap' | 'now'>,
): { readonly outcomes: readonly ReleaseOutcome[]; readonly after: NoticeState } {
  let state = inHour(before, now);
  let held = before.held;
  const outcomes = rules.map((rule): ReleaseOutcome => {
    if (rule === null || held === null) return 'drop';
    if (state.sent < cap) {
      state = { ...state, sent: state.sent + 1 };
      return 'send';
    }
    held = count(held, rule);
    return 'count';
  });
  const left = rules.length === 0 ? 0 : Math.max(0, (held?.kept ?? 0) - rules.length);
  return { outcomes, after: bump(state, held === null ? null : { ...held, kept: left }) };
}

/** The state after its digest. */
export const endHeld = (state: NoticeState): NoticeState => bump(state, null);
