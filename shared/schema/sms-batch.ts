import type { SmsCategory, SmsError, SmsPrice } from './sms.ts';
import type { SmsEncoding } from './sms-segments.ts';

/** Accepted `PUT /sms` requests, shared by the resource, the delivery and the retention. */

export type BatchRecipient = {
  readonly to: string;
  /** Null if nothing is sent. */
  readonly price: SmsPrice | null;
  /** Why nothing is sent. */
  readonly error: SmsError | null;
};

export type SmsBatch = {
  /** `batch_…`, also that of a single message, which shows none. */
  readonly id: string;
  readonly kind: 'sms';
  readonly from: string;
  readonly message: string;
  readonly encoding: SmsEncoding;
  readonly segments: number;
  readonly category: SmsCategory;
  readonly reference: string | null;
  readonly user_id: string | null;
  readonly callback_url: string | null;
  readonly scheduled_at: string | null;
  readonly validity_minutes: number;
  readonly recipients: readonly BatchRecipient[];
  /** Whether its messages are stored. */
  readonly expanded: boolean;
  /** Set on notices of the notifier, whose events start no rule. */
  readonly cause?: 'notice';
  /** ISO 8601 UTC. */
  readonly created_at: string;
};
