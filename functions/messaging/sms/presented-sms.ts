/** SMS in answers and lists (functions/messaging/README.md, "SMS"). */
import * as z from 'zod';
import { decimalNumber, money, moneyFromStore } from '#schema/money.ts';
import { costOf, inStatus, smsCategories, smsStatuses, type Sms, type SmsPrice } from '#schema/sms.ts';
import { smsEncodings } from '#schema/sms-segments.ts';
import { E164, Id, Instant, Timestamp } from '#schema/values.ts';
import type { SmsBatch } from '#schema/sms-batch.ts';

const status = z.enum(smsStatuses).describe('State');
const error = z
  .object({
    code: z.string().describe('Stable code, such as RECIPIENT_OPTED_OUT or PROVIDER_UNAVAILABLE'),
    message: z.string().describe('Reason'),
  })
  .nullable()
  .describe('Reason of the failure, or the fault of the last attempt; null: none');
const messageId = Id('msg').describe('Id of the message');
const to = z.string().describe('Recipient (E.164)');
const encoding = z.enum(smsEncodings).describe('`gsm7`, or `ucs2` if a character is not in the GSM alphabet');
const segments = z.int().describe('Number of segments');

const Accepted = z.object({
  message_id: messageId,
  status,
  to,
  from: z.string().describe('Sender'),
  segments,
  encoding,
  reference: z.string().nullable().describe('Reference of the caller'),
  scheduled_at: Timestamp.nullable().describe('When it is sent; null: now'),
  created_at: Timestamp.describe('Time of acceptance'),
  estimated_cost: z.number().describe('Price that is charged once it is sent, in the currency of the billing profile'),
});

const AcceptedBatch = z.object({
  batch_id: Id('batch').describe('Id of the batch'),
  total_messages: z.int().describe('Number of recipients'),
  queued: z.int().describe('Number of messages that are sent'),
  failed: z.int().describe('Number of messages that are not sent'),
  segments,
  encoding,
  estimated_cost: z.number().describe('Price of the queued messages together'),
  messages: z
    .array(z.object({ message_id: messageId, to, status, error: error.optional() }))
    .describe('A message for each recipient'),
});

const exampleId = 'msg_01M80A5RM40123456789ABCD01';
const exampleTime = '2026-01-31T12:00:00.000Z';

export const AcceptedSms = z.union([Accepted, AcceptedBatch]).meta({
  id: 'AcceptedSms',
  example: {
    message_id: exampleId,
    status: 'queued',
    to: '+14155551234',
    from: 'Acme',
    segments: 1,
    encoding: 'gsm7',
    reference: 'parcel-4711',
    scheduled_at: null,
    created_at: exampleTime,
    estimated_cost: 0.0075,
  },
});

const listed = {
  message_id: messageId,
  batch_id: z.string().nullable().describe('Id of the batch; null for a message to one recipient'),
  status,
  to,
  from: z.string().describe('Sender'),
  segments,
  encoding,
  category: z.enum(smsCategories).describe('Category'),
  reference: z.string().nullable().describe('Reference of the caller'),
  scheduled_at: Timestamp.nullable().describe('When it was to be sent; null: at once'),
  held_until: Timestamp.nullable().describe('Until when the sending window held it; null if it did not'),
  cost: z.number().nullable().describe('Charged price; null: nothing was charged (yet)'),
  attempts: z.int().describe('Number of attempts to send it'),
  provider: z.string().nullable().describe('Provider that accepted it'),
  provider_message_id: z.string().nullable().describe("The provider's id of it"),
  error,
  timestamps: z.partialRecord(z.enum(smsStatuses), Timestamp).describe('Time at which it entered each state'),
  created_at: Timestamp.describe('Time of acceptance'),
  updated_at: Timestamp.describe('Time of its last change'),
};

const example = {
  message_id: exampleId,
  batch_id: null,
  status: 'sent',
  to: '+14155551234',
  from: 'Acme',
  segments: 1,
  encoding: 'gsm7',
  category: 'transactional',
  reference: 'parcel-4711',
  scheduled_at: null,
  held_until: null,
  cost: 0.0075,
  attempts: 1,
  provider: 'eum',
  provider_message_id: '5f9f2c3e-0000-4000-8000-000000000000',
  error: null,
  timestamps: { queued: exampleTime, sending: exampleTime, sent: exampleTime },
  created_at: exampleTime,
  updated_at: exampleTime,
};

export const ListedSms = z.object(listed).meta({ id: 'ListedSms', example });

const ShownSms = z.object({ ...listed, message: z.string().describe('Text') });

const ShownBatch = z.object({
  batch_id: Id('batch').describe('Id of the batch'),
  total_messages: z.int().describe('Number of messages'),
  counts: z.partialRecord(z.enum(smsStatuses), z.int()).describe('Number of messages in each state'),
  messages: z.array(z.object({ message_id: messageId, to, status, error })).describe('The messages'),
});

