import type { StoredMoney } from '../schema/money.ts';

export type RouteType = 'trunk' | 'device' | 'user' | 'policy_group' | 'flow' | 'ring_group' | 'voicemail' | 'mailbox';

/** The id of a route `mailbox` whose callers type the mailbox that they hear. */
export const anyMailbox = '*';

/** A telephone number of the platform, in the inventory or held by an organization. */
export type PhoneNumber = {
  readonly id: string;
  /** `+46890510`. */
  readonly number: string;
  readonly country: string;
  readonly type: 'geographic' | 'mobile' | 'toll_free' | 'national' | 'shared_cost' | 'premium';
  readonly state: 'available' | 'active' | 'released';
  /** The holder, or the last holder during the quarantine; null while available. */
  readonly org_id: number | null;
  /** What the number can do. */
  readonly offered: readonly string[];
  /** What of it the holder uses. */
  readonly capabilities: readonly string[];
  readonly label: string | null;
  readonly route: { readonly type: RouteType; readonly id: string } | null;
  /** Whether calls to it are recorded. Absent: they are not. */
  readonly record?: boolean;
  readonly max_channels: number | null;
  readonly max_inbound: number | null;
  readonly max_outbound: number | null;
  /** Micro-units of the operator's currency. */
  readonly monthly_fee: StoredMoney;
  readonly activated_at: string | null;
  readonly released_at: string | null;
  readonly quarantine_until: string | null;
  readonly created_at: string;
  readonly updated_at: string;
  readonly version: number;
};
