import type { ReachOfRole, Scope } from '../../contract/scopes.ts';

/** Who calls, once the credential, the session, the user and the organization have been read. */
export type Caller = {
  /** `usr_…` or `svc_…`. */
  readonly id: string;
  readonly type: 'user' | 'service';
  readonly username: string;
  readonly organization: number;
  readonly reach: ReachOfRole;
  readonly roles: readonly string[];
  readonly scopes: ReadonlySet<Scope>;
  readonly ownOnly: ReadonlySet<Scope>;
  readonly credential: {
    readonly kind: 'session' | 'accesskey';
    readonly id: string;
    /** Unix seconds. */ readonly expiresAt: number;
  };
  readonly mustChangePassword: boolean;
  readonly twoFactor: boolean;
  /** Signs page tokens. */
  readonly pageKey: string;
};
