/** People, as they are first stored (functions/accounts/README.md, "Users"). */

export type NewUser = {
  readonly id: string;
  /** Folded: NFKC, lower case. */
  readonly username: string;
  readonly email: string | null;
  readonly first_name: string | null;
  readonly last_name: string | null;
  readonly roles: readonly string[];
  readonly must_change_password: boolean;
  /** ISO 8601. */
  readonly now: string;
};

const displayName = ({ first_name: first, last_name: last, username }: NewUser): string =>
  [first, last].filter((name) => name !== null).join(' ') || username;

/** An active account with a password; other fields have their defaults. */
export const newUser = ({ now, ...given }: NewUser) => ({
  ...given,
  type: 'user' as const,
  display_name: displayName({ now, ...given }),
  extension: null,
  direct_number: null,
  mobile: null,
  status: 'active' as const,
  permissions: {},
  groups: [],
  timezone: null,
  language: 'en',
  two_factor_enabled: false,
  password_changed_at: now,
  last_login_at: null,
  log_ins: 0,
  access: { web_portal: true, mobile_app: true, api_access: true, softphone: true, max_sessions: 5 },
  session_epoch: 1,
  created_at: now,
  updated_at: now,
  version: 1,
});

export type User = ReturnType<typeof newUser>;
