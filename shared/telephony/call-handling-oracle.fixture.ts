import type { CallHandling, HandlingFacts } from './call-handling.ts';

/**
 * Where a call to a user goes, written from the order of functions/telephony/README.md ("Call handling") as one list of
 * rules, and sharing nothing with `call-handling.ts`.
 */

/** How what is tried ends: the phones, and each forward by its field. */
export type World = {
  readonly phones: 'answered' | 'busy' | 'no_answer' | 'unreachable';
  readonly forwards: Readonly<Record<string, 'answered' | 'denied' | 'busy' | 'no_answer' | 'unreachable'>>;
};

/** What is tried in turn, as `<what> <reason>`; the last one ends the call. */
export function expectedTrail(settings: CallHandling, facts: HandlingFacts, world: World): readonly string[] {
  const trail: string[] = [];
  const { forward } = settings;
  const deposit = settings.voicemail && facts.hasMailbox;
  const last = (reason: string, tone: string): readonly string[] => [
    ...trail,
    deposit ? `mailbox ${reason} ${tone === 'busy' ? 'busy' : 'unavailable'}` : `end ${reason} ${tone}`,
  ];
  /** Tries a forward. Undefined: it was not made. */
  const tries = (name: string, to: unknown, reason: string): readonly string[] | undefined => {
    if (to === null) return undefined;
    trail.push(`forward ${reason}`);
    const outcome = world.forwards[name] ?? 'answered';
    if (outcome === 'answered') return trail;
    return outcome === 'denied' ? undefined : last(reason, outcome);
  };
  const help = facts.hasCalledForHelp;
  if (!help) {
    const { names, isAnonymous } = facts.caller;
    if (facts.isBlockedByOrganization) return ['reject BLOCKED_BY_ORGANIZATION'];
    for (const entry of settings.blocked) {
      const prefix = entry.endsWith('…') ? entry.slice(0, -1) : undefined;
      const isHit =
        entry === 'anonymous'
          ? isAnonymous
          : names.some((name) => name === entry || (prefix !== undefined && name.indexOf(prefix) === 0));
      if (isHit) return ['reject BLOCKED_BY_USER'];
    }
    if (settings.do_not_disturb) return tries('busy', forward.busy, 'DO_NOT_DISTURB') ?? last('DO_NOT_DISTURB', 'busy');
    const always = tries('always', forward.always, 'FORWARD_ALWAYS');
    if (always !== undefined) return always;
    if (!facts.isOpen) return tries('closed', settings.when_closed, 'CLOSED') ?? last('CLOSED', 'unreachable');
  }
  trail.push(help ? 'ring EMERGENCY_CALLBACK' : 'ring RING');
  if (world.phones === 'answered') return trail;
  const reason = world.phones.toUpperCase();
  const next = help ? undefined : tries(world.phones, forward[world.phones], reason);
  return next ?? last(reason, world.phones);
}
