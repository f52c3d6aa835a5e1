import type { ReachOfRole, Scope } from '../../contract/scopes.ts';
import type { Invitation } from '../../schema/invitation.ts';
import type { UserAccess } from '../../schema/user-access.ts';
import { platformRow, row } from '../row.ts';
import type { Table } from '../table.ts';

export type UserStatus = 'active' | 'disabled' | 'pending';

export type UserItem = {
  readonly id: string;
  readonly type: 'user' | 'service';
  readonly username: string;
  readonly email: string | null;
  readonly first_name: string | null;
  readonly last_name: string | null;
  readonly display_name: string;
  readonly extension: string | null;
  readonly direct_number: string | null;
  readonly mobile: string | null;
  readonly status: UserStatus;
  readonly roles: readonly string[];
  /** Since when each role is held (ISO 8601). A role without an entry came with the user. */
  readonly roles_since?: Readonly<Record<string, string>>;
  /** Direct grants (`true`) and denials (`false`). A denial beats any grant. */
  readonly permissions: Readonly<Partial<Record<Scope, boolean>>>;
  readonly groups: readonly string[];
  readonly timezone: string | null;
  readonly language: string;
  readonly client_id?: string;
  readonly two_factor_enabled: boolean;
  readonly must_change_password: boolean;
  readonly password_changed_at: string | null;
  /** The link that sets the first password; null or absent: there is none. */
  readonly invitation?: Invitation | null;
  /**
   * Changes at log-in, like `log_ins`, without a new `version`. Users are written by `change`, so that no other write
   * resets it.
   */
  readonly last_login_at: string | null;
  /** Address of the last log-in; changes with it. Absent before the first log-in that recorded it. */
  readonly last_login_ip?: string;
  /** Number of log-ins; distinguishes concurrent ones. */
  readonly log_ins: number;
  /** Which clients may log in, and limits of sessions and devices. */
  readonly access: UserAccess;
  /** `false`: the client directory has no entry of the user. */
  readonly listed?: boolean;
  /** Sessions of an earlier epoch have ended. Raised by ending all sessions, disabling and password changes. */
  readonly session_epoch: number;
  readonly created_at: string;
  readonly updated_at: string;
  readonly version: number;
};

/** The default limit of a user's devices and live phone lines. */
export const defaultDeviceLimit = 5;

/** `user#1001`; GSI1: by username. */
export const userRow = row<'user', UserItem, { id: string }>('user', {
  sort: ({ id }) => id,
  index1: (item, organization) => ({ partition: [String(organization), 'username'], sort: item.username }),
});

/** The user with a username, looked up before the organization is known. */
export const usernameRow = platformRow<
  'username',
  { username: string; user_id: string; org_id: number },
  { username: string },
  { username: string }
>('username', {
  partition: ({ username }) => [username],
  sort: () => 'username',
});

/** The service account with a `client_id`. */
export const userClientRow = platformRow<
  'user-client',
  { client_id: string; user_id: string; org_id: number },
  { client_id: string },
  { client_id: string }
>('user-client', {
  partition: ({ client_id }) => [client_id],
  sort: () => 'client',
});

/** The owner of an address: a user, a service account or a contact. */
type UserEmailItem = { readonly email: string; readonly owner: string; /** Of users. */ readonly org_id?: number };

/** `user-email#1001`; GSI1: users by address, over all organizations. Older items are in no index. */
export const userEmailRow = row<'user-email', UserEmailItem, { email: string }>('user-email', {
  sort: ({ email }) => email,
  index1: ({ email, org_id: org }) =>
    org === undefined ? undefined : { partition: emailOwners(email), sort: String(org) },
});

/** The GSI1 partition of the owners of an address, after the entity. */
export const emailOwners = (email: string): readonly string[] => ['address', email];

/** Those of the addresses that users of the organization have; contacts are no users. */
export async function addressesOfUsers(
  table: Pick<Table<'user-email'>, 'getAll'>,
  addresses: readonly string[],
): Promise<ReadonlySet<string>> {
  const markers = await table.getAll(
    userEmailRow,
    [...new Set(addresses)].map((email) => ({ email })),
  );
  return new Set(markers.flatMap((marker) => (/^(usr|svc)_/.test(marker?.owner ?? '') ? [marker?.email ?? ''] : [])));
}

