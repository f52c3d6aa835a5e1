import { row } from '#dynamodb/row.ts';
import type { ChainLink, EventLogEntry } from '#schema/event-log.ts';

/** The partition of GSI2 that holds the entries about a resource, after entity and organization. */
export const resourcePart = (type: string, id: string): string[] => ['resource', `${type}/${id}`];
/** The same for a resource whose id names an outsider: the token of its person. It has no `/`, as others have. */
export const outsiderPart = (token: string): string[] => ['resource', token];

/** An entry to store, with the token of the outsider whom its resource names; it is no part of what is read. */
export type StoredEntry = EventLogEntry & { readonly lookup_token?: string };

const partOf = (resource: EventLogEntry['resource']): string[] | undefined =>
  resource === null || resource.type === null || resource.id === null
    ? undefined
    : resourcePart(resource.type, resource.id);

/**
 * `eventlog#1001` by id, that is, by time; GSI1 by actor, GSI2 by resource. The entry, the head and the event, which is
 * no longer pending, are written in one transaction.
 */
export const eventLogRow = row<'eventlog', StoredEntry, { event_log_id: string }>('eventlog', {
  records: 'eventlog',
  afterClosing: 'the event log is kept',
  unsharded: 'a chain has one head and is serial by nature; at most 500 entries a minute are filed',
  sort: ({ event_log_id }) => event_log_id,
  index1: ({ actor, event_log_id }, organization) => ({
    partition: [String(organization), 'actor', actor.id],
    sort: event_log_id,
  }),
  restored: ({ lookup_token: _token, ...entry }) => entry as EventLogEntry,
  index2: ({ lookup_token: token, resource, event_log_id }, organization) => {
    const part = token === undefined ? partOf(resource) : outsiderPart(token);
    return part === undefined ? undefined : { partition: [String(organization), ...part], sort: event_log_id };
  },
});

/** The newest link of the organization's chain. It sorts after the entries. */
export const eventLogHeadRow = row<'eventlog', ChainLink, object>('eventlog', {
  afterClosing: 'the event log is kept',
  unsharded: 'a chain has one head',
  sort: () => 'head',
});
