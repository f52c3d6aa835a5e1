/** The message `cdr.v1`: what event producers send to the CDR queue (billing.md, "The queue as an interface"). */
import * as z from 'zod';
import { Instant, OrganizationId, text } from '../../shared/schema/values.ts';

const RECORDS_PER_MESSAGE = 100;

/** Within v1 only optional fields are added, and unknown ones ignored. Each record is judged alone (`readRecord`). */
export const CdrMessage = z.object({
  schema: z.literal('cdr.v1'),
  source: text(64, 1),
  sent_at: Instant,
  batch_id: z.string().regex(/^[A-Za-z0-9._-]{1,128}$/, 'must be 1 to 128 letters, digits, ., _ or -').nullish(),
  org_id: OrganizationId.nullish(),
  records: z.array(z.unknown()).min(1).max(RECORDS_PER_MESSAGE),
});
export type CdrMessage = z.output<typeof CdrMessage>;

/** Why a message cannot be read at all: it goes to the dead-letter queue, never to be tried again. */
export type UnreadableReason = 'NOT_JSON' | 'UNKNOWN_SCHEMA' | 'INVALID_MESSAGE';

/** Reads the body of a message of the CDR queue. `problem` is a sentence for the person who looks into the dead-letter queue. */
export function readMessage(body: string): { readonly message: CdrMessage } | { readonly reason: UnreadableReason; readonly problem: string } {
  let document: unknown;
  try {
    document = JSON.parse(body);
  } catch {
    return { reason: 'NOT_JSON', problem: 'The body is not JSON' };
  }
  const named = z.object({ schema: CdrMessage.shape.schema }).safeParse(document);
  if (!named.success) return { reason: 'UNKNOWN_SCHEMA', problem: 'The body does not name a schema that is known: cdr.v1' };
  const parsed = CdrMessage.safeParse(document);
  if (parsed.success) return { message: parsed.data };
  return { reason: 'INVALID_MESSAGE', problem: z.prettifyError(parsed.error) };
}