/** Whether the owner of an extension is a user: groups, flows and others have extensions, too. */
export const isUser = (owner: string): boolean => owner.startsWith('usr_');

type UserExtensionItem = {
  readonly extension: string;
  readonly owner: string;
  /** Of users: since when it is theirs (ISO 8601), so that calls to whom had it before are not theirs. */
  readonly since?: string;
};

export const userExtensionRow = row<'user-extension', UserExtensionItem, { extension: string }>('user-extension', {
  sort: ({ extension }) => extension,
});

/** The secrets of a user. An entity of its own, so that only functions for log-in and passwords may read them. */
export type CredentialItem = {
  readonly user_id: string;
  /** PHC string of scrypt; absent until a password is set. */
  readonly password?: string;
  /** Previous hashes, newest first, at most 5. */
  readonly previous_passwords: readonly string[];
  /** SHA-256 (hex) of a service account's secret. */
  readonly secret?: string;
  readonly previous_secret?: { readonly hash: string; readonly valid_until: string };
  /** The second factor. */
  readonly totp?: TotpItem;
  /** The second factor that is being set up. */
  readonly totp_setup?: TotpSetupItem;
  /** The live tokens that set a new password, at most 3; any new password removes them. */
  readonly password_resets?: readonly PasswordResetMark[];
  readonly version: number;
};

export type PasswordResetMark = {
  /** SHA-256 (hex) of the token. */
  readonly hash: string;
  /** The request that asked for it, so that a repeated message makes no second one. */
  readonly request: string;
  /** Unix seconds. */
  readonly expires_at: number;
};

/** A second factor (RFC 6238) and the recovery codes in its place. */
export type TotpItem = {
  /** The secret (base32), sealed. */
  readonly sealed: string;
  /** The last accepted time step: only later ones are valid, so that each code works once. */
  readonly last_step: number;
  readonly enabled_at: string;
  /** Codes of the unused recovery codes (`Seals.mac`). */
  readonly recovery_codes: readonly string[];
};

/** The set-up of a second factor; it belongs to the session or the pending log-in that began it. */
export type TotpSetupItem = {
  /** The secret (base32), sealed. */
  readonly sealed: string;
  /** `ses_…`, or the hash of the pending log-in's token. */
  readonly session: string;
  /** Unix seconds. */
  readonly expires_at: number;
};

export const credentialRow = row<'credential', CredentialItem, { user_id: string }>('credential', {
  sort: ({ user_id }) => user_id,
});

export type SessionItem = {
  readonly id: string;
  readonly user_id: string;
  readonly client: 'web' | 'mobile' | 'api';
  readonly ip: string;
  readonly user_agent: string;
  /** Scopes at log-in. A session loses scopes at once and never gains any. */
  readonly scopes: readonly Scope[];
  readonly own_only: readonly Scope[];
  /** Reach at log-in. It narrows at once and never widens. */
  readonly reach: ReachOfRole;
  readonly permission_epoch: number;
  readonly session_epoch: number;
  readonly created_at: string;
  readonly last_seen_at: string;
  /** Unix seconds. */
  readonly expires_at: number;
  /** An identity provider vouched for the person, so that no password is due. */
  readonly by_provider?: true;
};

/** `session#1001#usr_…`. A token has organization, user and session, so that one round trip reads all three. */
export const sessionRow = row<'session', SessionItem, { user_id: string; id: string }, { user_id: string }>('session', {
  partition: ({ user_id }) => [user_id],
  sort: ({ id }) => id,
  expires: (item) => item.expires_at,
});

/** A public signing key. The private key of its generation is in the secret `signing-keys`. */
export type SigningKeyItem = {
  readonly generation: number;
  readonly kid: string;
  readonly jwk: { readonly kty: string; readonly crv: string; readonly x: string; readonly y: string };
  readonly created_at: string;
  /** When it starts to sign. */
  readonly active_from: string;
  /** When its successor started to sign; absent while it has none. */
  readonly retired_at?: string;
};

export const signingKeyRow = platformRow<'signingkey', SigningKeyItem, { generation: number }>('signingkey', {
  unsharded: 'one key in 90 days, cached by every process',
  sort: ({ generation }) => String(generation).padStart(6, '0'),
});
