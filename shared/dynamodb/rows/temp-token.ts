import type { ReachOfRole, Scope } from '../../contract/scopes.ts';
import { platformRow } from '../row.ts';

/** What a token for uploads may upload. */
export type UploadLimits = {
  /** Bytes. */
  readonly max_file_size?: number;
  /** Content types in lower case: `audio/wav`, or `audio/*`. */
  readonly allowed_types?: readonly string[];
};

/** A temporary token (`tmp_…`). The token itself is stored as SHA-256. */
export type TempTokenItem = {
  /** SHA-256 (hex) of the token. */
  readonly hash: string;
  readonly org_id: number;
  readonly user_id: string;
  readonly purpose: string;
  /** The scopes that its maker gave it. Effective are those that the owner still has. */
  readonly scopes: readonly Scope[];
  readonly own_only: readonly Scope[];
  readonly reach: ReachOfRole;
  readonly single_use: boolean;
  readonly upload?: UploadLimits;
  /** The credential that made it, with which it ends. */
  readonly parent: { readonly kind: 'session' | 'accesskey'; readonly id: string };
  /** Epoch of the user's sessions when it was made: it ends with them. */
  readonly session_epoch: number;
  readonly created_at: string;
  /** Unix seconds. */
  readonly expires_at: number;
};

/** The GSI1 partition of a user's tokens, after the entity. */
export const tempTokensOfUser = (organization: number, user: string): readonly string[] => [String(organization), user];

/** The sort key of an expiry: 10 digits, in numerical order until the year 2286. @param seconds Unix seconds */
export const expirySortKey = (seconds: number): string => String(seconds).padStart(10, '0');

/** `temptoken#<hash>`, looked up before the organization is known; GSI1: the tokens of a user by expiry. */
export const tempTokenRow = platformRow<'temptoken', TempTokenItem, { hash: string }, { hash: string }>('temptoken', {
  partition: ({ hash }) => [hash],
  sort: () => 'token',
  index1: (item) => ({
    partition: tempTokensOfUser(item.org_id, item.user_id),
    sort: `${expirySortKey(item.expires_at)}#${item.hash}`,
  }),
  expires: (item) => item.expires_at,
});

/** The use of a single-use token. */
export type TempTokenUseItem = {
  readonly hash: string;
  /** The attempt that used it, which its own repetitions find again. */
  readonly attempt: string;
  /** Unix seconds. */
  readonly expires_at: number;
};

/** `temptoken-use#<hash>`. Its own entity: every function writes it, and only one may write the tokens themselves. */
export const tempTokenUseRow = platformRow<'temptoken-use', TempTokenUseItem, { hash: string }, { hash: string }>(
  'temptoken-use',
  {
    partition: ({ hash }) => [hash],
    sort: () => 'use',
    expires: (item) => item.expires_at,
  },
);
