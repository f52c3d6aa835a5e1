import { second } from '#schema/time.ts';

/** Log-ins of users with a second factor (functions/accounts/auth/README.md, "Two factors"). */

/** Seconds for which a log-in waits for its second factor. */
const challengeTtl = 300;
/** Wrong codes that end a pending log-in. */
const maxWrongCodes = 5;

/** A code of an authenticator app, or a recovery code. */
export type FactorCode = { readonly kind: 'totp' | 'recovery'; readonly code: string };

type State = {
  /** Whether the user has a second factor. */
  readonly isEnabled: boolean;
  /** Whether the organization requires one. */
  readonly isRequired: boolean;
  readonly code: FactorCode | undefined;
};

/**
 * What a log-in with the right password does: it opens a session, waits for a code, waits for the set-up of a second
 * factor, or checks the code that it has.
 */
export function nextStep({ isEnabled, isRequired, code }: State): 'open' | 'wait' | 'set-up' | 'check' {
  if (isEnabled) return code === undefined ? 'wait' : 'check';
  return isRequired ? 'set-up' : 'open';
}

type LogIn = {
  readonly hash: string;
  readonly user: { readonly id: string; readonly session_epoch: number };
  readonly organization: number;
  /** The folded name that was given. */
  readonly username: string;
  readonly kind: 'user' | 'admin';
  readonly client: 'web' | 'mobile' | 'api';
  /** Seconds; undefined: the default. */
  readonly ttl: number | undefined;
  readonly isSetUp: boolean;
  readonly now: Date;
  /** Whether an identity provider vouches for the person. Default: no. */
  readonly byProvider?: boolean;
};

/** A log-in that waits, as it is first stored. */
export const newChallenge = ({
  hash,
  user,
  organization,
  username,
  kind,
  client,
  ttl,
  isSetUp,
  now,
  byProvider = false,
}: LogIn) => ({
  hash,
  user_id: user.id,
  org_id: organization,
  username,
  kind,
  client,
  ...(ttl === undefined ? {} : { session_ttl: ttl }),
  set_up: isSetUp,
  session_epoch: user.session_epoch,
  wrong_codes: 0,
  created_at: now.toISOString(),
  expires_at: Math.floor(now.getTime() / second) + challengeTtl,
  version: 1,
  ...(byProvider ? { by_provider: true as const } : {}),
});

type Challenge = {
  readonly session_epoch: number;
  /** Unix seconds. */
  readonly expires_at: number;
  readonly wrong_codes: number;
  readonly version: number;
};

/** Whether a log-in still waits: its time is not over, and the user's sessions were not ended. */
export const isWaiting = (
  { session_epoch: epoch, expires_at: end }: Challenge,
  user: { readonly session_epoch: number },
  now: Date,
): boolean => epoch === user.session_epoch && end > now.getTime() / second;

/** A waiting log-in after a wrong code; undefined: the code was the last, and it ends. */
export const afterWrongCode = <C extends Challenge>(challenge: C | undefined): C | undefined =>
  challenge === undefined || challenge.wrong_codes + 1 >= maxWrongCodes
    ? undefined
    : { ...challenge, wrong_codes: challenge.wrong_codes + 1, version: challenge.version + 1 };

/** The answer to a log-in that waits. @param token of the log-in, `2fa_…` */
export const presentPending = (token: string, isSetUp: boolean) => ({
  status: 'pending' as const,
  success: true as const,
  requires_2fa: true as const,
  ...(isSetUp ? { requires_2fa_setup: true as const } : {}),
  session_token: token,
  expires_in: challengeTtl,
});