export const SmsOrBatch = z
  .union([ShownSms, ShownBatch])
  .meta({ id: 'Sms', example: { ...example, message: 'Your parcel arrives today' } });

export const CancelledSms = z
  .object({
    id: z.string().describe('Id of the message or of the batch'),
    cancelled: z.int().describe('Number of messages that are not sent any more'),
  })
  .meta({ id: 'CancelledSms', example: { id: exampleId, cancelled: 1 } });

const amountOf = (prices: readonly (SmsPrice | null)[]): number =>
  decimalNumber(money(prices.reduce((sum, price) => sum + BigInt(price?.amount ?? 0), 0n)));

/** The answer to `PUT /sms`. @param messages those of the batch, as they are first stored */
export function presentAccepted(batch: SmsBatch, messages: readonly Sms[]): z.input<typeof AcceptedSms> {
  const { encoding: alphabet, segments: parts, from, reference, scheduled_at, created_at } = batch;
  const [only, second] = messages;
  if (only !== undefined && second === undefined)
    return {
      message_id: only.id,
      status: only.status,
      to: only.to,
      from,
      segments: parts,
      encoding: alphabet,
      reference,
      scheduled_at,
      created_at,
      estimated_cost: amountOf([only.price]),
    };
  const failed = messages.filter((sms) => sms.error !== null).length;
  return {
    batch_id: batch.id,
    total_messages: messages.length,
    queued: messages.length - failed,
    failed,
    segments: parts,
    encoding: alphabet,
    estimated_cost: amountOf(messages.map(({ price }) => price)),
    messages: messages.map((sms) => ({
      message_id: sms.id,
      to: sms.to,
      status: sms.status,
      ...(sms.error === null ? {} : { error: sms.error }),
    })),
  };
}

export function presentListed(sms: Sms): z.input<typeof ListedSms> {
  const cost = costOf(sms);
  return {
    message_id: sms.id,
    batch_id: sms.batch_id,
    status: sms.status,
    to: sms.to,
    from: sms.from,
    segments: sms.segments,
    encoding: sms.encoding,
    category: sms.category,
    reference: sms.reference,
    scheduled_at: sms.scheduled_at,
    held_until: sms.held_until,
    cost: cost === null ? null : decimalNumber(moneyFromStore(cost)),
    attempts: sms.attempts,
    provider: sms.provider,
    provider_message_id: sms.provider_message_id,
    error: sms.error,
    timestamps: { ...sms.timestamps },
    created_at: sms.created_at,
    updated_at: sms.updated_at,
  };
}

export const presentSms = (sms: Sms): z.input<typeof ShownSms> => ({ ...presentListed(sms), message: sms.message });

export const presentBatch = ({ id }: Pick<SmsBatch, 'id'>, messages: readonly Sms[]): z.input<typeof ShownBatch> => ({
  batch_id: id,
  total_messages: messages.length,
  counts: Object.fromEntries(
    [...Map.groupBy(messages, (sms) => sms.status)].map(([state, own]) => [state, own.length]),
  ),
  messages: messages.map((sms) => ({ message_id: sms.id, to: sms.to, status: sms.status, error: sms.error })),
});

/** A queued message that is not to be sent. */
export const withoutSending = (sms: Sms, now: Date): Sms => inStatus(sms, 'cancelled', now, { money: 'returned' });

export const isCancellable = ({ status: state }: Sms): boolean => state === 'queued';

export const smsFilters = {
  status: z.enum(smsStatuses).optional().describe('Only this state'),
  to: E164.optional().describe('Only messages to this number'),
  from: z.string().min(1).max(16).optional().describe('Only messages from this sender'),
  reference: z.string().min(1).max(128).optional().describe('Only messages with this reference'),
  start: Instant.optional().describe('Start of the range, inclusive. Default: one day before its end'),
  end: Instant.optional().describe('End of the range, exclusive, at most 31 days after the start. Default: now'),
} as const;

type Filters = { readonly [K in keyof typeof smsFilters]?: z.output<(typeof smsFilters)[K]> };

/** Of the range: its default and its longest length in days. An open end includes the current millisecond. */
export const bounds = { defaultDays: 1, maxDays: 31, ahead: 1 };

/** Whether a message matches the filters of a list, in a range of time: `since` inclusive, `until` exclusive. */
export const matches =
  (filters: Filters, { since, until }: { readonly since: string; readonly until: string }) =>
  (sms: Sms): boolean =>
    sms.created_at >= since &&
    sms.created_at < until &&
    (['status', 'to', 'from', 'reference'] as const).every(
      (field) => filters[field] === undefined || filters[field] === sms[field],
    );
