import * as z from 'zod';
import { Timestamp } from '../../shared/schema/values.ts';
import { entityText } from './event-entity.ts';

/** Events as they are answered (system.md, "Events"). */

export const Event = z.object({
  event_id: z.string(),
  type: z.string(),
  timestamp: Timestamp,
  entity: z.string(),
  data: z.record(z.string(), z.unknown()),
});

export const Events = z.object({ entity: z.string(), events: z.array(Event), next_page_token: z.string() });

/** `trunk.created`, or `trunk.*` for a whole area. */
export const TypeFilter = z.string().max(64).regex(/^[a-z][a-z0-9_]*(\.[a-z0-9_]+)*(\.\*)?$/, 'must be such as trunk.created or trunk.*');

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
};

export type EventFilter = { readonly type?: string | undefined; /** ISO 8601 UTC; included. */ readonly since?: string | undefined; /** Not included. */ readonly until?: string | undefined };

const fitsType = (type: string, wanted: string): boolean => (wanted.endsWith('.*') ? type.startsWith(wanted.slice(0, -1)) : type === wanted);

/** Whether an event is asked for. */
export const isWanted = ({ type, at }: RecordedEvent, filter: EventFilter): boolean =>
  (filter.type === undefined || fitsType(type, filter.type)) && (filter.since === undefined || at >= filter.since) && (filter.until === undefined || at < filter.until);

export const presentEvent = ({ id, type, at, entity, severity, description, actor, changes, data }: RecordedEvent): z.input<typeof Event> => ({
  event_id: id, type, timestamp: at, entity: entityText(entity),
  data: { ...data, description, severity, actor: { id: actor.id, type: actor.type, name: actor.name }, changes },
});
