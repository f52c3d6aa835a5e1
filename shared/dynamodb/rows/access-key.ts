import type { ReachOfRole, Scope } from '../../contract/scopes.ts';
import { platformRow, row } from '../row.ts';

export type AccessKeyItem = {
  readonly id: string;
  readonly org_id: number;
  readonly user_id: string;
  readonly name: string;
  readonly detail: string;
  /** The scopes that its owner gave it. Effective are those that the owner still has. */
  readonly scopes: readonly Scope[];
  readonly own_only: readonly Scope[];
  readonly reach: ReachOfRole;
  /** SHA-256 (hex) of the secret. */
  readonly hash: string;
  /** The previous secret, valid for the overlap of a rotation. */
  readonly previous?: { readonly hash: string; /** ISO 8601. */ readonly valid_until: string };
  /** CIDR blocks that it may be used from; empty: any address. */
  readonly allowed_ips: readonly string[];
  readonly created_at: string;
  /** Unix seconds. */
  readonly expires_at: number;
  readonly version: number;
};

/** `accesskey#<id>`, looked up before the organization is known; GSI1: the keys of a user, newest first. */
export const accessKeyRow = platformRow<'accesskey', AccessKeyItem, { id: string }, { id: string }>('accesskey', {
  partition: ({ id }) => [id],
  sort: () => 'key',
  index1: (item) => ({ partition: keysOfUser(item.org_id, item.user_id), sort: item.id }),
  expires: (item) => item.expires_at,
});

/** The GSI1 partition of a user's keys, after the entity. */
export const keysOfUser = (organization: number, user: string): readonly string[] => [String(organization), user];

/** The name of a user's key, in lower case. Reserved until the key is deleted or expires. */
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

/** When a session or an access key was last used, accurate to the hour. */
export type CredentialUseItem = {
  readonly user_id: string;
  readonly id: string;
  /** ISO 8601. */ readonly used_at: string;
};

/** `credential-use#1001#usr_…`. Its own entity, so that few functions need to write the credentials themselves. */
export const credentialUseRow = row<
  'credential-use',
  CredentialUseItem,
  { user_id: string; id: string },
  { user_id: string }
>('credential-use', {
  partition: ({ user_id }) => [user_id],
  sort: ({ id }) => id,
});
