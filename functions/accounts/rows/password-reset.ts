import { platformRow } from '#dynamodb/row.ts';

/**
 * A live token that sets a new password, by its SHA-256. It is valid while the credential of its user lists it, so that
 * any new password ends all of them.
 */
export type PasswordResetItem = {
  /** SHA-256 (hex) of the token. */
  readonly hash: string;
  readonly user_id: string;
  readonly org_id: number;
  /** The address that got it: after a change of the address the token is void. */
  readonly email: string;
  /** Unix seconds. */
  readonly expires_at: number;
};

export const passwordResetRow = platformRow<'passwordreset', PasswordResetItem, { hash: string }, { hash: string }>(
  'passwordreset',
  {
    partition: ({ hash }) => [hash],
    sort: () => 'reset',
    expires: (item) => item.expires_at,
  },
);
