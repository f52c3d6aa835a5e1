import { row } from '../../shared/dynamodb/row.ts';
import type { EventLogEntry, Head } from './chain.ts';

/** `eventlog#1001` by id, that is, by time; GSI1 by actor, GSI2 by resource. */
export const eventLogRow = row<'eventlog', EventLogEntry, { event_log_id: string }>('eventlog', {
  sort: ({ event_log_id }) => event_log_id,
  index1: ({ actor, event_log_id }, organization) => ({ partition: [String(organization), 'actor', actor.id], sort: event_log_id }),
  index2: ({ resource, event_log_id }, organization) => ({ partition: [String(organization), 'resource', `${resource.type}/${resource.id}`], sort: event_log_id }),
});

/** The newest link of the organization's chain; it lies behind the entries. */
export const eventLogHeadRow = row<'eventlog', Head, object>('eventlog', { sort: () => 'head' });
