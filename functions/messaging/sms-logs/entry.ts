/** Entries of the SMS log as they are pushed and answered (functions/messaging/sms-logs/README.md). */
import * as z from 'zod';
import { commonErrors } from '#errors.ts';
import type { SmsLogEntry } from '#schema/sms-log.ts';
import { smsDirections } from '#schema/sms-log.ts';
import { Amount, decimalNumber, moneyFromStore } from '#schema/money.ts';
import { day, minute } from '#schema/time.ts';
import { Id, IdInUrl, Instant, text, Timestamp } from '#schema/values.ts';

/** A phone number (E.164), a short code of 3 to 8 digits, or an alphanumeric sender of up to 11 characters. */
export const SmsParty = z
  .string()
  .trim()
  .regex(
    /^(?:\+[1-9]\d{1,14}|\d{3,8}|(?=.*[A-Za-z])[A-Za-z0-9 ]{1,11})$/,
    'must be an E.164 number, a short code of 3 to 8 digits, or an alphanumeric sender of up to 11 characters',
  );

/** A user: `usr_…`, or a number, which is the id `usr_<number>`. */
export const UserReference = z
  .union([z.int().min(1), z.string().regex(/^\d{1,19}$/), IdInUrl], 'must be the id of a user')
  .transform((id) => (/^\d+$/.test(String(id)) ? `usr_${id}` : String(id)));

/** Days for which entries are kept. */
const keptDays = 90;
/** By how much the clock of a producer may be ahead, in milliseconds. */
const clockTolerance = 5 * minute;
const maxEntries = 1_000;

const PushedEntry = z
  .object({
    message_id: text(128, 1).describe('Id of the message, unique in the organization, 1 to 128 characters'),
    direction: z.enum(smsDirections).describe('Whether it was received or sent'),
    from: SmsParty.describe('Sender: an E.164 number, a short code or an alphanumeric sender'),
    to: SmsParty.describe('Recipient, in the same forms'),
    message: z.string().max(2_000).describe('Text, up to 2,000 characters'),
    status: text(32, 1).describe('State, 1 to 32 characters'),
    timestamp: Instant.describe('When it was sent or received, or reached the state'),
    userId: UserReference.nullish().describe('User of the message'),
    segments: z.int().min(1).max(255).nullish().describe('Number of segments'),
    cost: Amount(6).nullish().describe('Cost, with up to 6 decimals'),
  })
  .meta({ id: 'PushedSmsLogEntry' });
export type PushedEntry = z.output<typeof PushedEntry>;

export const SmsLogPush = z
  .object({
    logs: z
      .array(PushedEntry)
      .min(1)
      .refine((logs) => logs.length <= maxEntries, {
        message: `must have at most ${maxEntries} entries`,
        params: commonErrors.PAYLOAD_TOO_LARGE,
      })
      .describe('1 to 1,000 entries'),
  })
  .meta({ id: 'SmsLogPush' });

export const rejections = ['OLDER_THAN_RETENTION', 'IN_THE_FUTURE'] as const;
export type Rejection = (typeof rejections)[number];

export const SmsLogReceipt = z
  .object({
    processed: z.int().describe('Number of entries that were filed, or whose status was updated'),
    failed: z.int().describe('Number of entries that were not filed; `errors` has the reasons'),
    duplicates: z.int().describe('Number of entries that were known'),
    batch_id: Id('logbatch').describe('Id of this push, in its event'),
    errors: z
      .array(
        z.object({
          index: z.int().describe('Position of the entry in the request, from 0'),
          code: z.enum(rejections).describe('Reason'),
        }),
      )
      .describe('Entries that were not filed'),
  })
  .meta({
    id: 'SmsLogReceipt',
    example: {
      processed: 1,
      failed: 0,
      duplicates: 0,
      batch_id: 'logbatch_01J9ZK3W5M8Q2R4T6V8X0Y2Z4A',
      errors: [],
    },
  });

/** An entry as it is answered. */
export const ShownEntry = z
  .object({
    message_id: z.string().describe('Id of the message'),
    direction: z.enum(smsDirections).describe('Whether it was received or sent'),
    from: z.string().describe('Sender'),
    to: z.string().describe('Recipient'),
    message: z.string().describe('Text'),
    status: z.string().describe('State'),
    timestamp: Timestamp.describe('When it was sent or received'),
    userId: z.string().nullable().describe('User of the message'),
    segments: z.int().nullable().describe('Number of segments'),
    cost: z.number().nullable().describe('Cost'),
  })
  .meta({ id: 'SmsLogEntry' });
export type ShownEntry = z.input<typeof ShownEntry>;

export const presentEntry = (entry: SmsLogEntry): ShownEntry => ({
  message_id: entry.message_id,
  direction: entry.direction,
  from: entry.from,
  to: entry.to,
  message: entry.message,
  status: entry.status,
  timestamp: entry.timestamp,
  userId: entry.user_id,
  segments: entry.segments,
  cost: entry.cost === null ? null : decimalNumber(moneyFromStore(entry.cost)),
});

/** Why an entry cannot be filed; null if it can. */
export function rejectionOf({ timestamp }: PushedEntry, now: Date): Rejection | null {
  const age = now.getTime() - Date.parse(timestamp);
  if (age < -clockTolerance) return 'IN_THE_FUTURE';
  return age > keptDays * day ? 'OLDER_THAN_RETENTION' : null;
}

/** @param user the user of entries that name none */
export const entryOf = (pushed: PushedEntry, user: string | null): SmsLogEntry => ({
  message_id: pushed.message_id,
  direction: pushed.direction,
  from: pushed.from,
  to: pushed.to,
  message: pushed.message,
  status: pushed.status,
  timestamp: pushed.timestamp,
  status_at: pushed.timestamp,
  user_id: pushed.userId ?? user,
  segments: pushed.segments ?? null,
  cost: pushed.cost ?? null,
  source: 'import',
});

/**
 * How far a message is in a state, by the names that providers give to it: SMPP 3.4 §5.2.28, and those of Twilio,
 * Vonage and Sinch. A message stays in a final state, but for one that was delivered and is then read.
 */
const stages: readonly (readonly string[])[] = [
  ['queued', 'accepted', 'scheduled', 'submitted', 'buffered'],
  ['sending', 'enroute', 'dispatched'],
  ['sent'],
  ['delivered', 'undelivered', 'failed', 'expired', 'rejected', 'deleted', 'canceled', 'cancelled', 'undeliverable'],
  ['read'],
];
const unread = new Set(stages[3]?.filter((name) => name !== 'delivered'));

const stageOf = (status: string): number => stages.findIndex((names) => names.includes(status.trim().toLowerCase()));

/**
 * Whether a state follows another one. The order of states decides, whatever the clock of the provider says: receipts
 * arrive in any order, and several in a second. Of a state that has no known place, the time decides.
 */
function follows(pushed: SmsLogEntry, known: SmsLogEntry): boolean {
  const [before, after] = [stageOf(known.status), stageOf(pushed.status)];
  if (before === -1 || after === -1) return pushed.timestamp > known.status_at;
  return after > before && !unread.has(known.status.trim().toLowerCase());
}

/** The entry after another push of its message: with a later status; undefined if the push tells nothing new. */
export function afterPush(known: SmsLogEntry, pushed: SmsLogEntry): SmsLogEntry | undefined {
  const isNew = known.source === 'import' && follows(pushed, known);
  return isNew ? { ...known, status: pushed.status, status_at: pushed.timestamp } : undefined;
}
