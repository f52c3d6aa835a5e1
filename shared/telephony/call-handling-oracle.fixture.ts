import type { CallHandling } from './call-handling.ts';
import type { Schedule } from './schedule.ts';

/**
 * Where a call to a user goes, as the table of functions/telephony/README.md ("Call handling", "Order"), read from its
 * top. It shares nothing with `call-handling.ts`.
 */

/** How what is tried ends. `denied`: it is not made. */
export type Outcome = 'answered' | 'denied' | 'busy' | 'no_answer' | 'unreachable';

/** Who calls, and when. */
export type Situation = {
  /** Numbers and extension of the caller; none: anonymous. */
  readonly names: readonly string[];
  /** Whether the schedule is open; true without one. */
  readonly isOpen: boolean;
  readonly hasMailbox: boolean;
  /** Whether the user has called for help within the last hour. */
  readonly hasCalledForHelp: boolean;
};

/** How what is tried ends: the phones, each follow-me number, and each forward by its field. */
export type World = {
  readonly phones: Exclude<Outcome, 'denied'>;
  readonly followed: readonly Outcome[];
  readonly forwards: Readonly<Partial<Record<'always' | 'busy' | 'closed' | 'no_answer' | 'unreachable', Outcome>>>;
};

type Given = { readonly settings: CallHandling; readonly situation: Situation; readonly rung: Outcome };

/** A row: whether it holds, and what is done then. */
type Row = {
  readonly does: 'reject' | 'forward' | 'ring' | 'last';
  readonly reason: string;
  /** The field of the forward. */
  readonly to?: keyof World['forwards'];
  /** How the call ends, if nothing takes it. */
  readonly tone: string;
  /** Whether it holds also for an hour after an emergency call of the user. */
  readonly always?: true;
  readonly when: (given: Given) => boolean;
};

const isBlocked = ({ settings: { blocked }, situation: { names } }: Given): boolean =>
  blocked.some((entry) => {
    if (entry === 'anonymous') return names.length === 0;
    const pattern = new RegExp(`^${entry.replace('+', '\\+').replace('…', '.*')}$`);
    return names.some((name) => pattern.test(name));
  });

const failed = ['busy', 'no_answer', 'unreachable'] as const;

// prettier-ignore
const rows: readonly Row[] = [
  { does: 'reject',  reason: 'BLOCKED_BY_USER', tone: '', when: isBlocked },
  { does: 'forward', reason: 'DO_NOT_DISTURB', to: 'busy', tone: 'busy',
    when: ({ settings }) => settings.do_not_disturb && settings.forward.busy !== null },
  { does: 'last',    reason: 'DO_NOT_DISTURB', tone: 'busy', when: ({ settings }) => settings.do_not_disturb },
  { does: 'forward', reason: 'FORWARD_ALWAYS', to: 'always', tone: '',
    when: ({ settings }) => settings.forward.always !== null },
  { does: 'forward', reason: 'CLOSED', to: 'closed', tone: 'unreachable',
    when: ({ settings, situation }) => !situation.isOpen && settings.when_closed !== null },
  { does: 'last',    reason: 'CLOSED', tone: 'unreachable', when: ({ situation }) => !situation.isOpen },
  { does: 'ring',    reason: 'EMERGENCY_CALLBACK', tone: '', always: true,
    when: ({ situation }) => situation.hasCalledForHelp },
  { does: 'ring',    reason: 'RING', tone: '', when: () => true },
  ...failed.map((outcome): Row => (
    { does: 'forward', reason: outcome.toUpperCase(), to: outcome, tone: outcome,
      when: ({ settings, rung }) => rung === outcome && settings.forward[outcome] !== null })),
  ...failed.map((outcome): Row => (
    { does: 'last',    reason: outcome.toUpperCase(), tone: outcome, always: true,
      when: ({ rung }) => rung === outcome })),
];

/** What is tried in turn, as `<what> <reason>`, with `denied` behind a forward that is not made. */
export function expectedTrail(settings: CallHandling, situation: Situation, world: World): readonly string[] {
  const trail: string[] = [];
  const lastOf = (reason: string, tone: string): readonly string[] => {
    const greeting = tone === 'busy' ? 'busy' : 'unavailable';
    const takesMessages = settings.voicemail && situation.hasMailbox;
    return [...trail, takesMessages ? `mailbox ${reason} ${greeting}` : `end ${reason} ${tone}`];
  };
  let rung: Outcome = 'answered';
  for (const { does, reason, to, tone, always, when } of rows) {
    if (situation.hasCalledForHelp && always !== true) continue;
    if (!when({ settings, situation, rung })) continue;
    if (does === 'last') return lastOf(reason, tone);
    const outcome =
      does === 'ring' ? ringing(world) : to === undefined ? 'answered' : (world.forwards[to] ?? 'answered');
    trail.push(`${does} ${reason}${outcome === 'denied' ? ' denied' : ''}`);
    if (does === 'ring') {
      trail.push(...world.followed.map((each) => `forward FOLLOW_ME${each === 'denied' ? ' denied' : ''}`));
      rung = outcome;
    }
    if (outcome === 'answered') return trail;
    if (does === 'forward' && outcome !== 'denied') return lastOf(reason, outcome);
  }
  return trail;
}

/** Of all that ring together busy says more than no answer. A number that is denied is not reached. */
function ringing({ phones, followed }: World): Outcome {
  const each = [phones, ...followed];
  return (['answered', ...failed] as const).find((outcome) => each.includes(outcome)) ?? 'unreachable';
}

const weekdays = ['su', 'mo', 'tu', 'we', 'th', 'fr', 'sa'] as const;

/** Whether a schedule is open, by the calendar of its zone. Its holidays have no window that runs past midnight. */
export function isOpenAt({ override, weekly, dates, time_zone: timeZone }: Schedule, at: Date): boolean {
  if (override !== null) return override === 'open';
  // As `2026-12-25 09:30:00` in Sweden.
  const [date = '', time = ''] = at.toLocaleString('sv-SE', { timeZone }).split(' ');
  if (dates.some((entry) => entry.date === date && entry.open === false)) return false;
  const today = new Date(date).getUTCDay();
  const [now, day, before] = [time.slice(0, 5), weekdays[today], weekdays[(today + 6) % 7]];
  return weekly.some(({ days, from, to }) => {
    const begins = days.some((each) => each === day) && from <= now;
    if (from < to) return begins && now < to;
    return begins || (days.some((each) => each === before) && now < to);
  });
}
