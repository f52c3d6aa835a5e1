/** Searches of the SMS log: the request, the job, and its answers (functions/messaging/sms-logs/README.md). */
import * as z from 'zod';
import { AppError, errorKinds, type ErrorKind } from '#errors.ts';
import type { GrowingFile } from '#schema/growing-file.ts';
import { smsDirections, type SmsDirection, type SmsLogEntry } from '#schema/sms-log.ts';
import { day, second } from '#schema/time.ts';
import { Id, Instant, text, Timestamp } from '#schema/values.ts';
import { SmsParty, UserReference } from './entry.ts';

export const smsLogErrors = errorKinds({
  INVALID_LOG_FORMAT: [400, 'An entry has a value of the wrong form; `details` lists every violation.'],
  MISSING_REQUIRED_FIELD: [400, 'A required field is missing; `details` lists all of them.'],
  INVALID_DATE_RANGE: [400, 'A date is missing or has the wrong form, or the range ends before its start.'],
  DATE_RANGE_TOO_LARGE: [400, 'The range is longer than 90 days.'],
  INVALID_SEARCH_ID: [400, 'The search is unknown, of another tenant, or older than 7 days.'],
  SEARCH_NOT_COMPLETE: [400, 'The search is still running; retry after `Retry-After` seconds.'],
  SEARCH_EXPIRED: [404, 'The result is older than 24 hours; start the search again.'],
  SEARCH_FAILED: [410, 'The search has failed; start it again.'],
});

const maxDays = 90;
const defaultLimit = 1_000;
/** Seconds that a search may take. */
const estimate = 30;
/** How long the id of a search is remembered, in milliseconds. */
const searchTtl = 7 * day;

const Day = z.iso.date();

/** The first and the last millisecond of an instant or a day (UTC). */
function boundsOf(written: string): readonly [number, number] | null {
  const instant = Instant.safeParse(written).data;
  if (instant !== undefined) return [Date.parse(instant), Date.parse(instant)];
  if (!Day.safeParse(written).success) return null;
  const start = Date.parse(`${written}T00:00:00.000Z`);
  return [start, start + day - 1];
}

const SearchDate = z.string().refine((written) => boundsOf(written) !== null, {
  message: 'must be an instant such as 2026-01-31T12:00:00Z or a day such as 2026-01-31',
  params: smsLogErrors.INVALID_DATE_RANGE,
});

export const NewSearch = z
  .object({
    start_date: SearchDate.describe('Start of the range (inclusive): an instant or a day (UTC)'),
    end_date: SearchDate.describe('End of the range (inclusive): an instant or a day (UTC), at most 90 days later'),
    direction: z
      .enum([...smsDirections, 'all'])
      .nullish()
      .describe('Only received or only sent messages; `all` by default'),
    from: SmsParty.nullish().describe('Only messages of this sender'),
    to: SmsParty.nullish().describe('Only messages to this recipient'),
    userId: UserReference.nullish().describe('Only messages of this user'),
    status: text(32, 1).nullish().describe('Only messages in this state'),
    content: text(100, 2)
      .nullish()
      .describe('Only messages whose text contains this, in any case; 2 to 100 characters'),
    limit: z.int().min(1).max(50_000).nullish().describe('Number of messages, 1 to 50,000; 1,000 by default'),
  })
  .meta({ id: 'NewSmsLogSearch' });
export type NewSearch = z.output<typeof NewSearch>;

const statuses = ['processing', 'completed', 'failed'] as const;

/** A search and the progress of its job. */
export type Search = {
  readonly id: string;
  readonly org_id: number;
  readonly status: (typeof statuses)[number];
  /** Range of times (ISO 8601 UTC), both ends inclusive. */
  readonly since: string;
  readonly until: string;
  readonly direction: SmsDirection | null;
  readonly from: string | null;
  readonly to: string | null;
  readonly user_id: string | null;
  readonly state: string | null;
  /** In lower case. */
  readonly content: string | null;
  readonly limit: number;
  /** The only user whose messages are found, whatever the filters; null: no restriction. */
  readonly owner: string | null;
  /** Matches found so far, at most `limit`. */
  readonly rows: number;
  /** Whether more match than the limit. */
  readonly truncated: boolean;
  /** Where the next slice continues; null: at the newest entry. */
  readonly after: string | null;
  /** The CSV file, as far as it is written. */
  readonly file: GrowingFile | null;
  /** Whether everything is written, and only the upload must be finished. */
  readonly written: boolean;
  /** The turn of the worker that works on it, and its end in Unix milliseconds. */
  readonly turn: string;
  readonly turn_until: number;
  readonly created_by: string;
  readonly created_at: string;
  readonly completed_at: string | null;
};

type SearchOrigin = {
  readonly id: string;
  readonly org_id: number;
  readonly caller: string;
  /** Whether the caller sees only its own messages. */
  readonly ownOnly: boolean;
  readonly now: Date;
};

