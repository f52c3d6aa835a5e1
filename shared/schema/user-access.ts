import type { Hours } from './hours.ts';

/** Which clients may log in, and limits of sessions and devices. */
export type UserAccess = {
  readonly web_portal: boolean;
  readonly mobile_app: boolean;
  readonly api_access: boolean;
  readonly softphone: boolean;
  readonly max_sessions: number;
  /** `defaultDeviceLimit` (shared/dynamodb/rows/user.ts) by default. */
  readonly device_limit?: number;
  /** CIDR blocks from which the user may log in and use the API; absent or empty: any address. */
  readonly ip_whitelist?: readonly string[];
  /** When the user may log in and use the API; absent: at any time. */
  readonly hours?: Hours;
};
