import type { ReachOfRole, Scope } from '../../contract/scopes.ts';
import { platformRow, row } from '../row.ts';

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
  /** Since when each role is held (ISO 8601); a role that is not named came with the user. */
  readonly roles_since?: Readonly<Record<string, string>>;
  /** Direct grants (`true`) and denials (`false`); denials win (auth.md, "Roles and scopes"). */
  readonly permissions: Readonly<Partial<Record<Scope, boolean>>>;
  readonly groups: readonly string[];
  readonly timezone: string | null;
  readonly language: string;
  readonly client_id?: string;
  readonly two_factor_enabled: boolean;
  readonly must_change_password: boolean;
  readonly password_changed_at: string | null;
  /**
   * Moves at log-in, as `log_ins` does, without a new `version`: users are written by `change`, so that it is never set
   * back.
   */
  readonly last_login_at: string | null;
  /** Log-ins so far, by which two at once are told apart. */
  readonly log_ins: number;
  /** Which clients may log in, how many sessions, … (users.md, "Client access"). */
  readonly access: {
    readonly web_portal: boolean;
    readonly mobile_app: boolean;
    readonly api_access: boolean;
    readonly softphone: boolean;
    readonly max_sessions: number;
    /** {@link usualDeviceLimit} unless set. */ readonly device_limit?: number;
  };
  /** Sessions made before this epoch are over: raised by log-out everywhere, disabling, password change. */
  readonly session_epoch: number;
  readonly created_at: string;
  readonly updated_at: string;
  readonly version: number;
};

/** Devices and live phone lines that a user may have. */
export const defaultDeviceLimit = 5;

/** `user#1001`; GSI1 by username. */
export const userRow = row<'user', UserItem, { id: string }>('user', {
  sort: ({ id }) => id,
  index1: (item, organization) => ({ partition: [String(organization), 'username'], sort: item.username }),
});

/** Username → user, before an organization is known. */
export const usernameRow = platformRow<
  'username',
  { username: string; user_id: string; org_id: number },
  { username: string },
  { username: string }
>('username', {
  partition: ({ username }) => [username],
  sort: () => 'username',
});

/** A service account's `client_id` → the account. */
export const userClientRow = platformRow<
  'user-client',
  { client_id: string; user_id: string; org_id: number },
  { client_id: string },
  { client_id: string }
>('user-client', {
  partition: ({ client_id }) => [client_id],
  sort: () => 'client',
});

export const userEmailRow = row<'user-email', { email: string; owner: string }, { email: string }>('user-email', {
  sort: ({ email }) => email,
});
export const userExtensionRow = row<'user-extension', { extension: string; owner: string }, { extension: string }>(
  'user-extension',
  { sort: ({ extension }) => extension },
);

/** What only log-in and password functions may read: never in `user#` (architecture.md, "Data"). */
export type CredentialItem = {
  readonly user_id: string;
  /** PHC string of scrypt; absent while no password was set. */
  readonly password?: string;
  /** Hashes before the present one, newest first, at most 5. */
  readonly previous_passwords: readonly string[];
  /** SHA-256 (hex) of a service account's secret. */
  readonly secret?: string;
  readonly previous_secret?: { readonly hash: string; readonly valid_until: string };
  readonly version: number;
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
  /** Scopes at log-in; a session loses scopes at once and never gains any. */
  readonly scopes: readonly Scope[];
  readonly own_only: readonly Scope[];
  /** Of the roles at log-in; it narrows at once, and never widens. */
  readonly reach: ReachOfRole;
  readonly permission_epoch: number;
  readonly session_epoch: number;
  readonly created_at: string;
  readonly last_seen_at: string;
  /** Unix seconds. */
  readonly expires_at: number;
};

/** `session#1001#usr_…`: a token names organization, user and session, so all three are read at once. */
export const sessionRow = row<'session', SessionItem, { user_id: string; id: string }, { user_id: string }>('session', {
  partition: ({ user_id }) => [user_id],
  sort: ({ id }) => id,
  expires: (item) => item.expires_at,
});

/** A public signing key; the private one lies in the secret `signing-keys` under the same generation. */
export type SigningKeyItem = {
  readonly generation: number;
  readonly kid: string;
  readonly jwk: { readonly kty: string; readonly crv: string; readonly x: string; readonly y: string };
  readonly created_at: string;
  /** From when it signs, and until when it is published; absent while it is the newest. */
  readonly active_from: string;
  readonly retired_at?: string;
};

export const signingKeyRow = platformRow<'signingkey', SigningKeyItem, { generation: number }>('signingkey', {
  sort: ({ generation }) => String(generation).padStart(6, '0'),
});
