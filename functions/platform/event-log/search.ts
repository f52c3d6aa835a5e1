/** The search of the event log: filters, order, and the key by which entries are read. */
import * as z from 'zod';
import { rangeLast, rangeStart } from '#schema/query.ts';
import { timeRange } from '#schema/time-range.ts';
import { ActorId, actorTypes, Entry, IpAddress, severities, type LogEntry, type PersonalValues } from './entry.ts';

const TypeFilter = z
  .string()
  .max(64)
  .regex(/^[a-z][a-z0-9_]*(\.[a-z0-9_]+)*(\.\*)?$/, 'must be a type such as trunk.created, or an area such as trunk.*');
const FilterText = z.string().min(1).max(128);
const maxTypes = 100;

export const searchFields = {
  event_types: z.array(TypeFilter).max(maxTypes).nullish().describe('Only these types, or areas such as `trunk.*`'),
  severities: z.array(z.enum(severities)).max(maxTypes).nullish().describe('Only entries that are this serious'),
  actor_id: ActorId.nullish().describe('Only what this actor did; an integer `67890` means `usr_67890`'),
  actor_type: z.enum(actorTypes).nullish().describe('Only what actors of this kind did'),
  resource_type: FilterText.nullish().describe('Only entries about resources of this kind'),
  resource_id: FilterText.nullish().describe('Only entries about the resource with this id'),
  action: z.string().min(1).max(64).nullish().describe('Only types that end in this word, such as `created`'),
  date_from: rangeStart
    .nullish()
    .describe('Start of the time range (inclusive): an instant or a day (UTC). Default: 30 days before its end'),
  date_to: rangeLast
    .nullish()
    .describe('End of the time range (inclusive): an instant or a day (UTC), at most 366 days later. Default: now'),
  search_text: z.string().max(1_000).nullish().describe('Only entries with all of these words in `description`'),
  ip_address: IpAddress.nullish().describe('Only entries with this address'),
  page: z.int().min(1).max(10_000).nullish().describe('Number of the page, from 1'),
  per_page: z.int().min(1).max(500).nullish().describe('Entries on a page'),
  page_token: z.string().max(2_000).nullish().describe('`next_page_token` of the previous page'),
  sort_by: z.enum(['created_at', 'severity', 'event_type']).nullish().describe('Default: `created_at`'),
  sort_order: z.enum(['asc', 'desc']).nullish().describe('Default: `desc`'),
};
export type Search = z.output<z.ZodObject<typeof searchFields>>;

export const Found = z
  .object({
    results: z.array(Entry).describe('A page of the entries that match'),
    pagination: z
      .object({
        page: z.int().describe('Number of the page'),
        per_page: z.int().describe('Entries on a page'),
        total_records: z.int().describe('Number of entries that match'),
        total_pages: z.int().describe('Number of pages'),
        next_page_token: z.string().describe('`page_token` of the next page; empty: there is none'),
        total_capped: z.literal(true).optional().describe('More entries may match than `total_records` says.'),
      })
      .describe('Place of the page in the result'),
  })
  .meta({ id: 'FoundLogEntries' });

/**
 * The searched range of time, both ends included: the last 30 days by default. @throws AppError INVALID_PARAMETER for a
 * range of more than 366 days
 */
export const rangeOf = (
  { date_from: start, date_to: end }: Search,
  now: number,
): { readonly since: string; readonly until: string } =>
  timeRange({ start, end }, now, { defaultDays: 30, maxDays: 366, names: ['date_from', 'date_to'] });

/** The key by which entries are read; the other filters run over what it finds. */
export type SearchKey =
  | { readonly by: 'resource'; readonly type: string; readonly id: string }
  /** A resource whose id names an outsider, by its token. */
  | { readonly by: 'outsider'; readonly token: string }
  | { readonly by: 'actor'; readonly id: string }
  | { readonly by: 'time' };

/** The narrowest key for a search. */
export function searchKeyOf({ resource_type: type, resource_id: id, actor_id }: Search): SearchKey {
  if (type != null && id != null) return { by: 'resource', type, id };
  return actor_id == null ? { by: 'time' } : { by: 'actor', id: actor_id };
}

const fitsType = (type: string, wanted: string): boolean =>
  wanted.endsWith('.*') ? type.startsWith(wanted.slice(0, -1)) : type === wanted;
const words = (text: string): string[] =>
  text
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '');
/** The fields of an entry that a search compares for equality. */
const comparedFields = ({ event_type, actor, resource, ip_address }: LogEntry) => ({
  actor_id: actor.id,
  actor_type: actor.type,
  resource_type: resource?.type,
  resource_id: resource?.id,
  action: event_type.split('.').at(-1),
  ip_address,
});

/** A predicate for the entries that match; both ends of the range are included. */
export function matcherOf(
  search: Search,
  { since, until }: { readonly since: string; readonly until: string },
): (entry: LogEntry) => boolean {
  const { event_types: types, severities: wantedSeverities } = search;
  const soughtWords = words(search.search_text ?? '');
  const isListed = ({ event_type, severity }: LogEntry): boolean =>
    (types == null || types.some((wanted) => fitsType(event_type, wanted))) &&
    (wantedSeverities == null || wantedSeverities.some((wanted) => wanted === severity));
  return (entry) => {
    const text = entry.description.toLowerCase();
    return (
      entry.created_at >= since &&
      entry.created_at <= until &&
      isListed(entry) &&
      Object.entries(comparedFields(entry)).every(
        ([name, value]) => (search[name as keyof Search] ?? value) === value,
      ) &&
      soughtWords.every((word) => text.includes(word))
    );
  };
}

/**
 * The same for entries whose values of persons must be read first, which is done for those that the other filters
 * leave. @param show reads them; `readsValues`: whether a filter needs them
 */
export function keepsOf(
  search: Search,
  range: Parameters<typeof matcherOf>[1],
  show: PersonalValues['show'],
): { readonly keep: (entry: LogEntry) => boolean; readonly readsValues: boolean } {
  const { search_text, ip_address, resource_id, ...others } = search;
  const filtered = [
    ...(search_text == null ? [] : ['description' as const]),
    ...(ip_address == null ? [] : ['ip_address' as const]),
    ...(resource_id == null ? [] : ['resource.id' as const]),
  ];
  const readsValues = filtered.length > 0;
  const [matchesOthers, matches] = [matcherOf(others, range), matcherOf(search, range)];
  return {
    readsValues,
    keep: readsValues ? (entry) => matchesOthers(entry) && matches(show(entry, filtered)) : matches,
  };
}

/** The sort key of an entry; ids sort by time. */
export function sortKeyOf({ sort_by }: Search): (entry: LogEntry) => string {
  switch (sort_by) {
    case 'severity':
      return ({ severity, event_log_id }) => `${severities.findIndex((each) => each === severity)}#${event_log_id}`;
    case 'event_type':
      return ({ event_type, event_log_id }) => `${event_type}#${event_log_id}`;
    case 'created_at':
    case null:
    case undefined:
      return ({ event_log_id }) => event_log_id;
  }
}
