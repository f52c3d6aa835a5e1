/** Phone lines: temporary SIP accounts of a user or an application (functions/calls/README.md, "Phone lines"). */

/**
 * What a line may do. `inbound`: it is rung; `outbound`: it may begin calls; `park`: it may park calls; `websocket`: it
 * may register over WebSocket.
 */
export const phoneFeatures = ['park', 'inbound', 'outbound', 'websocket'] as const;
export type PhoneFeature = (typeof phoneFeatures)[number];

/** The stored form of a line. Its credentials are in `sip-credential#`, its registrations in `binding#`. */
export type PhoneLine = {
  /** The SIP user name, unique on the platform: 22 hex digits. */
  readonly username: string;
  readonly org_id: number;
  /** Whose line it is; null: of no user of the organization. */
  readonly user_id: string | null;
  /** The SIP domain and realm. */
  readonly domain: string;
  readonly type: 'dynamic';
  readonly allow_features: readonly PhoneFeature[];
  /** A URL to which the events of the line and of its calls are posted. */
  readonly event_callback: string | null;
  /** ISO 8601. */
  readonly created_at: string;
  /** ISO 8601: when it ends by itself. */
  readonly expires_at: string;
  /** ISO 8601: when it was deleted, or its expiry was carried out; null before. */
  readonly ended_at: string | null;
  readonly version: number;
};

/** Whether a line can register and call. */
export const isLive = ({ ended_at, expires_at }: Pick<PhoneLine, 'ended_at' | 'expires_at'>, now: Date): boolean =>
  ended_at === null && expires_at > now.toISOString();

/** The line after its end. @param at ISO 8601 */
export const endLine = (line: PhoneLine, at: string): PhoneLine => ({
  ...line,
  ended_at: at,
  version: line.version + 1,
});
