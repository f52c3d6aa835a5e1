/**
 * The message `cdr.v1`, which producers send to the queue `cdr-ingest` (functions/billing/cdr-ingest/README.md,
 * "Ingestion").
 */
import * as z from 'zod';
import { Instant, OrganizationId, text } from '#schema/values.ts';

/**
 * Who filed a CDR, by rank: the charged organization itself, an organization above it that is not the operator, or the
 * operator and the producers of the queue.
 */
export const cdrOrigins = ['tenant', 'seller', 'platform'] as const;
export type CdrOrigin = (typeof cdrOrigins)[number];

export const RECORDS_PER_MESSAGE = 100;

export const BatchId = z.string().regex(/^[A-Za-z0-9._-]{1,128}$/, 'must be 1 to 128 letters, digits, ., _ or -');

/**
 * Version 1 only ever gains optional fields, and unknown fields are ignored. Records are validated one by one
 * (`readRecord`).
 */
export const CdrMessage = z.object({
  schema: z.literal('cdr.v1'),
  source: text(64, 1),
  sent_at: Instant,
  batch_id: BatchId.nullish(),
  /** The organization of records that name none; it owns the batch. */
  org_id: OrganizationId.nullish(),
  /** Who filed the records; the platform's own producers if absent. */
  origin: z.enum(cdrOrigins).nullish(),
  /** Set by `POST /cdr/{id}`, which counts the records that it accepts as received. */
  accepted: z.boolean().nullish(),
  /** Set by the consumer when it requeues a message: the id of the first delivery. */
  first_delivered_as: text(128, 1).nullish(),
  /** Set with it while no run has begun to file the records: none is looked up as if it might be filed. */
  unread: z.boolean().nullish(),
  records: z.array(z.unknown()).min(1).max(RECORDS_PER_MESSAGE),
});
export type CdrMessage = z.output<typeof CdrMessage>;
