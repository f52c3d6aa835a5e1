import { row } from '../../../shared/dynamodb/row.ts';
import type { ChainLink, EventLogEntry } from '../../../shared/schema/event-log.ts';

/** The partition of GSI2 that holds the entries about a resource, after entity and organization. */
export const resourcePart = (type: string, id: string): string[] => ['resource', `${type}/${id}`];

/**
 * `eventlog#1001` by id, that is, by time; GSI1 by actor, GSI2 by resource. The entry, the head and the event, which is
 * no longer pending, are written in one transaction.
 */
export const eventLogRow = row<'eventlog', EventLogEntry, { event_log_id: string }>('eventlog', {
  records: 'eventlog',
  afterClosing: 'the event log is kept',
  unsharded: 'a chain has one head and is serial by nature; at most 500 entries a minute are filed',
  sort: ({ event_log_id }) => event_log_id,
  index1: ({ actor, event_log_id }, organization) => ({
    partition: [String(organization), 'actor', actor.id],
    sort: event_log_id,
  }),
  index2: ({ resource, event_log_id }, organization) =>
    resource === null || resource.type === null || resource.id === null
      ? undefined
      : { partition: [String(organization), ...resourcePart(resource.type, resource.id)], sort: event_log_id },
});

/** The newest link of the organization's chain. It sorts after the entries. */
export const eventLogHeadRow = row<'eventlog', ChainLink, object>('eventlog', {
  afterClosing: 'the event log is kept',
  unsharded: 'a chain has one head',
  sort: () => 'head',
});