const dateRange = (error: ErrorKind, message: string): AppError =>
  new AppError(error, `end_date ${message}`, { details: [{ path: 'end_date', message }] });

const filtersOf = ({ direction, from, to, userId, status, content, limit }: NewSearch) => ({
  direction: direction === 'all' ? null : (direction ?? null),
  from: from ?? null,
  to: to ?? null,
  user_id: userId ?? null,
  state: status ?? null,
  content: content?.toLowerCase() ?? null,
  limit: limit ?? defaultLimit,
});

/** @throws AppError INVALID_DATE_RANGE, DATE_RANGE_TOO_LARGE */
export function newSearch(wanted: NewSearch, { id, org_id, caller, ownOnly, now }: SearchOrigin): Search {
  const [since] = boundsOf(wanted.start_date) ?? [0];
  const [last, until] = boundsOf(wanted.end_date) ?? [0, 0];
  if (until < since) throw dateRange(smsLogErrors.INVALID_DATE_RANGE, 'must not be before start_date');
  if (last - since > maxDays * day)
    throw dateRange(smsLogErrors.DATE_RANGE_TOO_LARGE, `must be at most ${maxDays} days after start_date`);
  return {
    id,
    org_id,
    status: 'processing',
    since: new Date(since).toISOString(),
    until: new Date(until).toISOString(),
    ...filtersOf(wanted),
    owner: ownOnly ? caller : null,
    rows: 0,
    truncated: false,
    after: null,
    file: null,
    written: false,
    turn: 'none',
    turn_until: 0,
    created_by: caller,
    created_at: now.toISOString(),
    completed_at: null,
  };
}

/** The check of each entry of the range: whether it is searched for. */
export function matcherOf(search: Search): (entry: SmsLogEntry) => boolean {
  const { direction, from, to, user_id, owner, state, content } = search;
  const wanted = [
    [direction, (entry: SmsLogEntry) => entry.direction],
    [from, (entry: SmsLogEntry) => entry.from],
    [to, (entry: SmsLogEntry) => entry.to],
    [user_id, (entry: SmsLogEntry) => entry.user_id],
    [owner, (entry: SmsLogEntry) => entry.user_id],
    [state, (entry: SmsLogEntry) => entry.status],
  ] as const;
  const given = wanted.filter(([value]) => value !== null);
  return (entry) =>
    given.every(([value, fieldOf]) => fieldOf(entry) === value) &&
    (content === null || entry.message.toLowerCase().includes(content));
}

/** The filters as they were sent, with the defaults. */
export function criteriaOf({ start_date, end_date, direction, limit, ...filters }: NewSearch) {
  const given = Object.entries(filters).filter(([, value]) => value != null);
  return {
    start_date,
    end_date,
    direction: direction ?? ('all' as const),
    ...(Object.fromEntries(given) as { readonly [N in keyof typeof filters]?: NonNullable<(typeof filters)[N]> }),
    limit: limit ?? defaultLimit,
  };
}

const Criteria = z
  .object({
    start_date: z.string().describe('Start of the range'),
    end_date: z.string().describe('End of the range'),
    direction: z.enum([...smsDirections, 'all']).describe('Direction'),
    from: z.string().optional().describe('Sender'),
    to: z.string().optional().describe('Recipient'),
    userId: z.string().optional().describe('User'),
    status: z.string().optional().describe('State'),
    content: z.string().optional().describe('Part of the text'),
    limit: z.int().describe('Number of messages'),
  })
  .meta({ id: 'SmsLogCriteria' });

export const SearchReceipt = z
  .object({
    search_id: Id('search').describe('Id of the search, for its download'),
    status: z.literal('processing').describe('Always processing'),
    estimated_completion: Timestamp.describe('When the result is expected'),
    criteria: Criteria.describe('The filters as they were sent, with the defaults'),
  })
  .meta({
    id: 'SmsLogSearchReceipt',
    example: {
      search_id: 'search_01J9ZK3W5M8Q2R4T6V8X0Y2Z4A',
      status: 'processing',
      estimated_completion: '2026-01-31T12:00:30.000Z',
      criteria: { start_date: '2026-01-01', end_date: '2026-01-31', direction: 'all', limit: 1_000 },
    },
  });

export const presentReceipt = (search: Search, wanted: NewSearch): z.input<typeof SearchReceipt> => ({
  search_id: search.id,
  status: 'processing',
  estimated_completion: new Date(Date.parse(search.created_at) + estimate * second).toISOString(),
  criteria: criteriaOf(wanted),
});

export const isLive = ({ status }: Pick<Search, 'status'>): boolean => status === 'processing';

/** Unix seconds after which a search is forgotten. */
export const expiryOf = ({ created_at: at }: Pick<Search, 'created_at'>): number =>
  Math.floor((Date.parse(at) + searchTtl) / second);
