import { isAudited } from '../../../shared/contract/events.ts';
import type { EventItem } from '../../../shared/dynamodb/rows/event.ts';

/** Whether an event belongs into the event log. Apart from the row, as only few functions need the catalogue. */
export const isLogged = ({ type, filed }: Pick<EventItem, 'type' | 'filed'>): boolean =>
  filed === undefined ? isAudited(type) : filed.as === 'entry';
