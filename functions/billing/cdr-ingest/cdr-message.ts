/** The message `cdr.v1`: what event producers send to the CDR queue (billing.md, "The queue as an interface"). */
import * as z from 'zod';
import { Instant, OrganizationId, text } from '../../../shared/schema/values.ts';

export const RECORDS_PER_MESSAGE = 100;

export const BatchId = z.string().regex(/^[A-Za-z0-9._-]{1,128}$/, 'must be 1 to 128 letters, digits, ., _ or -');

/** Within v1 only optional fields are added, and unknown ones ignored. Each record is judged alone (`readRecord`). */
export const CdrMessage = z.object({
  schema: z.literal('cdr.v1'),
  source: text(64, 1),
  sent_at: Instant,
  batch_id: BatchId.nullish(),
  /** Whose the records are that do not say; it reads what became of the batch. */
  org_id: OrganizationId.nullish(),
  /** Who filed them: the charged organization itself, or (absent) the platform's own producers. */
  origin: z.enum(['tenant', 'platform']).nullish(),
  /** Set by `POST /cdr/{id}`, which has counted the records as received when it accepted them. */
  accepted: z.boolean().nullish(),
  /** Set by the consumer when it puts a message at the back of the queue: the message that it was at first. */
  first_delivered_as: text(128, 1).nullish(),
  records: z.array(z.unknown()).min(1).max(RECORDS_PER_MESSAGE),
});
export type CdrMessage = z.output<typeof CdrMessage>;
