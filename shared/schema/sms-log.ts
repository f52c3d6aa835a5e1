import type { StoredMoney } from './money.ts';
import { costOf, type Sms } from './sms.ts';

/** The log of SMS, shared by its resource, the delivery and retention (functions/messaging/sms-logs/README.md). */

export const smsDirections = ['inbound', 'outbound'] as const;
export type SmsDirection = (typeof smsDirections)[number];

/** A filed SMS. */
export type SmsLogEntry = {
  /** The id of the platform, or the one that an import gave. */
  readonly message_id: string;
  readonly direction: SmsDirection;
  /** E.164, a short code or an alphanumeric sender. */
  readonly from: string;
  readonly to: string;
  readonly message: string;
  readonly status: string;
  /** When it was sent or received (ISO 8601 UTC). Fixed when it is filed, as logs are searched by it. */
  readonly timestamp: string;
  /** The time of the latest known status (ISO 8601 UTC). */
  readonly status_at: string;
  readonly user_id: string | null;
  readonly segments: number | null;
  /** Micro-units. */
  readonly cost: StoredMoney | null;
  /** `platform`: it follows a message of the platform, and imports do not change it. */
  readonly source: 'platform' | 'import';
};

/** The entry of a message that the platform sends. */
export const logEntryOf = (sms: Sms): SmsLogEntry => ({
  message_id: sms.id,
  direction: 'outbound',
  from: sms.from,
  to: sms.to,
  message: sms.message,
  status: sms.status,
  timestamp: sms.created_at,
  status_at: sms.updated_at,
  user_id: sms.user_id,
  segments: sms.segments,
  cost: costOf(sms),
  source: 'platform',
});
