import type { ReachOfRole, Scope } from '../../contract/scopes.ts';
import type { UploadLimits } from '../../dynamodb/rows/temp-token.ts';

/** The authenticated caller. */
export type Caller = {
  /** `usr_…` or `svc_…`. */
  readonly id: string;
  readonly type: 'user' | 'service';
  readonly username: string;
  /** In lower case. */
  readonly email: string | null;
  readonly organization: number;
  readonly reach: ReachOfRole;
  readonly roles: readonly string[];
  readonly scopes: ReadonlySet<Scope>;
  /** Those of `scopes` that cover the caller's own records only. */
  readonly ownOnly: ReadonlySet<Scope>;
  readonly credential: {
    /** `pending`: a log-in that must set up its second factor first. */
    readonly kind: 'session' | 'accesskey' | 'temporary' | 'pending';
    readonly id: string;
    /** Unix seconds. */ readonly expiresAt: number;
    /** What a temporary token may upload, if it limits that. */
    readonly upload?: UploadLimits;
  };
  /** Epoch of the user's sessions: what the caller makes may end with them. */
  readonly sessionEpoch: number;
  readonly mustChangePassword: boolean;
  readonly twoFactor: boolean;
  /** HMAC key of page tokens. */
  readonly pageKey: string;
};
