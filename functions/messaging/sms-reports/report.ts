/** Reports of AWS End User Messaging SMS and of Amazon SNS (functions/messaging/sms-reports/README.md, "Reports"). */
import * as z from 'zod';
import { inStatus, mayBecome, type Sms, type SmsStatus } from '#schema/sms.ts';
import { segmentsOf } from '#schema/sms-segments.ts';
import type { SmsLogEntry } from '#schema/sms-log.ts';
import { OrganizationId } from '#schema/values.ts';

/** A state that the provider reports of a message (User Guide, "Messaging Events"). */
const Event = z.object({
  eventType: z.string(),
  isFinal: z.boolean().optional(),
  messageId: z.string().min(1),
  messageStatusDescription: z.string().optional(),
  context: z.object({ message_id: z.string(), organization: OrganizationId }).optional().catch(undefined),
});

/** A received message (User Guide, "Two-way SMS message payload"). */
const Received = z.object({
  originationNumber: z.string(),
  destinationNumber: z.string(),
  messageBody: z.string(),
  inboundMessageId: z.string().min(1).max(120),
});

/** An entry of a delivery log (Amazon SNS Developer Guide, "Viewing CloudWatch Logs for SMS deliveries"). */
const Delivery = z.object({
  notification: z.object({ messageId: z.string().min(1).max(128) }),
  delivery: z.object({ providerResponse: z.string().optional() }),
  status: z.enum(['SUCCESS', 'FAILURE']),
});

export type Receipt = {
  readonly kind: 'receipt';
  readonly provider: 'eum' | 'sns';
  readonly provider_message_id: string;
  /** The message that the provider was given, if it repeats that. */
  readonly context: { readonly message_id: string; readonly organization: number } | undefined;
  /** Null: it says only that the provider has the message. */
  readonly status: Extract<SmsStatus, 'delivered' | 'failed' | 'expired'> | null;
  /** Why it failed. */
  readonly error: { readonly code: string; readonly message: string } | null;
  /** Whether it failed because its recipient is in an opt-out list of the provider. */
  readonly isOptOut: boolean;
};
export type Inbound = { readonly kind: 'inbound'; readonly entry: SmsLogEntry };

/** What an event says of its message (User Guide, "Event types"). Others of a text say only that it was accepted. */
const outcomes: ReadonlyMap<string, { readonly status: Receipt['status']; readonly code: string | null }> = new Map(
  Object.entries({
    TEXT_PENDING: { status: null, code: null },
    TEXT_QUEUED: { status: null, code: null },
    TEXT_SENT: { status: null, code: null },
    TEXT_SUCCESSFUL: { status: null, code: null },
    TEXT_UNKNOWN: { status: null, code: null },
    TEXT_DELIVERED: { status: 'delivered', code: null },
    TEXT_TTL_EXPIRED: { status: 'expired', code: null },
    TEXT_INVALID: { status: 'failed', code: 'INVALID_NUMBER' },
    TEXT_INVALID_MESSAGE: { status: 'failed', code: 'REJECTED' },
    TEXT_UNREACHABLE: { status: 'failed', code: 'UNREACHABLE' },
    TEXT_CARRIER_UNREACHABLE: { status: 'failed', code: 'UNREACHABLE' },
    TEXT_BLOCKED: { status: 'failed', code: 'BLOCKED' },
    TEXT_CARRIER_BLOCKED: { status: 'failed', code: 'BLOCKED' },
    TEXT_PROTECT_BLOCKED: { status: 'failed', code: 'BLOCKED' },
    TEXT_SPAM: { status: 'failed', code: 'BLOCKED' },
  } as const),
);

/** How providers say that a recipient is in one of their opt-out lists. */
const optedOut = /opted[ -]out/i;

/** Characters of an error that are kept. */
const maxProblem = 500;

/** Characters of a text that the log keeps. */
const maxText = 2_000;

function receiptOf({
  eventType,
  messageId,
  messageStatusDescription: text = eventType,
  context,
}: z.output<typeof Event>) {
  const outcome = outcomes.get(eventType);
  if (outcome === undefined) return null;
  const { status, code } = outcome;
  const error = code === null ? null : { code, message: text.slice(0, maxProblem) };
  return {
    kind: 'receipt',
    provider: 'eum',
    provider_message_id: messageId,
    context,
    status,
    error,
    isOptOut: status === 'failed' && optedOut.test(text),
  } as const satisfies Receipt;
}

/** What SNS writes of deliveries that failed, in the order in which they are tried. */
const failures: readonly (readonly [RegExp, string])[] = [
  [/invalid phone number/i, 'INVALID_NUMBER'],
  [/blocked|opted out/i, 'BLOCKED'],
  [/message body is invalid|max price/i, 'REJECTED'],
];

function deliveryReceipt({ notification, delivery, status }: z.output<typeof Delivery>): Receipt {
  const { providerResponse: text = status } = delivery;
  const isDelivered = status === 'SUCCESS';
  const code = failures.find(([pattern]) => pattern.test(text))?.[1] ?? 'UNREACHABLE';
  return {
    kind: 'receipt',
    provider: 'sns',
    provider_message_id: notification.messageId,
    context: undefined,
    status: isDelivered ? 'delivered' : 'failed',
    error: isDelivered ? null : { code, message: text.slice(0, maxProblem) },
    isOptOut: !isDelivered && optedOut.test(text),
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** What a report says; null if that is nothing new. @param timestamp when it was published (ISO 8601 UTC) */
export function reportIn(message: string, timestamp: string): Receipt | Inbound | null {
  const content = parseJson(message);
  const received = Received.safeParse(content).data;
  if (received !== undefined) {
    const at = new Date(timestamp).toISOString();
    const text = received.messageBody.slice(0, maxText).toWellFormed();
    const entry: SmsLogEntry = {
      message_id: received.inboundMessageId,
      direction: 'inbound',
      from: received.originationNumber,
      to: received.destinationNumber,
      message: text,
      status: 'received',
      timestamp: at,
      status_at: at,
      user_id: null,
      segments: segmentsOf(text).segments,
      cost: null,
      source: 'platform',
    };
    return { kind: 'inbound', entry };
  }
  const delivery = Delivery.safeParse(content).data;
  if (delivery !== undefined) return deliveryReceipt(delivery);
  const event = Event.safeParse(content).data;
  return event === undefined ? null : receiptOf(event);
}

/** What to do with a receipt: change the message, nothing, or wait until the message is stored as sent. */
export type Step = { readonly after: Sms } | 'nothing' | 'wait';

/** A message after a receipt. Late and repeated receipts never move a state back, and final states stay. */
export function afterReceipt(sms: Sms, { status, error }: Receipt, now: Date): Step {
  if (status === null) return 'nothing';
  if (sms.status === 'sending') return 'wait';
  // A message that is queued again has the state of its next attempt.
  if (sms.status !== 'sent' || !mayBecome(sms.status, status)) return 'nothing';
  return { after: inStatus(sms, status, now, { error }) };
}

/** The type of the event of a receipt's state. */
export const eventTypeOf = (status: NonNullable<Receipt['status']>) => `sms.${status}` as const;

/**
 * The message after a receipt that names it during its attempt, or after one without an answer: the provider has
 * accepted it, whatever becomes of the attempt. Undefined if that is known already.
 */
export const confirmedBy = (sms: Sms, { provider, provider_message_id }: Receipt): Sms | undefined =>
  sms.status === 'sending' && typeof sms.confirmation !== 'object'
    ? { ...sms, confirmation: { provider, provider_message_id }, version: sms.version + 1 }
    : undefined;
