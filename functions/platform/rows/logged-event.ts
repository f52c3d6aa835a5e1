import { isAudited } from '#contract/events.ts';
import type { EventItem } from '#dynamodb/rows/event.ts';

/** Whether an event belongs in the event log. In a file of its own, as few functions need the event catalogue. */
export const isLogged = ({ type, filed }: Pick<EventItem, 'type' | 'filed'>): boolean =>
  filed === undefined ? isAudited(type) : filed.as === 'entry';
