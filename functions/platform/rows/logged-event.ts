import type { EventItem } from '#dynamodb/rows/event.ts';
import type { EventCatalogue } from '#schema/event-catalogue.ts';

/** Whether an event belongs in the event log. */
export const isLogged = ({ audited }: EventCatalogue, { type, filed }: Pick<EventItem, 'type' | 'filed'>): boolean =>
  filed === undefined ? audited.includes(type) : filed.as === 'entry';
