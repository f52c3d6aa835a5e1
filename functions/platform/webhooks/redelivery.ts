import * as z from 'zod';
import { AppError, invalid } from '#errors.ts';
import { day } from '#schema/time.ts';
import { Instant } from '#schema/values.ts';

/** Deliveries that are made again (functions/platform/webhook-delivery/README.md). */

const eventId = /^evt_[0-9A-Z]{26}$/;

/** Body of POST: chosen events, or a range of time. */
export const RedeliveryRequest = z
  .object({
    event_ids: z
      .array(z.string().regex(eventId, 'must be the id of an event'))
      .min(1)
      .max(100)
      .nullish()
      .describe('Ids of events, up to 100; not with `since`'),
    since: Instant.nullish().describe('Start of a range of event times (inclusive), at most 7 days ago'),
    until: Instant.nullish().describe('End of the range (exclusive). Default: now'),
    status: z.enum(['failed', 'all']).nullish().describe('Which deliveries of the range. Default: `failed`'),
  })
  .meta({ id: 'WebhookRedeliveryRequest' });
type RedeliveryRequest = z.output<typeof RedeliveryRequest>;

/** What is delivered again. Times are ISO 8601. */
export type Redelivery =
  | { readonly event_ids: readonly string[] }
  | { readonly since: string; readonly until: string; readonly status: 'failed' | 'all' };

const longest = 7 * day;

/** What a body asks for. @throws AppError VALIDATION_FAILED */
export function redeliveryOf({ event_ids: ids, since, until, status }: RedeliveryRequest, now: Date): Redelivery {
  if (ids != null) {
    if (since != null || until != null || status != null) throw invalid('event_ids', 'cannot be combined with a range');
    return { event_ids: [...new Set(ids)] };
  }
  if (since == null) throw invalid('since', 'is required without event_ids');
  const end = until ?? now.toISOString();
  if (Date.parse(since) < now.getTime() - longest) throw invalid('since', 'must be at most 7 days ago');
  if (end < since) throw invalid('until', 'must not be before since');
  return { since, until: end, status: status ?? 'failed' };
}

/** @throws AppError VALIDATION_FAILED for events that the organization does not have */
export function assertKnownEvents(ids: readonly string[], unknown: readonly string[]): void {
  if (unknown.length === 0) return;
  throw new AppError('VALIDATION_FAILED', 'Some events do not exist, or were deleted after 30 days', {
    details: unknown.map((id) => ({
      path: `event_ids[${ids.indexOf(id)}]`,
      message: 'is no event of the organization',
    })),
  });
}
