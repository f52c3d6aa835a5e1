import { platformRow } from '#dynamodb/row.ts';

/**
 * A live token that sets a new password, by its SHA-256. One for a forgotten password is valid while the credential of
 * its user lists it, one of an invitation while the user names the invitation, so that any new password ends all.
 */
export type PasswordResetItem = {
  /** SHA-256 (hex) of the token. */
  readonly hash: string;
  readonly user_id: string;
  readonly org_id: number;
  /** Of a forgotten password: the address that got it. After a change of the address the token is void. */
  readonly email?: string;
  /** Of an invitation: its id, and who made it. */
  readonly invitation?: { readonly id: string; readonly by: { readonly org_id: number; readonly user_id: string } };
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
