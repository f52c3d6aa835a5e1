/**
 * An accepted `PUT /sms` with all its recipients. Its messages are made from it, so that a transaction with the money
 * holds a request of any size (functions/messaging/README.md, "Acceptance").
 */
import { createHash } from 'node:crypto';
import type { Sms } from '#schema/sms.ts';
import type { SmsBatch } from '#schema/sms-batch.ts';
import { minute } from '#schema/time.ts';

/** Crockford's alphabet, as ULIDs have it (https://github.com/ulid/spec). */
const digits = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const timeLength = 10;
const randomLength = 14;

const twoDigits = (value: number): string => `${digits[Math.floor(value / 32)] ?? '0'}${digits[value % 32] ?? '0'}`;

const randomPart = (seed: string): string =>
  Array.from(createHash('sha256').update(seed).digest().subarray(0, randomLength), (byte) => digits[byte % 32]).join(
    '',
  );

/**
 * The id of a batch: a ULID that ends in `00`. Its messages have the same one with their position in place of that, so
 * that each names the other. @param seed any unique id of this millisecond
 */
export function batchId(seed: string): string {
  const ulid = seed.slice(seed.indexOf('_') + 1);
  return `batch_${ulid.slice(0, timeLength)}${randomPart(seed)}00`;
}

/** The id of a message of a batch. @param position from 0 */
export const messageIdOf = (batch: string, position: number): string =>
  `msg_${batch.slice('batch_'.length, -2)}${twoDigits(position + 1)}`;

/** The batch that a message belongs to, if an API request made it. */
export const batchOf = (message: string): string => `batch_${message.slice('msg_'.length, -2)}00`;

const isSingle = ({ recipients }: Pick<SmsBatch, 'recipients'>): boolean => recipients.length === 1;

/** The messages of a batch, as they are first stored. */
export function messagesOf(batch: SmsBatch): Sms[] {
  const { id, created_at: at, from, message, encoding, segments, category, reference, user_id, callback_url } = batch;
  const cause = batch.cause === undefined ? {} : { cause: batch.cause };
  const start = Date.parse(batch.scheduled_at ?? at);
  const common = { from, message, encoding, segments, category, reference, user_id, callback_url };
  return batch.recipients.map(({ to, price, error }, position) => {
    const status = error === null ? 'queued' : 'failed';
    return {
      ...common,
      ...cause,
      id: messageIdOf(id, position),
      batch_id: isSingle(batch) ? null : id,
      status,
      to,
      price,
      money: error === null ? 'reserved' : 'returned',
      scheduled_at: batch.scheduled_at,
      held_until: null,
      attempts: 0,
      next_at: start,
      valid_until: start + batch.validity_minutes * minute,
      provider: null,
      provider_message_id: null,
      error,
      timestamps: { [status]: at },
      created_at: at,
      updated_at: at,
      version: 1,
    };
  });
}

/** The event by which the messages of a batch are stored. */
export const acceptedEvent = ({ id, recipients, from, reference }: SmsBatch) => ({
  entity: { type: 'sms', id },
  description: `${recipients.length} SMS accepted`,
  fields: { batch_id: id, total_messages: recipients.length, from, reference },
});

/** Messages of one transaction: each has four writes at most. */
const chunkSize = 20;

/** As many at a time as one transaction stores or cancels. */
export const chunksOf = <T>(items: readonly T[]): T[][] =>
  Array.from({ length: Math.ceil(items.length / chunkSize) }, (_chunk, at) =>
    items.slice(at * chunkSize, (at + 1) * chunkSize),
  );
