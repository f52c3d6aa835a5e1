/** What is counted of failed log-ins (functions/accounts/auth/README.md, "Lock-out"). Times are Unix milliseconds. */

/** Failed log-ins of a name. */
export type Failures = {
  readonly username: string;
  /** Failures that still count, oldest first. */
  readonly failed_at: readonly number[];
  /** 0: not locked. */
  readonly locked_until: number;
  /** Unix seconds after which the record has no effect. */
  readonly expires_at: number;
  readonly version: number;
};

/** Failures of a name from anywhere. */
export type NameLockout = Failures & {
  /** Failures until then do not count and locks that began until then have ended: an administrator lifted them. */
  readonly lifted_at?: number;
  /** End of the last lock in a single network. */
  readonly networks_locked_until?: number;
};

/** Failures of a name from one network. */
export type NetworkLockout = Failures & {
  readonly network: string;
  /** Last log-in with this name from this network. */
  readonly logged_in_at?: number;
};

/** What is counted for a name and for the caller's network, as read. */
export type Lockouts = { readonly name: NameLockout | undefined; readonly network: NetworkLockout | undefined };

/** The same after a failure. */
export type CountedLockouts = { readonly name: NameLockout; readonly network: NetworkLockout };
