import type { StoredMoney } from './money.ts';
import type { SmsEncoding } from './sms-segments.ts';

/** SMS, shared by the resource, the delivery, receipts and logs (functions/messaging/README.md, "SMS"). */

export const smsStatuses = ['queued', 'sending', 'sent', 'delivered', 'failed', 'expired', 'cancelled'] as const;
export type SmsStatus = (typeof smsStatuses)[number];

/** The states that may follow each one. Those that none follows are final. */
const next: Readonly<Record<SmsStatus, readonly SmsStatus[]>> = {
  queued: ['sending', 'failed', 'expired', 'cancelled'],
  sending: ['sent', 'queued', 'failed', 'expired'],
  sent: ['delivered', 'failed', 'expired'],
  delivered: [],
  failed: [],
  expired: [],
  cancelled: [],
};

/** Whether a message may go from one state to the other. A late or repeated receipt asks for one that it may not. */
export const mayBecome = (from: SmsStatus, to: SmsStatus): boolean => next[from].includes(to);

/** Whether a state is the last one. */
export const isFinal = (status: SmsStatus): boolean => next[status].length === 0;

export const smsCategories = ['transactional', 'marketing'] as const;
export type SmsCategory = (typeof smsCategories)[number];

/** What a message costs, fixed when it was accepted; a wholesale price is fixed when it is charged. */
export type SmsPrice = {
  readonly currency: string;
  /** Micro-units per segment. */
  readonly rate: StoredMoney;
  /** Micro-units of the segments that are not included. */
  readonly amount: StoredMoney;
  /** Segments that the included SMS of a period cover. */
  readonly included: number;
  /** The period (`2026-11`) whose included SMS are used. */
  readonly period: string;
  readonly source: 'tariff' | 'profile' | 'default';
  readonly tariff: { readonly id: string; readonly name: string; readonly version: number } | null;
};

export type SmsError = { readonly code: string; readonly message: string };

/** A message to one recipient. */
export type Sms = {
  /** `msg_…` */
  readonly id: string;
  /** Null for a message that was sent to one recipient. */
  readonly batch_id: string | null;
  readonly status: SmsStatus;
  readonly to: string;
  readonly from: string;
  readonly message: string;
  readonly encoding: SmsEncoding;
  readonly segments: number;
  readonly category: SmsCategory;
  readonly reference: string | null;
  /** The user that sent it; null for an answer of the platform. */
  readonly user_id: string | null;
  readonly callback_url: string | null;
  /** Null for a message that costs nothing, as an answer of the platform. */
  readonly price: SmsPrice | null;
  /** Whether the price is reserved, was charged (at `sent`) or was returned. */
  readonly money: 'reserved' | 'charged' | 'returned';
  /** What the reseller pays: nothing, not charged yet, or the price. Absent before `sent`. */
  readonly wholesale?: 'none' | 'due' | SmsPrice;
  readonly scheduled_at: string | null;
  /** Until when the sending window holds it back. */
  readonly held_until: string | null;
  /** Attempts at the provider, including a running one. */
  readonly attempts: number;
  /** Unix milliseconds before which no attempt starts: schedule, window, a running attempt, or between two. */
  readonly next_at: number;
  /** Unix milliseconds after which no attempt starts. */
  readonly valid_until: number;
  readonly provider: string | null;
  readonly provider_message_id: string | null;
  /**
   * Only while it is unknown whether the provider accepted it: `awaited` until a receipt says so, then the provider's
   * id of it.
   */
  readonly confirmation?: 'awaited' | { readonly provider: string; readonly provider_message_id: string };
  readonly error: SmsError | null;
  /** When it entered each of its states (ISO 8601 UTC). */
  readonly timestamps: Readonly<Partial<Record<SmsStatus, string>>>;
  /** ISO 8601 UTC. */
  readonly created_at: string;
  readonly updated_at: string;
  readonly version: number;
  /** Set on notices of the notifier, whose events start no rule. */
  readonly cause?: 'notice';
};

/** A message in its next state. The caller has asked `mayBecome`. */
export const inStatus = (sms: Sms, status: SmsStatus, now: Date, fields: Partial<Sms> = {}): Sms => ({
  ...sms,
  status,
  timestamps: { ...sms.timestamps, [status]: now.toISOString() },
  updated_at: now.toISOString(),
  version: sms.version + 1,
  ...fields,
});

/** Micro-units that a message was charged; null if it was not. */
export const costOf = ({ money, price }: Pick<Sms, 'money' | 'price'>): StoredMoney | null => {
  if (price === null) return 0;
  return money === 'charged' ? price.amount : null;
};

/** The event of a message's state; its details have no text. */
export const stateEvent = (sms: Sms) => ({
  type: `sms.${sms.status}` as const,
  entity: { type: 'sms', id: sms.id },
  description: `SMS ${sms.id} is ${sms.status}`,
  severity: sms.status === 'failed' ? ('warning' as const) : ('info' as const),
  fields: {
    message_id: sms.id,
    batch_id: sms.batch_id,
    status: sms.status,
    to: sms.to,
    from: sms.from,
    reference: sms.reference,
    segments: sms.segments,
    error: sms.error,
    at: sms.updated_at,
  },
  ...(sms.callback_url === null ? {} : { callback_url: sms.callback_url }),
  cause: sms.cause,
});
