import { scheduleDue } from '#dynamodb/rows/due.ts';
import { smsBatchRow } from '#dynamodb/rows/sms-batch.ts';
import { smsRow } from '#dynamodb/rows/sms.ts';
import { create, overwrite, replace, type Write } from '#dynamodb/write.ts';
import type { Sms } from '#schema/sms.ts';
import type { SmsBatch } from '#schema/sms-batch.ts';
import { minute } from '#schema/time.ts';
import { chargeSmsWrites, returnSmsWrites, type SmsDate } from '../../billing/sms-charges/row.ts';
import { logEntryWrite } from '../rows/sms-log.ts';

/** Stores a batch; stale if its id is taken. */
export const createBatch = (batch: SmsBatch): Write<'batch'> => create(smsBatchRow, batch);

/** Marks that the messages of a batch are stored. */
export const markExpanded = (batch: SmsBatch): Write<'batch'> => overwrite(smsBatchRow, { ...batch, expanded: true });

/** Longest time in milliseconds that a message of a queue can wait (SQS API Reference, SendMessage, DelaySeconds). */
export const maxQueueDelay = 15 * minute;

/** Wakes a message that waits longer than a queue can. @param now Unix milliseconds */
const wakeWrites = (organization: number, { id, status, next_at: at }: Sms, now: number): Write<'due'>[] =>
  status !== 'queued' || at - now <= maxQueueDelay
    ? []
    : [scheduleDue({ kind: 'sms.due', org_id: organization, subject: id, at: new Date(at).toISOString() })];

/** Stores a message for the first time. @param now Unix milliseconds */
export const newSmsWrites = (organization: number, sms: Sms, now: number): Write<'sms' | 'smslog' | 'due'>[] => [
  create(smsRow, sms),
  logEntryWrite(sms),
  ...wakeWrites(organization, sms, now),
];

/** What a change of a message moves of its money. */
function moneyWrites(before: Sms, after: Sms, place: SmsDate): Write<'balance' | 'chargeday' | 'usage'>[] {
  if (after.price === null || before.money === after.money) return [];
  return after.money === 'charged'
    ? chargeSmsWrites({ price: after.price, segments: after.segments }, place)
    : returnSmsWrites([after.price]);
}

/** Where a change of a message happens. */
export type SmsChangePlace = SmsDate & {
  readonly organization: number;
  /** Unix milliseconds. */ readonly now: number;
};

/** The next form of a message with its log entry and its money; stale if it changed since it was read. */
export const smsChangeWrites = (
  before: Sms,
  after: Sms,
  place: SmsChangePlace,
): Write<'sms' | 'smslog' | 'due' | 'balance' | 'chargeday' | 'usage'>[] => [
  replace(smsRow, after, before),
  logEntryWrite(after),
  ...wakeWrites(place.organization, after, place.now),
  ...moneyWrites(before, after, place),
];

/** Cancels messages and gives their money back; stale if one of them changed since it was read. */
export const cancelWrites = (
  changes: readonly { readonly before: Sms; readonly after: Sms }[],
): Write<'sms' | 'smslog' | 'balance' | 'usage'>[] => [
  ...changes.flatMap(({ before, after }) => [replace(smsRow, after, before), logEntryWrite(after)]),
  ...returnSmsWrites(changes.flatMap(({ after: { price } }) => price ?? [])),
];
