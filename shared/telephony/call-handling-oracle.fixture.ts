import type { CallHandling } from './call-handling.ts';
import type { Schedule } from './schedule.ts';

/**
 * Where a call to a user goes, as the table of functions/telephony/call-handling/README.md ("Order"), read from its
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
  /** How often the call may still be sent on, denied or not; the numbers that follow a user count as one. */
  readonly forwardsLeft?: number;
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

// oxfmt-ignore
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
  let left = situation.forwardsLeft ?? Infinity;
  /** What becomes of forwards that count as one. */
  const sendOn = (outcomes: readonly Outcome[]): readonly Outcome[] => {
    if (outcomes.length === 0) return [];
    left -= 1;
    return left < 0 ? outcomes.map(() => 'denied') : outcomes;
  };
  for (const { does, reason, to, tone, always, when } of rows) {
    if (situation.hasCalledForHelp && always !== true) continue;
    if (!when({ settings, situation, rung })) continue;
    if (does === 'last') return lastOf(reason, tone);
    const followed = does === 'ring' ? sendOn(world.followed) : [];
    const [forwarded] = to === undefined ? [] : sendOn([world.forwards[to] ?? 'answered']);
    const outcome = does === 'ring' ? ringing({ ...world, followed }) : (forwarded ?? 'answered');
    trail.push(`${does} ${reason}${outcome === 'denied' ? ' denied' : ''}`);
    if (does === 'ring') {
      trail.push(...followed.map((each) => `forward FOLLOW_ME${each === 'denied' ? ' denied' : ''}`));
      rung = outcome;
    }
    if (outcome === 'answered') return trail;
    if (does === 'forward' && outcome !== 'denied') return lastOf(reason, outcome);
  }
  return trail;
}

/** Of all that ring together busy says more than no answer. A number that is denied is not reached. */
function ringing({ phones, followed }: Pick<World, 'phones' | 'followed'>): Outcome {
  const each = [phones, ...followed];
  return (['answered', ...failed] as const).find((outcome) => each.includes(outcome)) ?? 'unreachable';
}

const weekdays = ['su', 'mo', 'tu', 'we', 'th', 'fr', 'sa'] as const;

/** Whether a schedule is open, by the calendar of its zone. */
export function isOpenAt({ override, weekly, dates, time_zone: timeZone }: Schedule, at: Date): boolean {
  if (override !== null) return override === 'open';
  // As `2026-12-25 09:30:00` in Sweden.
  const [today = '', time = ''] = at.toLocaleString('sv-SE', { timeZone }).split(' ');
  const now = time.slice(0, 5);
  const dayBefore = new Date(Date.parse(today) - 86_400_000).toISOString().slice(0, 10);
  const isHoliday = (date: string) => dates.some((entry) => entry.date === date && entry.open === false);
  /** The windows that begin on a date. */
  const windowsOf = (date: string): readonly (readonly [from: string, to: string])[] => {
    const own = dates.filter((entry) => entry.date === date);
    if (own.length > 0)
      return own.flatMap(({ from, to }) => (from === undefined || to === undefined ? [] : [[from, to]]));
    const weekday = weekdays[new Date(date).getUTCDay()];
    return weekly.flatMap(({ days, from, to }) => (days.some((day) => day === weekday) ? [[from, to]] : []));
  };
  if (isHoliday(today)) return false;
  const hasBegun = windowsOf(today).some(([from, to]) => from <= now && (to < from || now < to));
  return hasBegun || windowsOf(dayBefore).some(([from, to]) => to < from && now < to);
}
