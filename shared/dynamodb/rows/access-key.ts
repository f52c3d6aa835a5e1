import type { ReachOfRole, Scope } from '../../contract/scopes.ts';
import { platformRow, row } from '../row.ts';

export type AccessKeyItem = {
  readonly id: string;
  readonly org_id: number;
  readonly user_id: string;
  readonly name: string;
  readonly detail: string;
  /** What its owner gave it; it may do what of these the owner may do just now. */
  readonly scopes: readonly Scope[];
  readonly own_only: readonly Scope[];
  readonly reach: ReachOfRole;
  /** SHA-256 (hex) of the secret. */
  readonly hash: string;
  /** The secret before, which lives on for the overlap of a rotation. */
  readonly previous?: { readonly hash: string; /** ISO 8601. */ readonly valid_until: string };
  /** CIDR blocks from which it may be used; none: from anywhere. */
  readonly allowed_ips: readonly string[];
  readonly created_at: string;
  /** Unix seconds. */
  readonly expires_at: number;
  readonly version: number;
};

/** `accesskey#<id>`, found before an organization is known; GSI1 lists those of a user, newest first. */
export const accessKeyRow = platformRow<'accesskey', AccessKeyItem, { id: string }, { id: string }>('accesskey', {
  partition: ({ id }) => [id],
  sort: () => 'key',
  index1: (item) => ({ partition: keysOfUser(item.org_id, item.user_id), sort: item.id }),
  expires: (item) => item.expires_at,
});

/** The partition of GSI1 that holds a user's keys, after the entity. */
export const keysOfUser = (organization: number, user: string): readonly string[] => [String(organization), user];

/** A name among a user's keys, folded. It is taken until the key goes or expires. */
export type AccessKeyNameItem = {
  readonly user_id: string;
  readonly name: string;
  readonly owner: string;
  /** Unix seconds. */ readonly expires_at: number;
};

export const accessKeyNameRow = row<
  'accesskey-name',
  AccessKeyNameItem,
  { user_id: string; name: string },
  { user_id: string }
>('accesskey-name', {
  partition: ({ user_id }) => [user_id],
  sort: ({ name }) => name,
  expires: (item) => item.expires_at,
});

/** When a session or an access key was last used, to the hour. */
export type CredentialUseItem = {
  readonly user_id: string;
  readonly id: string;
  /** ISO 8601. */ readonly used_at: string;
};

/** `credential-use#1001#usr_…`: apart from the credentials, so that no function but few may write those. */
export const credentialUseRow = row<
  'credential-use',
  CredentialUseItem,
  { user_id: string; id: string },
  { user_id: string }
>('credential-use', {
  partition: ({ user_id }) => [user_id],
  sort: ({ id }) => id,
});
