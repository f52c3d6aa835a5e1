import { minute } from '#schema/time.ts';
import type { LogInOrigin, LogInTries, VoicemailPreferences } from '#schema/mailbox.ts';

export const logInLimits = { tries: 5, window: 15 * minute, lock: 15 * minute } as const;

/** The origin of a call. The number of a caller is no identity: only a registered phone of the owner is its own. */
export const originOf = (owner: string | null, user: string | null): LogInOrigin =>
  user !== null && user === owner ? 'owner' : 'outside';

/**
 * Counts a try before its PIN is looked at, so that parallel calls share the tries.
 * @returns undefined: it is locked; `isLast`: the next one is
 */
export function countTry(
  before: LogInTries | undefined,
  { mailbox, origin }: Pick<LogInTries, 'mailbox' | 'origin'>,
  now: number,
): { readonly after: LogInTries; readonly isLast: boolean } | undefined {
  if (before !== undefined && before.locked_until > now) return undefined;
  const tried_at = [...(before?.tried_at ?? []).filter((at) => at > now - logInLimits.window), now];
  const isLast = tried_at.length >= logInLimits.tries;
  const after = {
    mailbox,
    origin,
    tried_at: isLast ? [] : tried_at,
    locked_until: isLast ? now + logInLimits.lock : 0,
    expires_at: Math.ceil((now + Math.max(logInLimits.window, logInLimits.lock)) / 1_000),
    version: (before?.version ?? 0) + 1,
  };
  return { after, isLast };
}

/** Whether the owner's own phone needs no PIN: none is set, or the mailbox asks for none there. */
export const isOpenAtOwnPhone = (
  origin: LogInOrigin,
  { pin_set: isSet, pin_from_own_phone: asks }: Pick<VoicemailPreferences, 'pin_set' | 'pin_from_own_phone'>,
): boolean => origin === 'owner' && (!isSet || asks === false);

/** The event of a mailbox that is locked from outside. */
export const lockedDetails = (mailbox: string) => ({
  entity: { type: 'mailbox', id: mailbox },
  description: `Mailbox ${mailbox} is locked from outside for 15 minutes after ${logInLimits.tries} wrong PINs`,
  fields: { mailbox },
});
