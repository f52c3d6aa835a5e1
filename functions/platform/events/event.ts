import * as z from 'zod';
import { AppError, commonErrors } from '#errors.ts';
import { day } from '#schema/time.ts';
import { eventData } from '#schema/event-data.ts';
import { JsonObject } from '#schema/json.ts';
import { Instant, Timestamp } from '#schema/values.ts';
import { entityText } from '#schema/event-entity.ts';

export const Event = z
  .object({
    event_id: z.string().describe('Id of the event'),
    type: z.string().describe('Type of the event, such as `trunk.created`'),
    timestamp: Timestamp.describe('Time of the event'),
    entity: z.string().describe('The entity that it is about, as `<kind>/<id>`'),
    data: z.record(z.string(), z.unknown()).describe('What happened; the fields depend on the type'),
  })
  .meta({ id: 'Event' });

export const Events = z
  .object({
    entity: z.string().describe('The entity, as `<kind>/<id>`'),
    events: z.array(Event).describe('A page of its events, newest first'),
    next_page_token: z.string().describe('`page_token` of the next page; empty: there is none'),
  })
  .meta({ id: 'Events' });

/** An instant with an offset from UTC; without one it is ambiguous (400). */
const ZonedInstant = z
  .string()
  .refine((time) => /(?:Z|[+-]\d\d:\d\d)$/.test(time), {
    message: 'must have an offset from UTC, or Z',
    params: commonErrors.INVALID_PARAMETER,
  })
  .pipe(Instant);

/** The fields of a new event, besides its type. */
export const filingFields = {
  data: JsonObject({ bytes: 65_536, depth: 16 }).describe('A JSON object of up to 64 KiB and 16 levels'),
  timestamp: ZonedInstant.nullish().describe(
    'Time of the event, with its offset, within 24 hours of now. Default: now',
  ),
  notify: z.boolean().nullish().describe('Whether webhooks and rules of the notifier get the event. Default: false'),
};

export const FiledEvent = z
  .object({
    event_id: z.string().describe('Id of the event'),
    entity: z.string().describe('The entity that it is about, as `<kind>/<id>`'),
    type: z.string().describe('Type of the event'),
    created_at: Timestamp.describe('Time of the event'),
    notifications_sent: z.int().describe('Number of webhooks and rules of the notifier that get the event'),
  })
  .meta({ id: 'FiledEvent' });

/**
 * The time of a client's event: as it says, within a day of now, and now by default. @throws AppError VALIDATION_FAILED
 */
export function timeOf(timestamp: string | null | undefined, now: Date): string {
  const at = timestamp ?? now.toISOString();
  if (Math.abs(Date.parse(at) - now.getTime()) <= day) return at;
  throw new AppError('VALIDATION_FAILED', 'timestamp must be within 24 hours of now', {
    details: [{ path: 'timestamp', message: 'must be within 24 hours of now' }],
  });
}

/** `trunk.created`, or `trunk.*` for a whole area. */
export const TypeFilter = z
  .string()
  .max(64)
  .regex(/^[a-z][a-z0-9_]*(\.[a-z0-9_]+)*(\.\*)?$/, 'must be a type such as trunk.created, or an area such as trunk.*');

type RecordedEvent = {
  readonly id: string;
  readonly type: string;
  readonly at: string;
  readonly entity: { readonly type: string; readonly id: string };
  readonly severity: string;
  readonly description: string;
  readonly actor: { readonly id: string; readonly type: string; readonly name: string };
  readonly changes: unknown;
  readonly data: Readonly<Record<string, unknown>>;
  readonly filed?: { readonly as: 'event' | 'entry' };
};

export type EventFilter = {
  readonly type?: string | undefined;
  /** ISO 8601 UTC; included. */ readonly since?: string | undefined;
  /** ISO 8601 UTC; not included. */ readonly until?: string | undefined;
};

const fitsType = (type: string, wanted: string): boolean =>
  wanted.endsWith('.*') ? type.startsWith(wanted.slice(0, -1)) : type === wanted;

/** Whether an event matches the filter. */
export const matchesFilter = ({ type, at }: RecordedEvent, filter: EventFilter): boolean =>
  (filter.type === undefined || fitsType(type, filter.type)) &&
  (filter.since === undefined || at >= filter.since) &&
  (filter.until === undefined || at < filter.until);

export const presentEvent = (event: RecordedEvent): z.input<typeof Event> => ({
  event_id: event.id,
  type: event.type,
  timestamp: event.at,
  entity: entityText(event.entity),
  data: eventData(event),
});
