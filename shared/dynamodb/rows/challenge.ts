import { platformRow } from '../row.ts';

/**
 * A log-in whose password was right and that waits for its second factor, or for its set-up. Its token (`2fa_…`) is
 * stored as SHA-256.
 */
export type ChallengeItem = {
  /** SHA-256 (hex) of the token. Names the log-in in events, and in the set-up that it begins. */
  readonly hash: string;
  readonly user_id: string;
  readonly org_id: number;
  /** The folded name of the log-in, for the lock-out. */
  readonly username: string;
  readonly kind: 'user' | 'admin';
  readonly client: 'web' | 'mobile' | 'api';
  /** Seconds that the session shall last; absent: the default. */
  readonly session_ttl?: number;
  /** Whether the user must set up a second factor first. */
  readonly set_up: boolean;
  /** Epoch of the user's sessions at the log-in: it ends with them. */
  readonly session_epoch: number;
  readonly wrong_codes: number;
  readonly created_at: string;
  /** Unix seconds. */
  readonly expires_at: number;
  readonly version: number;
  /** As the session will have it. */
  readonly by_provider?: true;
};

export const challengeRow = platformRow<'challenge', ChallengeItem, { hash: string }, { hash: string }>('challenge', {
  partition: ({ hash }) => [hash],
  sort: () => 'challenge',
  expires: (item) => item.expires_at,
});
